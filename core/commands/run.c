/* `postern run`: the daemon, and one pass with --once. */
#include "base/error.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/units.h"
#include "commands/command.h"
#include "engine/engine.h"
#include "engine/places.h"
#include "engine/requests.h"
#include "engine/setup.h"
#include "journal/notice.h"
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define STOP_GRACE_MS   3500 /* the promise is 5 s in all */
#define LOOK_MS         500  /* requests of other commands are noticed within 1 s */
#define ONCE_LOOK_MS    20
#define SECRETS_LOOK_MS 30000

struct run_options {
    const char *config;
    bool once, progress;
    int64_t timeout_ms;
};

/* From here on what run listens to waits until it is received, and what it does not know does no harm. Before
 * everything else, so that no moment is left in which a signal ends it; and before the first thread starts,
 * so that all inherit it and the main thread alone receives. */
static void hold_signals(sigset_t *signals)
{
    sigemptyset(signals);
    sigaddset(signals, SIGTERM);
    sigaddset(signals, SIGINT);
    sigaddset(signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGUSR2, SIG_IGN);
}

static struct journal *watched; /* of the engine that runs; changes while only the main thread does */

/* Its files were removed or replaced: there is nothing to go on with. */
static bool journal_is_lost(void)
{
    return watched && journal_check_place(watched, NULL) < 0;
}

/* SIGTERM or SIGINT waits to be received. */
static bool told_to_stop(void)
{
    sigset_t pending;
    return (sigpending(&pending) == 0 &&
            (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1)) ||
           journal_is_lost();
}

/* Waits for a signal; 0 after `ms`. */
static int wait_for_signal(const sigset_t *signals, int64_t ms)
{
    struct timespec timeout = {ms / 1000, (long)(ms % 1000) * 1000000};
    int number = sigtimedwait(signals, NULL, &timeout);
    return number < 0 ? 0 : number;
}

static void say(const struct engine *engine, enum notice_kind kind, const char *message, const char *remedy)
{
    notice_say(engine->journal, &(struct notice){.kind = kind, .message = message, .remedy = remedy});
}

static void reload(struct engine *engine, const char *path)
{
    postern_error error = ERROR_INIT;
    log_write(POSTERN_LOG_INFO, NULL, "reloading %s (modules are not reloaded: that needs a restart)", path);
    struct config *config = setup_config(path, &engine->registry);
    if (!config) {
        say(engine, NOTICE_CONFIG_REFUSED,
            "NOT reloaded: the configuration has problems; the old one goes on",
            "the log names them, and `postern check` does");
    } else if (engine_reload(engine, config, &error) < 0) {
        error_prefix(&error, "NOT reloaded, the old configuration goes on: ");
        say(engine, NOTICE_CONFIG_REFUSED, error.message, error.remedy);
    } else {
        say(engine, NOTICE_CONFIG_RELOADED, "reloaded", NULL);
    }
}

/* A secret that was missing is looked for again now and then. */
static bool secret_has_appeared(const struct engine *engine)
{
    static int64_t looked_ms;
    int64_t now = clock_monotonic_ms(engine->clock);
    if (!engine->config->missing_files || now - looked_ms < SECRETS_LOOK_MS) return false;
    looked_ms = now;
    if (!config_missing_appeared(engine->config)) return false;
    log_write(POSTERN_LOG_INFO, NULL, "a secret that was missing can be read now");
    return true;
}

static int run_as_daemon(struct engine *engine, const struct run_options *options, const sigset_t *signals)
{
    bool busy = false;
    log_write(POSTERN_LOG_INFO, NULL, "running");
    for (;;) {
        int number = wait_for_signal(signals, busy ? 0 : LOOK_MS);
        if (number == SIGTERM || number == SIGINT) break;
        if (journal_is_lost()) break; /* it has said so */
        bool again = number == SIGHUP || engine->reload_wanted || secret_has_appeared(engine);
        engine->reload_wanted = false;
        if (again && !told_to_stop()) reload(engine, options->config);
        busy = engine_serve_requests(engine);
        deliverer_name_skipped(engine->deliverer, false);
        engine_look_around(engine);
    }
    deliverer_name_skipped(engine->deliverer, true);
    log_write(POSTERN_LOG_INFO, NULL, "stopping");
    return journal_is_lost() ? EXIT_INCOMPLETE : EXIT_OK;
}

static void show_progress(const struct run_options *options, const struct collector_progress *progress,
                          bool end)
{
    static int64_t shown = -1;
    if (!options->progress || (progress->requests == shown && !end)) return;
    shown = progress->requests;
    bool terminal = isatty(STDERR_FILENO);
    if (terminal) show(stderr, "\r\033[K"); /* one line that is written again and again */
    show(stderr, "%zu of %zu stream%s read, %lld request%s, %lld event%s", progress->finished,
         progress->streams, plural((int64_t)progress->streams), (long long)progress->requests,
         plural(progress->requests), (long long)progress->events, plural(progress->events));
    if (!terminal || end) show(stderr, "\n");
}

/* `context` is the text before: streams of an account often lack the same. */
static void print_unfinished(void *context, const char *stream, const char *message, const char *remedy)
{
    char *before = context, text[ERROR_TEXT_SIZE];
    error_text(message, remedy, text);
    show(stderr, "postern: %s: %s\n", stream, strcmp(text, before) == 0 ? "the same" : text);
    memcpy(before, text, sizeof text);
}

/* Reads every stream once and delivers everything; 1 if a stream or a delivery did not get to its end. */
static int run_once(struct engine *engine, const struct run_options *options, const sigset_t *signals)
{
    struct collector_progress progress = {0};
    bool stopped = false;
    int ticks = 0;
    for (;;) {
        collector_progress(engine->collector, &progress);
        if (progress.finished >= progress.streams) break;
        int64_t quiet = clock_monotonic_ms(engine->clock) - progress.last_progress_ms;
        if (quiet > options->timeout_ms) break;
        if (++ticks % 10 == 0) show_progress(options, &progress, false);
        int number = wait_for_signal(signals, ONCE_LOOK_MS);
        if (number == SIGTERM || number == SIGINT || journal_is_lost()) {
            stopped = true;
            break;
        }
        engine_serve_requests(engine);
    }
    show_progress(options, &progress, true);
    collector_each_unfinished(engine->collector, print_unfinished, (char[ERROR_TEXT_SIZE]){0});
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    if (!journal_is_lost()) engine_store_notices(engine);
    bool delivered = journal_end(engine->journal, &end, &error) >= 0 && !stopped &&
                     deliverer_drain(engine->deliverer, end, INT64_MAX, options->timeout_ms);
    deliverer_name_skipped(engine->deliverer, true);
    if (!delivered && !stopped && !told_to_stop())
        show(stderr, "postern: not everything could be delivered; `postern status` tells what is left\n");
    bool all = delivered && progress.finished >= progress.streams && progress.failed == 0 &&
               !engine->config->missing_secrets && !engine->config->unread_accounts; /* named at the start */
    return all ? EXIT_OK : EXIT_INCOMPLETE;
}

static int parse_options(const struct command *command, int argc, char **argv, struct run_options *options)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"once", no_argument, NULL, '1'},
        {"progress", no_argument, NULL, 'p'},     {"timeout", required_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},      {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},         {0}};
    postern_error error = ERROR_INIT;
    for (int letter; (letter = getopt_long(argc, argv, "c:t:vqh", known, NULL)) != -1;) {
        switch (letter) {
        case 'c':
            options->config = optarg;
            break;
        case '1':
            options->once = true;
            break;
        case 'p':
            options->progress = true;
            break;
        case 't':
            if (duration_parse((postern_text){optarg, strlen(optarg)}, &options->timeout_ms, &error) < 0)
                return command_usage(command, "--timeout: %s", error.message);
            break;
        case 'v':
            log_set_level(POSTERN_LOG_DEBUG);
            break;
        case 'q':
            log_set_level(POSTERN_LOG_WARNING);
            break;
        case 'h':
            command_print_help(command, stdout);
            return -1;
        default:
            return command_unknown(command, argv);
        }
    }
    if (optind < argc) return command_usage(command, "%s: run takes no further words", argv[optind]);
    return EXIT_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
    sigset_t signals;
    hold_signals(&signals);
    failpoint("run-begin");
    struct run_options options = {
        .config = places_config(), .progress = isatty(STDERR_FILENO), .timeout_ms = 600000};
    int parsed = parse_options(command, argc, argv, &options);
    if (parsed != EXIT_OK) return parsed < 0 ? EXIT_OK : parsed;

    struct module_registry *registry = NULL;
    struct config *config = setup_config(options.config, &registry);
    if (!config) return EXIT_CONFIG;
    struct engine engine;
    postern_error error = ERROR_INIT;
    if (engine_start(
            &engine, config, registry,
            (struct engine_choice){.collect = true, .once = options.once, .told_to_stop = told_to_stop},
            &error) < 0) {
        config_free(config);
        registry_free(registry);
        return command_fail(&error);
    }
    watched = engine.journal;
    int code =
        options.once ? run_once(&engine, &options, &signals) : run_as_daemon(&engine, &options, &signals);
    watched = NULL;
    engine_stop_or_exit(&engine, STOP_GRACE_MS, code);
    registry_free(registry);
    return code;
}

const struct command command_run = {
    "run", "run [--once] [-c FILE]", "Collects, maps and delivers until it is told to stop",
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --once         read every stream once, deliver everything, end; exit code 1 if something is left\n"
    "      --timeout T    with --once: give up after T without progress (default 10m)\n"
    "      --progress     show progress on stderr even if it is no terminal\n"
    "  -v, --verbose      log more;  -q, --quiet  log only warnings and errors\n"
    "\nSIGTERM and SIGINT end it within 5 s with nothing lost. SIGHUP reloads configuration and scripts; if "
    "the new\n"
    "ones are wrong the old ones go on and the log says so. What comes while it starts is done once it "
    "runs.\n"
    "Modules are loaded at the start only.\n",
    run};
