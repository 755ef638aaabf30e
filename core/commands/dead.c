#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "commands/command.h"
#include "commands/output.h"
#include "engine/engine.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <time.h>

#define LIST_STEP   500
#define LOOK_MS     100
#define FIELD_WIDTH 10
#define ARENA_LIMIT ((size_t)1 << 30)

/* Calls `each` for every letter, a part of the list at a time. */
static postern_status for_each_letter(struct journal *journal,
                                      bool (*each)(void *, const struct dead_letter *), void *context,
                                      postern_error *error)
{
    int64_t after = 0;
    for (;;) {
        _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_LIMIT);
        struct dead_letter *letters = NULL;
        size_t count = 0;
        if (!arena) return error_no_memory(error, NULL);
        postern_status status =
            journal_dead_list(journal, arena, after, LIST_STEP, false, &letters, &count, error);
        if (status < 0 || count == 0) return status;
        for (size_t i = 0; i < count; i++)
            if (!each(context, &letters[i])) return POSTERN_OK;
        after = letters[count - 1].id;
    }
}

static bool print_line(void *context, const struct dead_letter *letter)
{
    char time[TIMESTAMP_SIZE];
    size_t *count = context;
    ++*count;
    show(stdout, "%-6lld %s %-8s %s/%s%s%s%s%s: %s\n", (long long)letter->id,
         timestamp_iso(letter->created_ms, time), dead_stage_name(letter->stage), letter->account,
         letter->stream, letter->delivery[0] ? " → " : "", letter->delivery, letter->name ? " " : "",
         letter->name ? letter->name : "", letter->reason ? letter->reason : "");
    return true;
}

static int list(struct journal *journal)
{
    size_t count = 0;
    postern_error error = ERROR_INIT;
    if (for_each_letter(journal, print_line, &count, &error) < 0) return command_fail(&error);
    if (count == 0) show(stdout, "no dead letters\n");
    return EXIT_OK;
}

static void print_field(const char *name, const char *value)
{
    if (value && value[0]) show(stderr, "%-*s %s\n", FIELD_WIDTH, name, value);
}

static int print_bytes(postern_text bytes)
{
    bool ended = bytes.size == 0 || bytes.data[bytes.size - 1] == '\n';
    int reason = output_data(bytes);
    if (!reason && !ended) reason = output_data(TEXT("\n"));
    if (!reason || reason == EPIPE) return EXIT_OK;
    show(stderr, "postern: cannot write: %s\n", strerror(reason));
    return EXIT_INCOMPLETE;
}

/* What is known goes to stderr, the bytes alone to stdout: exactly as they are, if it is no terminal. */
static int show_letter(struct journal *journal, int64_t id)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(ARENA_LIMIT);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    postern_error error = ERROR_INIT;
    if (!arena || journal_dead_list(journal, arena, id - 1, 1, true, &letters, &count, &error) < 0)
        return command_fail(&error);
    if (count == 0 || letters->id != id) {
        show(stderr, "postern: there is no dead letter %lld\n", (long long)id);
        return EXIT_INCOMPLETE;
    }
    char event_id[2 * EVENT_ID_SIZE + 1], created[TIMESTAMP_SIZE];
    digest_hex(letters->event_id, EVENT_ID_SIZE, event_id);
    print_field("reason", letters->reason);
    print_field("since", timestamp_iso(letters->created_ms, created));
    print_field("stage", dead_stage_name(letters->stage));
    print_field("account", letters->account);
    print_field("stream", letters->stream);
    print_field("type", letters->type);
    print_field("delivery", letters->delivery);
    print_field("where", letters->name);
    if (letters->delivery[0]) print_field("event id", event_id);
    print_field("script", letters->script);
    print_field("version", letters->script_hash);
    if (letters->traceback && letters->traceback[0]) {
        show(stderr, "%-*s ", FIELD_WIDTH, "traceback");
        show_lines(stderr, FIELD_WIDTH + 1, text_of(letters->traceback));
        show(stderr, "\n");
    }
    return print_bytes(letters->bytes);
}

/* ---- Retry ---- */

struct retry {
    struct journal *journal; /* reader: a daemon runs and is asked */
    const char *directory;   /* of the state */
    struct engine *engine;   /* NULL then; else does the work here */
    int64_t *ids;
    size_t count, capacity;
};

static bool collect_id(void *context, const struct dead_letter *letter)
{
    struct retry *retry = context;
    if (!letter->delivery[0]) return true; /* bytes that are no events */
    if (retry->count == retry->capacity) {
        retry->capacity = retry->capacity ? retry->capacity * 2 : 64;
        int64_t *ids = reallocarray(retry->ids, retry->capacity, sizeof *ids);
        if (!ids) return false;
        retry->ids = ids;
    }
    retry->ids[retry->count++] = letter->id;
    return true;
}

static postern_status ask_daemon(const struct retry *retry, int64_t letter, postern_error *error)
{
    struct journal *journal = retry->journal;
    char arguments[32];
    int64_t id = 0;
    snprintf(arguments, sizeof arguments, "%lld", (long long)letter);
    postern_status status = journal_request_put(journal, REQUEST_DEAD_RETRY, arguments, &id, error);
    while (status >= 0) {
        _cleanup_(freep) char *outcome = NULL;
        status = journal_request_outcome(journal, id, &outcome, error);
        if (status < 0) break;
        if (!outcome && !journal_daemon_runs(retry->directory))
            return error_set(error, POSTERN_E_RETRY, "the daemon ended before it answered");
        if (!outcome)
            nanosleep(&(struct timespec){0, LOOK_MS * 1000000L}, NULL);
        else if (strcmp(outcome, REQUEST_DONE) == 0)
            return POSTERN_OK;
        else
            return error_set(error, POSTERN_E_RETRY, "%s", outcome);
    }
    return status;
}

static int retry_all(struct retry *retry)
{
    size_t good = 0;
    for (size_t i = 0; i < retry->count; i++) {
        postern_error error = ERROR_INIT;
        postern_status status = retry->engine
                                    ? deliverer_retry_dead(retry->engine->deliverer, retry->ids[i], &error)
                                    : ask_daemon(retry, retry->ids[i], &error);
        if (status >= 0)
            good++;
        else
            show(stderr, "postern: dead letter %lld: %s\n", (long long)retry->ids[i],
                 error_text(error.message, error.remedy, (char[ERROR_TEXT_SIZE]){0}));
    }
    show(stdout, "%zu of %zu dead letters delivered\n", good, retry->count);
    return good == retry->count ? EXIT_OK : EXIT_INCOMPLETE;
}

static int retry_with(struct retry *retry, struct journal *journal, char **words, int count)
{
    postern_error error = ERROR_INIT;
    if (strcmp(words[0], "all") == 0) {
        if (for_each_letter(journal, collect_id, retry, &error) < 0) return command_fail(&error);
    } else {
        retry->ids = calloc((size_t)count, sizeof *retry->ids);
        for (int i = 0; retry->ids && i < count; i++)
            retry->ids[retry->count++] = strtoll(words[i], NULL, 10);
    }
    int code = retry_all(retry);
    free(retry->ids);
    return code;
}

/* Without a daemon the command does the work itself, with the state directory's lock. */
static int retry_here(const char *path, char **words, int count)
{
    struct module_registry *registry = NULL;
    struct config *config = setup_config(path, &registry);
    if (!config) return EXIT_CONFIG;
    struct engine engine;
    postern_error error = ERROR_INIT;
    if (engine_start(&engine, config, registry, (struct engine_choice){0}, &error) < 0) {
        config_free(config);
        registry_free(registry);
        return command_fail(&error);
    }
    struct retry retry = {.engine = &engine};
    int code = retry_with(&retry, engine.journal, words, count);
    fflush(stdout);
    engine_stop_or_exit(&engine, 5000, code);
    registry_free(registry);
    return code;
}

static bool are_numbers(char **words, int count)
{
    for (int i = 0; i < count; i++) {
        char *end = NULL;
        if (strtoll(words[i], &end, 10) <= 0 || *end) return false;
    }
    return count > 0;
}

static int dead(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *path = places_config();
    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter != 'c') return command_unknown(command, argv);
        path = optarg;
    }
    const char *verb = optind < argc ? argv[optind] : "";
    char **words = argv + optind + 1;
    int count = argc - optind - 1;
    bool lists = strcmp(verb, "list") == 0 && count == 0;
    bool shows = strcmp(verb, "show") == 0 && count == 1 && are_numbers(words, count);
    bool retries = strcmp(verb, "retry") == 0 && count > 0 &&
                   ((count == 1 && strcmp(words[0], "all") == 0) || are_numbers(words, count));
    if (!lists && !shows && !retries)
        return command_usage(command, "say list, show NUMBER, or retry NUMBER... | all");
    _cleanup_(freep) char *directory = setup_state_directory(path);
    if (!directory) return EXIT_CONFIG;
    if (retries && !journal_daemon_runs(directory)) return retry_here(path, words, count);

    struct journal *journal = NULL;
    postern_error error = ERROR_INIT;
    if (journal_open_reader(directory, clock_process(), &journal, &error) < 0) return command_fail(&error);
    struct retry retry = {.journal = journal, .directory = directory};
    int code = lists   ? list(journal)
               : shows ? show_letter(journal, strtoll(words[0], NULL, 10))
                       : retry_with(&retry, journal, words, count);
    journal_close(journal);
    return code;
}

const struct command command_dead = {
    "dead", "dead list | show NUMBER | retry NUMBER... | retry all  [-c FILE]",
    "Lists, shows and retries dead letters: what could not be read, mapped or delivered",
    "  list              number, time, stage (collect, script, sink, journal), stream, delivery and reason "
    "of each\n"
    "  show NUMBER       all that is known on stderr, the exact bytes on stdout\n"
    "  retry NUMBER...   runs them through today's scripts and the sink again; those that succeed are gone\n"
    "  retry all         the same with every event (bytes that could not be read as events stay)\n"
    "  -c, --config FILE the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "\nIf the daemon runs, it does the work; otherwise this command does.\n",
    dead};
