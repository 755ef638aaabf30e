#include "report/status.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "base/text_index.h"
#include "report/metrics_file.h"
#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ARENA_LIMIT ((size_t)16 << 20)

static postern_status read_drops(struct journal *journal, struct status_report *report, postern_error *error)
{
    postern_status status = POSTERN_OK;
    report->drops = arena_allocate(report->arena, (report->delivery_count + 1) * sizeof *report->drops);
    if (!report->drops) return error_no_memory(error, NULL);
    for (size_t i = 0; i < report->delivery_count && status >= 0; i++) {
        const struct delivery_record *delivery = &report->deliveries[i];
        struct status_drops *drops = &report->drops[i];
        if (delivery->removed_ms || delivery->dropped == 0) continue;
        status = journal_drops(journal, delivery->id, report->arena, &drops->reasons, &drops->count, error);
    }
    return status;
}

static postern_status read_journal(struct journal *journal, struct status_report *report,
                                   postern_error *error)
{
    postern_status status = journal_accounts(journal, &report->accounts, &report->account_count, error);
    if (status >= 0) status = journal_streams(journal, &report->streams, &report->stream_count, error);
    if (status >= 0)
        status = journal_deliveries(journal, &report->deliveries, &report->delivery_count, error);
    if (status >= 0) status = read_drops(journal, report, error);
    if (status >= 0)
        status = journal_breakers(journal, report->arena, &report->breakers, &report->breaker_count, error);
    if (status >= 0)
        status = journal_skipped(journal, report->arena, &report->skipped, &report->skipped_count, error);
    if (status >= 0) status = journal_gaps(journal, report->arena, &report->gaps, &report->gap_count, error);
    if (status >= 0)
        status = journal_snapshot_lists(journal, report->arena, &report->lists, &report->list_count, error);
    if (status >= 0) status = journal_totals(journal, &report->totals, error);
    return status;
}

/* What the configuration does not name any more is nobody's trouble. */
static void leave_out_removed(struct status_report *report)
{
    size_t accounts = 0, streams = 0;
    for (size_t i = 0; i < report->account_count; i++)
        if (report->accounts[i].status != ACCOUNT_REMOVED)
            report->accounts[accounts++] = report->accounts[i];
        else
            account_record_clear(&report->accounts[i]);
    for (size_t i = 0; i < report->stream_count; i++) {
        if (report->streams[i].state != STREAM_REMOVED)
            report->streams[streams++] = report->streams[i];
        else
            stream_record_clear(&report->streams[i]);
    }
    report->account_count = accounts;
    report->stream_count = streams;
}

static void clear_records(struct status_report *report)
{
    for (size_t i = 0; i < report->stream_count; i++)
        stream_record_clear(&report->streams[i]);
    for (size_t i = 0; i < report->account_count; i++)
        account_record_clear(&report->accounts[i]);
    free(report->accounts);
    free(report->streams);
    free(report->deliveries);
    arena_free(report->arena);
    report->arena = NULL;
    report->skipped = NULL;
    report->breakers = NULL;
    report->breaker_count = 0;
    report->skipped_count = report->list_count = 0;
    report->lists = NULL;
    report->accounts = NULL;
    report->streams = NULL;
    report->deliveries = NULL;
    report->account_count = report->stream_count = report->delivery_count = 0;
}

static void load_journal(struct status_report *report, const struct clock *clock)
{
    struct journal *journal = NULL;
    _cleanup_(freep) char *path = path_join(report->directory, "journal.db");
    report->journal_error = ERROR_INIT;
    report->journal_is_there = path && access(path, F_OK) == 0;
    report->arena = arena_new(ARENA_LIMIT);
    postern_status status =
        report->arena ? journal_open_reader(report->directory, clock, &journal, &report->journal_error)
                      : error_no_memory(&report->journal_error, NULL);
    if (status >= 0) {
        status = read_journal(journal, report, &report->journal_error);
        journal_close(journal);
    }
    report->journal_error.code = status;
    report->has_journal = status >= 0;
    if (!report->has_journal) clear_records(report);
    leave_out_removed(report);
}

/* ---- What is known beside it ---- */

static char state_of_process(int64_t pid)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, line, sizeof line - 1) <= 0) return 0;
    const char *end = strrchr(line, ')'); /* a name may hold anything */
    return end && end[1] == ' ' ? end[2] : 0;
}

static void load_daemon(struct status_report *report, const struct clock *clock)
{
    static const struct tolerance usual = {.stalled_ms = TOLERANCE_STALLED_MS,
                                           .pending_ms = TOLERANCE_PENDING_MS,
                                           .missed_polls = TOLERANCE_MISSED_POLLS,
                                           .backlog_ms = TOLERANCE_BACKLOG_MS,
                                           .once_ms = TOLERANCE_ONCE_MS,
                                           .idle_flush_ms = TOLERANCE_IDLE_FLUSH_MS};
    report->daemon_runs = journal_daemon(report->directory, &report->daemon_pid, &report->locked_since_ms);
    report->has_heartbeat = heartbeat_read(report->directory, &report->heartbeat);
    if (!report->has_heartbeat || !report->heartbeat.tolerance.stalled_ms)
        report->heartbeat.tolerance = usual;
    report->heartbeat_age_ms = report->has_heartbeat ? heartbeat_age_ms(&report->heartbeat, clock) : 0;
    if (report->daemon_runs) report->process_state = state_of_process(report->daemon_pid);
}

/* One that is not there is none that cannot be read: nothing has run with it yet. */
static postern_status check_directory(const char *directory, postern_error *error)
{
    struct stat status;
    if (stat(directory, &status) < 0) {
        int reason = errno;
        struct stat link;
        if (reason == ENOENT && lstat(directory, &link) < 0) return POSTERN_OK;
        error_set_errno(error, POSTERN_E_IO, reason, "cannot look at the state directory %s", directory);
        error_remedy(error, reason == EACCES
                                ? "run this command as the user that runs Postern"
                                : "see in the configuration whether `state` names the right folder");
        return POSTERN_E_IO;
    }
    if (!S_ISDIR(status.st_mode)) {
        error_set(error, POSTERN_E_IO, "%s, which `state` names, is no folder", directory);
        error_remedy(error, "name a folder of Postern's own in `state`");
        return POSTERN_E_IO;
    }
    if (access(directory, R_OK | X_OK) == 0) return POSTERN_OK;
    error_set_errno(error, POSTERN_E_IO, errno, "cannot look into the state directory %s", directory);
    const struct passwd *owner = getpwuid(status.st_uid);
    error_remedy(error, "run this command as the user that runs Postern: the directory belongs to %s",
                 owner ? owner->pw_name : "a user without a name");
    return POSTERN_E_IO;
}

static void load_volume(struct status_report *report)
{
    struct statvfs volume;
    if (statvfs(report->directory, &volume) < 0) return;
    report->volume = (struct state_volume){
        .is_known = true,
        .read_only = (volume.f_flag & ST_RDONLY) != 0,
        .free_bytes = (int64_t)(volume.f_bavail * volume.f_frsize),
    };
}

/* Ages are judged by the wall clock as it is set now. The vendor's times stay as they are. */
static void correct_times(struct status_report *report)
{
    const struct clock_steps *steps = &report->heartbeat.clock_steps;
    if (!report->has_heartbeat || !steps->count) return;
#define CORRECT(time) ((time) = clock_steps_correct(steps, report->now_ms, (time)))
    for (size_t i = 0; i < report->account_count; i++) {
        struct account_record *account = &report->accounts[i];
        CORRECT(account->added_ms);
        CORRECT(account->status_since_ms);
    }
    for (size_t i = 0; i < report->stream_count; i++) {
        struct stream_record *stream = &report->streams[i];
        int64_t attempt = stream->last_attempt_ms;
        CORRECT(stream->last_attempt_ms);
        if (stream->next_attempt_ms) stream->next_attempt_ms += stream->last_attempt_ms - attempt;
        CORRECT(stream->last_success_ms);
        CORRECT(stream->last_error_ms);
        CORRECT(stream->caught_up_ms);
    }
    for (size_t i = 0; i < report->delivery_count; i++) {
        struct delivery_record *delivery = &report->deliveries[i];
        CORRECT(delivery->last_success_ms);
        CORRECT(delivery->waiting_since_ms);
        CORRECT(delivery->trouble_since_ms);
    }
    CORRECT(report->totals.oldest_received_ms);
#undef CORRECT
}

void status_load(const char *directory, const struct clock *clock, struct status_report *report)
{
    *report = (struct status_report){0};
    text_to_string(text_of(directory), report->directory, sizeof report->directory);
    report->now_ms = clock_wall_ms(clock);
    report->directory_error = ERROR_INIT;
    if (check_directory(report->directory, &report->directory_error) < 0) {
        report->directory_error.code = POSTERN_E_IO;
        verdict_reach(report, &report->verdict);
        return;
    }
    load_volume(report);
    load_journal(report, clock);
    load_daemon(report, clock); /* last: what stands in the journal is not younger than the heartbeat */
    report->now_ms = clock_wall_ms(clock);
    correct_times(report);
    (void)metrics_file_read(directory, &report->metrics, NULL); /* no reason not to show the rest */
    verdict_reach(report, &report->verdict);
}

void status_clear(struct status_report *report)
{
    clear_records(report);
    cJSON_Delete(report->metrics);
    *report = (struct status_report){0};
}

/* Streams come in the order of their accounts' names. */
static size_t first_of(const struct status_report *report, const char *account)
{
    return sorted_begin(report->streams, report->stream_count, sizeof *report->streams,
                        offsetof(struct stream_record, account), account);
}

const struct stream_record *status_next_stream(const struct status_report *report,
                                               const struct account_record *account,
                                               const struct stream_record *stream)
{
    size_t i = stream ? (size_t)(stream - report->streams) + 1 : first_of(report, account->name);
    for (; i < report->stream_count && strcmp(report->streams[i].account, account->name) == 0; i++)
        if (report->streams[i].account_id == account->id) return &report->streams[i];
    return NULL;
}

const struct breaker_record *status_breaker(const struct status_report *report, const char *sink)
{
    for (size_t i = 0; i < report->breaker_count; i++)
        if (strcmp(report->breakers[i].sink, sink) == 0) return &report->breakers[i];
    return NULL;
}

const struct snapshot_totals *status_list(const struct status_report *report,
                                          const struct stream_record *stream)
{
    for (size_t i = 0; i < report->list_count; i++)
        if (report->lists[i].stream_id == stream->id) return &report->lists[i].totals;
    return NULL;
}
