#include "settings.h"
#include "times.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "postern-simulator serve --certificates DIR [options]\n"
    "  --port N              listen on 127.0.0.1:N (default: any free port)\n"
    "  --seed N              which world (default 1)\n"
    "  --accounts N          customers (default 1); keys: postern-simulator keys\n"
    "  --scale N             N customers, each of which gets its events when it is asked first\n"
    "  --sources LIST        which have events: names, `all`, or `first` (siem, audit, ttp-*, dlp: the "
    "default);\n"
    "                        the others are empty, and can be asked\n"
    "  --events N            per account, over the history (default 1000)\n"
    "  --history DURATION    how far back (default 6h)\n"
    "  --quiet-period DURATION  the history ends so long before now (default 0s)\n"
    "  --live-rate N         further events per minute and account (default 0)\n"
    "  --lateness DURATION   a tenth of the JSON endpoints' events appears up to so late (default 0s)\n"
    "  --publish-interval DURATION  of MTA logs (default 30m)\n"
    "  --batch-interval DURATION  of API 2.0's batch files (default 15m), never later than MTA logs\n"
    "  --batch-calls N/DURATION  per account and path, all types together (default 50/15m; 0/15m: no limit)\n"
    "  --link-life DURATION  of links to batch files (default 15m)\n"
    "  --retention DURATION  of MTA logs (default 7d)\n"
    "  --events-per-file N   in one compressed answer (default 1500)\n"
    "  --faults SPEC         such as 429=2%,siem:truncated-zip=5%,permanent:flipped-byte=1%,all=1%\n"
    "  --quirks on|off       odd values and habits seen in the field (default on)\n"
    "  --page-size-limit N   (default 100)\n"
    "  --page-token-lifetime DURATION  (default 15m)\n"
    "  --rate-limit N/DURATION  calls per account and endpoint (default: no limit)\n"
    "  --date-tolerance DURATION  of x-mc-date (default 15m)\n"
    "  --key-expiry DURATION each generation of keys works so long (default: for ever)\n"
    "  --bearer-life DURATION  of API 2.0's tokens, as told (default 30m)\n"
    "  --token-calls N/DURATION  more calls for a token are too many (default 30/15m)\n"
    "  --clock FILE          the shared test clock\n"
    "  --truth FILE          write the ground truth here\n"
    "  --exit-with-stdin     end when stdin is closed\n"
    "DURATION is 500ms, 10s, 15m, 12h or 7d.\n";

void settings_usage(void)
{
    fputs(usage, stderr);
}

/* What a world has that names no sources. */
enum { FIRST_SOURCES = (1u << (DLP + 1)) - 1 };

enum option_kind { TEXT, NUMBER, DURATION, SWITCH };

static bool read_number(const char *text, unsigned long long limit, unsigned long long *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return end != text && *end == '\0' && *text != '-' && *number <= limit;
}

static bool read_calls(const char *text, size_t *calls, int64_t *window_ms)
{
    char *end;
    *calls = strtoull(text, &end, 10);
    return end != text && *end == '/' && duration_read(end + 1, window_ms) && *window_ms > 0;
}

static bool read_switch(const char *text, bool *value)
{
    *value = strcmp(text, "on") == 0;
    return *value || strcmp(text, "off") == 0;
}

static bool read_size(const char *text, size_t *value)
{
    unsigned long long number;
    bool good = read_number(text, 100000000, &number) && number > 0;
    if (good) *value = (size_t)number;
    return good;
}

static bool read_faults(struct settings *settings, const char *value)
{
    char problem[160];
    if (faults_set(&settings->faults, value, problem)) return true;
    fprintf(stderr, "postern-simulator: %s\n", problem);
    return false;
}

/* What only API 2.0 knows. */
static bool set_of_api_2(struct settings *settings, int option, const char *value)
{
    switch (option) {
    case 'N':
        return read_calls(value, &settings->batch_calls, &settings->batch_window_ms);
    case 'I':
        return duration_read(value, &settings->batch_ms) && settings->batch_ms >= SECOND;
    case 'B':
        return read_calls(value, &settings->token_calls, &settings->token_window_ms);
    default:
        return false;
    }
}

static uint32_t all_sources(void)
{
    uint32_t all = 0;
    for (int source = 0; source < SOURCES; source++)
        if (source_has_events((enum source)source)) all |= 1u << source;
    return all;
}

bool sources_read(const char *list, uint32_t *sources)
{
    uint32_t chosen = 0;
    while (*list) {
        char name[32] = "";
        size_t size = strcspn(list, ",");
        if (size >= sizeof name) return false;
        memcpy(name, list, size);
        enum source source = source_named(name);
        if (strcmp(name, "all") == 0)
            chosen |= all_sources();
        else if (strcmp(name, "first") == 0)
            chosen |= FIRST_SOURCES;
        else if (source != SOURCES && source_has_events(source))
            chosen |= 1u << source;
        else
            return false;
        list += size + (list[size] == ',');
    }
    if (chosen) *sources = chosen;
    return chosen != 0;
}

/* The options that are a length of time. */
static int64_t *duration_of(struct settings *settings, int option)
{
    switch (option) {
    case 'h':
        return &settings->history_ms;
    case 'q':
        return &settings->quiet_ms;
    case 'L':
        return &settings->lateness_ms;
    case 'r':
        return &settings->retention_ms;
    case 'E':
        return &settings->link_life_ms;
    case 'T':
        return &settings->token_lifetime_ms;
    case 'b':
        return &settings->bearer_life_ms;
    case 'd':
        return &settings->date_tolerance_ms;
    case 'k':
        return &settings->key_expiry_ms;
    default:
        return NULL;
    }
}

static bool set(struct settings *settings, int option, const char *value)
{
    int64_t *duration = duration_of(settings, option);
    if (duration) return duration_read(value, duration);
    unsigned long long number = 0;
    char *end;
    switch (option) {
    case 'c':
        settings->certificates = value;
        return true;
    case 'p':
        if (!read_number(value, 65535, &number)) return false;
        settings->port = (unsigned)number;
        return true;
    case 's':
        return read_number(value, UINT64_MAX, &number) && (settings->seed = number, true);
    case 'a':
        return read_number(value, 100000, &number) && number && (settings->accounts = (unsigned)number, true);
    case 'n':
        return read_number(value, 100000000, &number) && (settings->events = (size_t)number, true);
    case 'A':
        settings->lazy = true;
        return read_number(value, 100000, &number) && number && (settings->accounts = (unsigned)number, true);
    case 'S':
        return sources_read(value, &settings->sources);
    case 'l':
        settings->live_per_minute = strtod(value, &end);
        return end != value && *end == '\0' && settings->live_per_minute >= 0;
    case 'i':
        return duration_read(value, &settings->publish_ms) && settings->publish_ms >= SECOND;
    case 'F':
        return read_size(value, &settings->events_per_file);
    case 'f':
        return read_faults(settings, value);
    case 'Q':
        return read_switch(value, &settings->quirks);
    case 'P':
        return read_size(value, &settings->page_limit);
    case 'R':
        return read_calls(value, &settings->rate_limit, &settings->rate_window_ms);
    case 'C':
        settings->clock = value;
        return true;
    case 't':
        settings->truth = value;
        return true;
    case 'x':
        settings->exit_with_stdin = true;
        return true;
    default:
        return set_of_api_2(settings, option, value);
    }
}

static const struct option options[] = {{"certificates", required_argument, NULL, 'c'},
                                        {"port", required_argument, NULL, 'p'},
                                        {"seed", required_argument, NULL, 's'},
                                        {"accounts", required_argument, NULL, 'a'},
                                        {"scale", required_argument, NULL, 'A'},
                                        {"events", required_argument, NULL, 'n'},
                                        {"sources", required_argument, NULL, 'S'},
                                        {"history", required_argument, NULL, 'h'},
                                        {"quiet-period", required_argument, NULL, 'q'},
                                        {"live-rate", required_argument, NULL, 'l'},
                                        {"lateness", required_argument, NULL, 'L'},
                                        {"publish-interval", required_argument, NULL, 'i'},
                                        {"batch-interval", required_argument, NULL, 'I'},
                                        {"batch-calls", required_argument, NULL, 'N'},
                                        {"link-life", required_argument, NULL, 'E'},
                                        {"retention", required_argument, NULL, 'r'},
                                        {"events-per-file", required_argument, NULL, 'F'},
                                        {"faults", required_argument, NULL, 'f'},
                                        {"quirks", required_argument, NULL, 'Q'},
                                        {"page-size-limit", required_argument, NULL, 'P'},
                                        {"page-token-lifetime", required_argument, NULL, 'T'},
                                        {"rate-limit", required_argument, NULL, 'R'},
                                        {"bearer-life", required_argument, NULL, 'b'},
                                        {"token-calls", required_argument, NULL, 'B'},
                                        {"date-tolerance", required_argument, NULL, 'd'},
                                        {"key-expiry", required_argument, NULL, 'k'},
                                        {"clock", required_argument, NULL, 'C'},
                                        {"truth", required_argument, NULL, 't'},
                                        {"exit-with-stdin", no_argument, NULL, 'x'},
                                        {NULL, 0, NULL, 0}};

bool settings_read(struct settings *settings, int count, char **arguments)
{
    *settings = (struct settings){.seed = 1,
                                  .accounts = 1,
                                  .sources = FIRST_SOURCES,
                                  .events = 1000,
                                  .history_ms = 6 * HOUR,
                                  .publish_ms = 30 * MINUTE,
                                  .batch_ms = 15 * MINUTE,
                                  .batch_calls = 50,
                                  .batch_window_ms = 15 * MINUTE,
                                  .link_life_ms = 15 * MINUTE,
                                  .retention_ms = 7 * DAY,
                                  .date_tolerance_ms = 15 * MINUTE,
                                  .token_lifetime_ms = 15 * MINUTE,
                                  .bearer_life_ms = 30 * MINUTE,
                                  .token_calls = 30,
                                  .token_window_ms = 15 * MINUTE,
                                  .page_limit = 100,
                                  .events_per_file = 1500,
                                  .rate_window_ms = 15 * MINUTE,
                                  .quirks = true};
    int option, index = 0;
    while ((option = getopt_long(count, arguments, "", options, &index)) != -1) {
        if (option == '?') return false;
        if (!set(settings, option, optarg)) {
            fprintf(stderr, "postern-simulator: --%s: cannot use the value %s\n", options[index].name,
                    optarg);
            return false;
        }
    }
    if (optind < count || !settings->certificates || settings->quiet_ms > settings->history_ms) {
        fputs("postern-simulator: --certificates DIR is needed, other words are not, and the quiet period "
              "must be shorter "
              "than the history\n",
              stderr);
        return false;
    }
    return true;
}
