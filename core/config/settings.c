/* The settings that the core itself has: names, defaults, bounds. README.md in this folder lists the same; a
 * test compares the two. */
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/units.h"
#include "config/check.h"
#include "module/http_options.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB      (1LL << 10)
#define MIB      (1LL << 20)
#define GIB      (1LL << 30)
#define TIB      (1LL << 40)
#define SECOND   1000LL
#define MINUTE   (60 * SECOND)
#define HOUR     (60 * MINUTE)
#define DAY      (24 * HOUR)
#define NO_BOUND INT64_MAX

#define AT(type, member) offsetof(type, member)

const struct setting http_settings[] = {
    {"ca_file", SETTING_FILE, AT(struct config_http, ca_file), 0, 0, 0,
     "certificates to trust instead of the system's"},
    {"proxy", SETTING_TEXT, AT(struct config_http, proxy), 0, 0, 0, "proxy for all requests"},
    {"no_proxy", SETTING_TEXT, AT(struct config_http, no_proxy), 0, 0, 0,
     "hosts that are reached without the proxy"},
    {"connect_timeout", SETTING_DURATION, AT(struct config_http, connect_timeout_ms), 15 * SECOND,
     HTTP_TIMEOUT_LEAST_MS, HTTP_CONNECT_TIMEOUT_MOST_MS, "until a connection stands"},
    {"timeout", SETTING_DURATION, AT(struct config_http, timeout_ms), 5 * MINUTE, HTTP_TIMEOUT_LEAST_MS,
     HTTP_TIMEOUT_MOST_MS, "for a whole request"},
    {"idle_timeout", SETTING_DURATION, AT(struct config_http, idle_timeout_ms), MINUTE, HTTP_TIMEOUT_LEAST_MS,
     HTTP_TIMEOUT_MOST_MS, "without a single byte"},
    {"max_connections", SETTING_INTEGER, AT(struct config_http, max_connections), 256, 1, 10000,
     "open at once; as many as are needed, and no more than the open files of the process allow"},
    {"max_connections_per_host", SETTING_INTEGER, AT(struct config_http, max_connections_per_host), 0, 0,
     10000, "open at once to one host; 0 = as many as `max_connections`"},
    {"requests_per_second", SETTING_INTEGER, AT(struct config_http, requests_per_second), 50, 1, 10000,
     "the most that go out for one account; its streams take turns"},
    {"starts_per_second", SETTING_INTEGER, AT(struct config_http, starts_per_second), 200, 0, 1000000,
     "streams that make their first request after a start; 0 = all at once"},
    {"response_limit", SETTING_SIZE, AT(struct config_http, response_limit), 64 * MIB,
     HTTP_RESPONSE_LIMIT_LEAST, HTTP_RESPONSE_LIMIT_MOST, "the largest answer that is taken"},
    {"spill_above", SETTING_SIZE, AT(struct config_http, spill_above), MIB, 4 * KIB, GIB,
     "larger answers wait in a file below `state`, not in memory"},
    {"download_budget", SETTING_SIZE, AT(struct config_http, download_budget), 64 * MIB, MIB, 16 * GIB,
     "files that answers name: so many bytes are fetched ahead of their reading"},
    {"downloads_at_once", SETTING_INTEGER, AT(struct config_http, downloads_at_once), 4, 1, 16,
     "so many of them for one stream"},
    {"clock_trust", SETTING_DURATION, AT(struct config_http, clock_trust_ms), DAY, MINUTE, 365 * DAY,
     "a server's clock that is off by more is not believed where events are read to"},
    {"http2", SETTING_BOOLEAN, AT(struct config_http, http2), false, 0, 0, "offer HTTP/2 to the server"},
    {.name = NULL},
};

const struct setting journal_settings[] = {
    {"max_size", SETTING_SIZE, AT(struct config_journal, max_size), 2 * GIB, 16 * MIB, 64 * TIB,
     "of the journal; full of undelivered events, Postern stops asking for more"},
    {"retain", SETTING_DURATION, AT(struct config_journal, retain_ms), 24 * HOUR, 0, 3650 * DAY,
     "how long delivered events stay, for replay"},
    {"dead_limit", SETTING_SIZE, AT(struct config_journal, dead_limit), 256 * MIB, MIB, TIB,
     "of all dead letters"},
    {"dead_account_share", SETTING_INTEGER, AT(struct config_journal, dead_account_share), 50, 1, 100,
     "percent of `dead_limit` that what one account's sources could not read may take"},
    {"dead_retain", SETTING_DURATION, AT(struct config_journal, dead_retain_ms), 0, 0, 3650 * DAY,
     "how long dead letters stay"},
    {"cache_size", SETTING_SIZE, AT(struct config_journal, cache_size), 16 * MIB, 0, 64 * GIB,
     "newest events kept in memory"},
    {"ids_memory", SETTING_SIZE, AT(struct config_journal, ids_memory), 32 * MIB, 64 * KIB, 64 * GIB,
     "remembered ids kept in memory; the others are looked up in the file"},
    {"page_size", SETTING_SIZE, AT(struct config_journal, page_size), MIB, 4 * KIB, 64 * MIB,
     "the most bytes that are stored and delivered together"},
    {"page_events", SETTING_INTEGER, AT(struct config_journal, page_events), 2000, 1, 100000,
     "the most events that are stored and delivered together"},
    {"commit_size", SETTING_SIZE, AT(struct config_journal, commit_size), 4 * MIB, 64 * KIB, GIB,
     "an answer that takes more memory is stored in several steps while it is read"},
    {"coverage_ranges", SETTING_INTEGER, AT(struct config_journal, coverage_ranges), 1000, 2, 1000000,
     "ranges of a stream in the coverage ledger; beyond it the oldest are joined, with their holes counted"},
    {"idle_flush", SETTING_DURATION, AT(struct config_journal, idle_flush_ms), 5 * MINUTE, 0, HOUR,
     "that polls brought nothing new is stored so late at most, for all streams together"},
    {"idle_at_once", SETTING_INTEGER, AT(struct config_journal, idle_at_once), 16, 0, 1000000,
     "so many of them are stored at once in that time"},
    {.name = NULL},
};

const struct setting limits_settings[] = {
    {"script_memory", SETTING_SIZE, AT(struct config_limits, script.memory_bytes), 64 * MIB, MIB, 16 * GIB,
     "of one pipeline's scripts, for each worker"},
    {"script_time", SETTING_DURATION, AT(struct config_limits, script.time_ms), SECOND, 10, 10 * MINUTE,
     "processor time for one event"},
    {"script_steps", SETTING_INTEGER, AT(struct config_limits, script.instruction_limit), 50000000, 1000,
     NO_BOUND, "steps inside patterns, sorting and the like for one event"},
    {"member_size", SETTING_SIZE, AT(struct config_limits, member_size), 512 * MIB, 64 * KIB, 64 * GIB,
     "of one unpacked file of an archive"},
    {"member_count", SETTING_INTEGER, AT(struct config_limits, member_count), 10000, 1, 1000000,
     "files in one archive"},
    {"expansion_size", SETTING_SIZE, AT(struct config_limits, expansion_size), GIB, 64 * KIB, 64 * GIB,
     "of all unpacked files of an archive"},
    {"record_size", SETTING_SIZE, AT(struct config_limits, record_size), 4 * MIB, KIB, 256 * MIB,
     "of one event"},
    {"answer_events", SETTING_INTEGER, AT(struct config_limits, answer_events), 1000000, 1, 1000000000,
     "events in one answer; what goes beyond is set aside"},
    {"answer_memory", SETTING_SIZE, AT(struct config_limits, answer_memory), 32 * MIB, MIB, 64 * GIB,
     "working memory of a source while it reads one answer"},
    {"set_aside_count", SETTING_INTEGER, AT(struct config_limits, set_aside_count), 1000, 1, 1000000,
     "dead letters of one answer; what goes beyond is counted in one more"},
    {"set_aside_size", SETTING_SIZE, AT(struct config_limits, set_aside_size), 32 * MIB, KIB, GIB,
     "bytes that the dead letters of one answer keep"},
    {"snapshot_items", SETTING_INTEGER, AT(struct config_limits, snapshot_items), 100000, 1, 10000000,
     "items remembered of one list that is compared at each poll, such as a queue; further ones wait"},
    {"snapshot_size", SETTING_SIZE, AT(struct config_limits, snapshot_size), 64 * MIB, 64 * KIB, 16 * GIB,
     "bytes of their text"},
    {"stalled_pages", SETTING_INTEGER, AT(struct config_limits, stalled_pages), 50, 1, 1000000,
     "answers in a row that bring nothing new and lead nowhere new; then a stream waits and says so"},
    {"known_pages", SETTING_INTEGER, AT(struct config_limits, known_pages), 10000, 1, 1000000000,
     "answers in a row that bring nothing new, wherever they lead"},
    {"workers", SETTING_INTEGER, AT(struct config_limits, workers), 0, 0, 64,
     "threads that read answers, and as many that run scripts; 0 = one per processor"},
    {.name = NULL},
};

const struct setting status_settings[] = {
    {"stalled", SETTING_DURATION, AT(struct config_status, stalled_ms), 5 * MINUTE, 10 * SECOND, DAY,
     "one part of Postern in one step, such as a sink that writes"},
    {"pending", SETTING_DURATION, AT(struct config_status, pending_ms), 45 * MINUTE, MINUTE, 30 * DAY,
     "a stream that has never been read"},
    {"missed_polls", SETTING_INTEGER, AT(struct config_status, missed_polls), 3, 1, 1000,
     "intervals of a stream in which nothing was read"},
    {"backlog", SETTING_DURATION, AT(struct config_status, backlog_ms), 15 * MINUTE, MINUTE, 30 * DAY,
     "events that wait while nothing is delivered; longer than the batch_wait of your sinks"},
    {"backlog_age", SETTING_DURATION, AT(struct config_status, backlog_age_ms), HOUR, 0, 365 * DAY,
     "age of the oldest event that waits for a delivery, before the log warns; 0s = any"},
    {"backlog_events", SETTING_INTEGER, AT(struct config_status, backlog_events), 0, 0, INT64_MAX / 2,
     "events that wait for a delivery before the log warns; 0 = any"},
    {"backlog_size", SETTING_SIZE, AT(struct config_status, backlog_size), 0, 0, INT64_MAX / 2,
     "bytes of them, unpacked, likewise; 0B = any"},
    {"once", SETTING_DURATION, AT(struct config_status, once_ms), 25 * HOUR, MINUTE, 365 * DAY,
     "between two runs, where Postern runs with `--once`"},
    {.name = NULL},
};

const struct setting notices_settings[] = {
    {"after", SETTING_DURATION, AT(struct config_notices, after_ms), 5 * MINUTE, 0, DAY,
     "trouble that heals by itself sooner makes no notice"},
    {"repeat", SETTING_DURATION, AT(struct config_notices, repeat_ms), HOUR, MINUTE, 30 * DAY,
     "the same notice of the same thing comes once in this time, unless another came between"},
    {"per_hour", SETTING_INTEGER, AT(struct config_notices, per_hour), 200, 1, 100000,
     "the most notices of accounts and streams, and the most of all else; one more counts those left out"},
    {.name = NULL},
};

/* `lookback` may also be "all" and is read in sources.c. */
const struct setting batching_settings[] = {
    {"batch_events", SETTING_INTEGER, AT(struct config_batching, events), 0, 1, 1000000,
     "so many events make a batch"},
    {"batch_bytes", SETTING_SIZE, AT(struct config_batching, bytes), 0, 1, GIB,
     "so many bytes of text make a batch"},
    {"batch_wait", SETTING_DURATION, AT(struct config_batching, wait_ms), 0, 0, HOUR,
     "how long a batch waits for more after its first event"},
    {"parallel", SETTING_INTEGER, AT(struct config_batching, parallel), 1, 1, 32,
     "so many batches are sent at once"},
    {"refused_in_a_row", SETTING_INTEGER, AT(struct config_batching, refused_in_a_row), 10, 0, 1000000,
     "so many events, one behind the other, become dead letters for one reason before the sink stops; 0: "
     "any"},
    {.name = NULL},
};

const struct setting pipeline_settings[] = {
    {"script_failures", SETTING_INTEGER, AT(struct config_pipeline, failures.percent), 50, 1, 100,
     "percent of the events on which scripts may fail before the delivery stops; `100`: it never stops"},
    {"script_failures_least", SETTING_INTEGER, AT(struct config_pipeline, failures.least), 10, 1, 1000000,
     "fewer failures than this never stop it: each is a dead letter"},
    {.name = NULL},
};

const struct setting source_settings[] = {
    {"enabled", SETTING_BOOLEAN, AT(struct config_source, enabled), true, 0, 0,
     "false: do not read this source"},
    {"collect", SETTING_BOOLEAN, AT(struct config_source, collect), false, 0, 0,
     "true: read it also for accounts from which no pipeline takes it, and keep it in the journal"},
    {"interval", SETTING_DURATION, AT(struct config_source, interval_ms), 15 * MINUTE, 100, 7 * DAY,
     "time between two polls"},
    {"delay", SETTING_DURATION, AT(struct config_source, delay_ms), 5 * MINUTE, 0, DAY,
     "the newest events are left for the next poll"},
    {"settle", SETTING_DURATION, AT(struct config_source, settle_ms), 40 * MINUTE, 0, 60 * DAY,
     "so far back is read again, for events that appear late"},
    {"replay_limit", SETTING_DURATION, AT(struct config_source, replay_limit_ms), 12 * HOUR, 0, 365 * DAY,
     "how far back a stream goes after its credentials were renewed"},
    {"slice", SETTING_DURATION, AT(struct config_source, slice_ms), 6 * HOUR, MINUTE, 30 * DAY,
     "the longest range that is read at once"},
    {"remember", SETTING_DURATION, AT(struct config_source, remember_ms), 8 * DAY, HOUR, 365 * DAY,
     "how long ids of events are kept on streams that follow the vendor's token"},
    {"overlap", SETTING_DURATION, AT(struct config_source, overlap_ms), 2 * HOUR, 0, 7 * DAY,
     "so far back a stream begins that follows another one, when an account came to another API"},
    {"give_up_file", SETTING_DURATION, AT(struct config_source, give_up_file_ms), DAY, HOUR, 365 * DAY,
     "how long a file that an answer names may not be had while others can, before it is set aside"},
    {"permission_recheck", SETTING_DURATION, AT(struct config_source, permission_recheck_ms), HOUR, MINUTE,
     7 * DAY, "how soon a stream is asked again that may not be read"},
    {"license_recheck", SETTING_DURATION, AT(struct config_source, license_recheck_ms), DAY, MINUTE, 30 * DAY,
     "how soon a stream is asked again whose product the account does not have"},
    {"quota_calls", SETTING_INTEGER, AT(struct config_source, quota_calls), 0, 1, 10000,
     "the most requests of an account's streams in a quota_window"},
    {"quota_window", SETTING_DURATION, AT(struct config_source, quota_window_ms), 0, SECOND, DAY,
     "the span in which quota_calls are counted"},
    {.name = NULL},
};

void settings_defaults(const struct setting *settings, void *target)
{
    for (; settings->name; settings++) {
        char *at = (char *)target + settings->offset;
        bool boolean = settings->default_value != 0;
        if (settings->type == SETTING_BOOLEAN)
            memcpy(at, &boolean, sizeof(boolean));
        else if (settings->type != SETTING_TEXT && settings->type != SETTING_FILE)
            memcpy(at, &settings->default_value, sizeof(settings->default_value));
    }
}

/* A value with its unit, as the user would write it or nearly. */
static const char *format_bound(const struct setting *setting, int64_t value, char buffer[32])
{
    if (setting->type == SETTING_DURATION) return duration_format(value, buffer);
    if (setting->type == SETTING_SIZE) return size_format(value, buffer);
    snprintf(buffer, 32, "%lld", (long long)value);
    return buffer;
}

static bool check_bounds(struct check *check, const struct declaration *declaration,
                         const struct config_field *field, const struct setting *setting, int64_t value)
{
    char minimum[32], maximum[32];
    if (value >= setting->minimum && value <= setting->maximum) return true;
    field_problem(check, declaration, field, "must be from %s to %s",
                  format_bound(setting, setting->minimum, minimum),
                  format_bound(setting, setting->maximum, maximum));
    return false;
}

static bool check_readable(struct check *check, const struct declaration *declaration,
                           const struct config_field *field, const char *path)
{
    struct stat status;
    postern_error error = ERROR_INIT;
    char text[ERROR_TEXT_SIZE];
    if (file_check_kind(path, &error) < 0) {
        field_problem(check, declaration, field, "cannot be read: %s",
                      error_text(error.message, error.remedy, text));
        return false;
    }
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int error_number = fd < 0 ? errno : fstat(fd, &status) == 0 && S_ISDIR(status.st_mode) ? EISDIR : 0;
    if (fd >= 0) close(fd);
    if (error_number == 0) return true;
    field_problem(check, declaration, field, "cannot be read: %s: %s", path, strerror(error_number));
    return false;
}

static void read_text(struct check *check, const struct declaration *declaration,
                      const struct config_field *field, const struct setting *setting, char *at)
{
    const char *text;
    if (setting->type == SETTING_FILE) {
        if (!field_path(check, declaration, field, &text)) return;
        if (!check_readable(check, declaration, field, text)) return;
    } else if (!field_text(check, declaration, field, &text)) {
        return;
    }
    char *copy = check_copy(check, text_of(text));
    memcpy(at, &copy, sizeof(copy));
}

static void read_number(struct check *check, const struct declaration *declaration,
                        const struct config_field *field, const struct setting *setting, char *at)
{
    int64_t value;
    bool good = setting->type == SETTING_INTEGER    ? field_integer(check, declaration, field, &value)
                : setting->type == SETTING_DURATION ? field_duration(check, declaration, field, &value)
                                                    : field_size(check, declaration, field, &value);
    if (good && check_bounds(check, declaration, field, setting, value)) memcpy(at, &value, sizeof(value));
}

void settings_read(struct check *check, const struct declaration *declaration, const struct setting *settings,
                   void *target, const char *const *more_keys)
{
    const char *names[64];
    size_t count = 0;
    if (!declaration) return;
    for (; settings[count].name; count++) {
        const struct setting *setting = &settings[count];
        names[count] = setting->name;
        const struct config_field *field = declaration_field(declaration, setting->name);
        if (!field) continue;
        char *at = (char *)target + setting->offset;
        bool boolean;
        switch (setting->type) {
        case SETTING_TEXT:
        case SETTING_FILE:
            read_text(check, declaration, field, setting, at);
            break;
        case SETTING_BOOLEAN:
            if (field_boolean(check, declaration, field, &boolean)) memcpy(at, &boolean, sizeof(boolean));
            break;
        default:
            read_number(check, declaration, field, setting, at);
            break;
        }
    }
    names[count] = NULL;
    check_known_keys(check, declaration, names, more_keys);
}
