/* Changing something about dead letters: by a request to the daemon, or here. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/daemon_request.h"
#include "commands/dead.h"
#include "engine/requests.h"
#include "engine/reread.h"
#include "engine/setup.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_MS 5000 /* between two lines; a terminal's line is written over at each look */

/* ---- Progress and outcome ---- */

struct progress {
    int64_t said_ms;
    bool terminal, open_line;
};

static bool is_time_to_say(struct progress *progress, int64_t now_ms)
{
    if (!progress->said_ms) progress->said_ms = now_ms;
    if (!progress->terminal && now_ms - progress->said_ms < PROGRESS_MS) return false;
    progress->said_ms = now_ms;
    progress->open_line = progress->terminal;
    if (progress->terminal) show(stderr, "\r\033[K");
    return true;
}

static void show_retried(struct progress *progress, const struct retry_tally *tally, int64_t now_ms)
{
    if (!is_time_to_say(progress, now_ms)) return;
    show(stderr, "%lld of %lld: %lld delivered, %lld failed", (long long)retry_tally_done(tally),
         (long long)tally->wanted, (long long)tally->delivered, (long long)tally->failed);
    if (tally->untried) show(stderr, ", %lld not tried", (long long)tally->untried);
    if (!progress->terminal) show(stderr, "\n");
}

static void show_dropped(struct progress *progress, const struct dead_dropped *dropped, int64_t now_ms)
{
    if (!is_time_to_say(progress, now_ms)) return;
    show(stderr, "%lld dropped%s", (long long)dropped->count, progress->terminal ? "" : "\n");
}

static void end_line(const struct progress *progress)
{
    if (progress->open_line) show(stderr, "\n");
}

#define NOT_FOUND "postern: %lld %s not found: no such dead letters are there (any more)\n"

/* Which of them, and what to do: "postern: 3 failed: files/all: no route (letters 2 to 9). Mend it". */
static void print_reasons(const struct retry_reasons *reasons, const char *outcome)
{
    for (int i = 0; i < reasons->count; i++) {
        const struct retry_reason *reason = &reasons->list[i];
        long long first = (long long)reason->letters.first, last = (long long)reason->letters.last;
        char words[RETRY_REASON_SIZE + 64], text[ERROR_TEXT_SIZE], numbers[64] = "";
        if (first && first < last) snprintf(numbers, sizeof numbers, " (letters %lld to %lld)", first, last);
        if (first && first == last) snprintf(numbers, sizeof numbers, " (letter %lld)", first);
        snprintf(words, sizeof words, "%s%s", reason->text, numbers);
        show(stderr, "postern: %lld %s: %s\n", (long long)reason->letters.count, outcome,
             error_text(words, reason->remedy, text));
    }
}

static int print_tally(const struct progress *progress, const struct retry_tally *tally)
{
    end_line(progress);
    print_reasons(&tally->failures, "failed");
    print_reasons(&tally->stops, "not tried");
    if (tally->missing)
        show(stderr, NOT_FOUND, (long long)tally->missing, tally->missing == 1 ? "was" : "were");
    show(stdout, "%lld of %lld dead letter%s delivered\n", (long long)tally->delivered,
         (long long)tally->wanted, plural(tally->wanted));
    bool all = !tally->failed && !tally->untried && !tally->missing;
    return all ? EXIT_OK : EXIT_INCOMPLETE;
}

static int print_dropped(const struct progress *progress, const struct dead_filter *filter,
                         const struct dead_dropped *dropped)
{
    char size[32];
    int64_t missing = filter->ids ? (int64_t)filter->id_count - dropped->count : 0;
    end_line(progress);
    show(stdout, "%lld dead letter%s dropped (%s)\n", (long long)dropped->count, plural(dropped->count),
         size_format(dropped->bytes, size));
    if (!missing) return EXIT_OK;
    show(stderr, NOT_FOUND, (long long)missing, missing == 1 ? "was" : "were");
    return EXIT_INCOMPLETE;
}

/* ---- The daemon does it ---- */

static int64_t monotonic_ms(void)
{
    return clock_monotonic_ms(clock_process());
}

static void take_progress(void *context, const char *words)
{
    struct retry_tally tally;
    struct dead_dropped dropped;
    if (retry_tally_read(words, &tally, NULL))
        show_retried(context, &tally, monotonic_ms());
    else if (drop_outcome_read(words, &dropped))
        show_dropped(context, &dropped, monotonic_ms());
}

static int ask_daemon(const char *directory, const char *kind, const struct dead_options *options)
{
    postern_error error = ERROR_INIT;
    struct progress progress = {.terminal = isatty(STDERR_FILENO)};
    _cleanup_(freep) char *arguments = dead_filter_write(&options->filter), *outcome = NULL;
    struct dead_dropped dropped;
    struct retry_tally tally;
    const struct daemon_request request = {directory, kind, arguments, take_progress, &progress};
    postern_status status =
        arguments ? daemon_request(&request, &outcome, &error) : error_no_memory(&error, NULL);
    if (status < 0) return command_fail(&error);
    if (strcmp(kind, REQUEST_DEAD_RETRY) == 0 && retry_tally_read(outcome, &tally, NULL))
        return print_tally(&progress, &tally);
    if (strcmp(kind, REQUEST_DEAD_DROP) == 0 && drop_outcome_read(outcome, &dropped))
        return print_dropped(&progress, &options->filter, &dropped);
    error_set(&error, POSTERN_E_RETRY, "%s", outcome);
    return command_fail(&error);
}

/* ---- This process does it ---- */

static int retry_with(struct engine *engine, const struct dead_options *options)
{
    postern_error error = ERROR_INIT;
    struct bulk_retry *bulk = NULL;
    struct progress progress = {.terminal = isatty(STDERR_FILENO)};
    _cleanup_(freep) char *filter = dead_filter_write(&options->filter);
    postern_status status = filter ? bulk_retry_new(engine->journal, filter, 0, NULL, &bulk, &error)
                                   : error_no_memory(&error, NULL);
    if (status < 0) return command_fail(&error);
    const struct bytes_retry bytes = engine_bytes_retry(engine);
    while (bulk_retry_step(bulk, engine->deliverer, &bytes, &error))
        show_retried(&progress, bulk_retry_tally(bulk), monotonic_ms());
    int code = print_tally(&progress, bulk_retry_tally(bulk));
    if (error.code < 0) code = command_fail(&error);
    bulk_retry_free(bulk);
    return code;
}

static int drop_with(struct engine *engine, const struct dead_options *options)
{
    postern_error error = ERROR_INIT;
    struct progress progress = {.terminal = isatty(STDERR_FILENO)};
    struct dead_dropped dropped = {0};
    for (bool more = true; more;) {
        if (journal_dead_drop(engine->journal, &options->filter, &dropped, &more, &error) < 0)
            return command_fail(&error);
        show_dropped(&progress, &dropped, monotonic_ms());
    }
    return print_dropped(&progress, &options->filter, &dropped);
}

static int work_here(const struct dead_options *options, bool journal_only,
                     int (*work)(struct engine *, const struct dead_options *))
{
    struct module_registry *registry = NULL;
    struct config *config = setup_config(options->config, &registry);
    if (!config) return EXIT_CONFIG;
    struct engine engine;
    postern_error error = ERROR_INIT;
    if (engine_start(&engine, config, registry, (struct engine_choice){.journal_only = journal_only},
                     &error) < 0) {
        config_free(config);
        registry_free(registry);
        return command_fail(&error);
    }
    int code = work(&engine, options);
    fflush(stdout);
    engine_stop_or_exit(&engine, 5000, code);
    registry_free(registry);
    return code;
}

int dead_retry(const char *directory, const struct dead_options *options)
{
    if (journal_daemon_runs(directory)) return ask_daemon(directory, REQUEST_DEAD_RETRY, options);
    return work_here(options, false, retry_with);
}

int dead_drop(const char *directory, const struct dead_options *options)
{
    if (journal_daemon_runs(directory)) return ask_daemon(directory, REQUEST_DEAD_DROP, options);
    return work_here(options, true, drop_with);
}
