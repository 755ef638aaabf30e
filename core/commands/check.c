/* `postern check`: the configuration, and with --live the endpoints. */
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/show.h"
#include "commands/command.h"
#include "deliver/deliverer.h"
#include "engine/engine.h"
#include "engine/places.h"
#include "engine/setup.h"
#include "report/wrap.h"
#include <getopt.h>
#include <string.h>

/* Compiles every pipeline's scripts, as `run` would. */
static size_t check_scripts(const struct config *config)
{
    size_t failed = 0;
    for (size_t i = 0; i < config->pipeline_count; i++) {
        postern_error error = ERROR_INIT;
        if (deliverer_check_pipeline(&config->pipelines[i], &config->limits.script, &error) < 0) {
            show(stderr, "%s:%d: %s\n", config->pipelines[i].place.file, config->pipelines[i].place.line,
                 error.message);
            failed++;
        }
    }
    return failed;
}

struct probe_report {
    size_t good, bad;
    char before[ERROR_TEXT_SIZE]; /* what the line before said */
};

static void print_probe(void *context, const char *account, const char *stream, const postern_error *error)
{
    struct probe_report *report = context;
    if (error->code >= 0) {
        report->good++;
        show(stdout, "%-20s %-20s works\n", account, stream);
        return;
    }
    report->bad++;
    char text[ERROR_TEXT_SIZE];
    error_text(error->message, error->remedy, text);
    if (strcmp(text, report->before) == 0) {
        show(stdout, "%-20s %-20s FAILS in the same way\n", account, stream);
        return;
    }
    memcpy(report->before, text, sizeof text);
    show(stdout, "%-20s %-20s FAILS\n", account, stream);
    print_wrapped(stdout, 4, "! ", error->message);
    if (error->remedy[0]) print_wrapped(stdout, 4, "→ ", error->remedy);
}

/* Asks each endpoint once. Nothing is kept, so it may run beside a daemon. */
static int check_live(struct config *config, struct module_registry *registry)
{
    postern_error error = ERROR_INIT;
    struct probe_report report = {0};
    struct engine engine = {
        .config = config, .registry = registry, .clock = clock_process(), .random = random_system()};
    postern_status status = engine_start_network(&engine, &error);
    if (status >= 0) {
        struct collector_parts parts = engine_collector_parts(&engine, true);
        status = collector_probe(&parts, print_probe, &report, &error);
    }
    engine.config = NULL; /* the caller's */
    engine_stop_or_exit(&engine, 1000, EXIT_INCOMPLETE);
    if (status < 0) return command_fail(&error);
    show(stdout, "%zu of %zu stream%s work%s\n", report.good, report.good + report.bad,
         plural((int64_t)(report.good + report.bad)), plural_verb((int64_t)(report.good)));
    return report.bad ? EXIT_INCOMPLETE : EXIT_OK;
}

static int check(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"live", no_argument, NULL, 'l'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *path = places_config();
    bool live = false;
    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 'c')
            path = optarg;
        else if (letter == 'l')
            live = true;
        else
            return command_unknown(command, argv);
    }
    if (optind < argc) return command_usage(command, "%s: check takes no further words", argv[optind]);

    struct module_registry *registry = NULL;
    struct config *config = setup_config(path, &registry);
    if (!config) return EXIT_CONFIG;
    size_t failed = check_scripts(config);
    int code = failed ? EXIT_CONFIG : EXIT_OK;
    if (config->missing_secrets)
        show(stdout, "%s: %zu secret%s missing (above); accounts and sinks that lack none are fine\n", path,
             config->missing_secrets, config->missing_secrets == 1 ? " is" : "s are");
    else if (!failed)
        show(stdout, "%s: good: %zu account%s, %zu pipeline%s, %zu sink%s\n", path, config->account_count,
             plural((int64_t)config->account_count), config->pipeline_count,
             plural((int64_t)config->pipeline_count), config->sink_count,
             plural((int64_t)config->sink_count));
    bool missing = config->missing_secrets;
    if (live && code == EXIT_OK) code = check_live(config, registry);
    if (missing) code = EXIT_CONFIG;
    config_free(config);
    registry_free(registry);
    return code;
}

const struct command command_check = {
    "check", "check [--live] [-c FILE]",
    "Checks configuration, modules and scripts, and with --live the accounts",
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --live         ask each endpoint of each account once and say what works, and what to do about "
    "the rest\n"
    "\nEvery problem is shown with its file and line. Exit code 78 if there are any, 1 if an endpoint does "
    "not work.\n",
    check};
