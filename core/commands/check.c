/* `postern check`: the configuration, and with --live the endpoints. */
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/show.h"
#include "commands/account_argument.h"
#include "commands/probe_report.h"
#include "deliver/deliverer.h"
#include "engine/engine.h"
#include "engine/http_service.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <getopt.h>
#include <stdlib.h>

/* What is wrong with a declaration, if anything is; 1 then. */
static size_t say_problem(postern_status status, const postern_error *error)
{
    char text[ERROR_TEXT_SIZE];
    if (status >= 0) return 0;
    show(stderr, "%s\n", error_text(error->message, error->remedy, text));
    return 1;
}

/* Compiles every pipeline's scripts, as `run` would. */
static size_t check_scripts(const struct config *config)
{
    size_t failed = 0;
    for (size_t i = 0; i < config->pipeline_count; i++) {
        postern_error error = ERROR_INIT;
        failed += say_problem(deliverer_check_pipeline(&config->pipelines[i], &config->limits.script, &error),
                              &error);
    }
    return failed;
}

/* Makes every sink and source once, as `run` would, for what no table of options can say and their modules
 * see only then. No IO belongs to that. */
static size_t check_instances(const struct config *config, struct module_registry *registry)
{
    size_t failed = 0;
    http_service_set_defaults(registry, &config->http);
    for (size_t i = 0; i < config->sink_count; i++) {
        postern_error error = ERROR_INIT;
        failed += say_problem(deliverer_check_sink(&config->sinks[i], registry, &error), &error);
    }
    for (size_t i = 0; i < config->source_count; i++) {
        postern_error error = ERROR_INIT;
        if (!config->sources[i].enabled) continue;
        failed += say_problem(collector_check_source(&config->sources[i], registry, &error), &error);
    }
    return failed;
}

static void report_account(void *context, const struct probed_account *account)
{
    probe_report(account, context, stdout);
}

static void print_totals(const struct probe_totals *totals)
{
    size_t streams = totals->good + totals->bad;
    show(stdout, "%zu of %zu stream%s work%s", totals->good, streams, plural((int64_t)streams),
         plural_verb((int64_t)totals->good));
    if (totals->unlicensed)
        show(stdout, ", %zu %s not licensed", totals->unlicensed, totals->unlicensed == 1 ? "is" : "are");
    show(stdout, "; asked with %zu request%s\n", totals->requests, plural((int64_t)totals->requests));
}

/* Asks each endpoint once. Nothing is kept, so it may run beside a daemon. `names` NULL: of all accounts. */
static int check_live(struct config *config, struct module_registry *registry, const char *const *names)
{
    postern_error error = ERROR_INIT;
    struct probe_totals totals = {0};
    struct engine engine = {
        .config = config, .registry = registry, .clock = clock_process(), .random = random_system()};
    postern_status status = engine_start_network(&engine, &error);
    if (status >= 0) {
        struct collector_parts parts = engine_collector_parts(&engine, true);
        status = collector_probe(&parts, names, report_account, &totals, &error);
    }
    engine.config = NULL; /* the caller's */
    engine_stop_or_exit(&engine, 1000, EXIT_INCOMPLETE);
    if (status < 0) return command_fail(&error);
    print_totals(&totals);
    return totals.bad ? EXIT_INCOMPLETE : EXIT_OK;
}

/* Those that are named, each with the one that tries its way to another API; ends with NULL. Malloc'ed; NULL:
 * all are meant, or no memory. */
static const char **with_trials(const struct config *config, const char *const *names)
{
    size_t count = 0;
    while (names && names[count])
        count++;
    const char **all = names ? calloc(2 * count + 1, sizeof *all) : NULL;
    for (size_t i = 0, at = 0; all && i < count; i++) {
        const struct config_account *trial = config_find_trial(config, names[i]);
        all[at++] = names[i];
        if (trial) all[at++] = trial->name;
    }
    return all;
}

/* Whether all accounts that are named can be asked. */
static bool check_names(const struct command *command, const struct config *config, const char *const *names)
{
    for (; names && *names; names++) {
        const struct config_account *account = account_argument(command, config, *names);
        if (!account) return false;
        if (config_collects_any(config, account)) continue;
        command_usage(command, "no pipeline takes anything of account \"%s\": there is nothing to ask",
                      *names);
        return false;
    }
    return true;
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
    const char *const *names =
        optind < argc ? (const char *const *)argv + optind : NULL; /* argv[argc] is NULL */
    if (names && !live) return command_usage(command, "%s: accounts are for --live", argv[optind]);

    struct module_registry *registry = NULL;
    struct config *config = setup_config(path, &registry);
    if (!config) return EXIT_CONFIG;
    size_t failed = check_scripts(config) + check_instances(config, registry);
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
    if (live && code == EXIT_OK && !check_names(command, config, names)) code = EXIT_USAGE;
    if (live && code == EXIT_OK) {
        const char **asked = with_trials(config, names);
        code = check_live(config, registry, asked);
        free(asked);
    }
    if (missing && code != EXIT_USAGE) code = EXIT_CONFIG;
    config_free(config);
    registry_free(registry);
    return code;
}

const struct command command_check = {
    "check", "check [--live [ACCOUNT]...] [-c FILE]",
    "Checks configuration, modules and scripts, and with --live the accounts",
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --live         ask each endpoint of each account (or of those that are named) once and say what "
    "works, and\n"
    "                     what to do about the rest; one request for each stream and one for a token, beside "
    "a "
    "daemon too\n"
    "\nEvery problem is shown with its file and line. Each sink and source is made once, but not opened: "
    "nothing is\n"
    "written and nobody is asked without --live. Exit code 78 if there are any, 1 if an endpoint does "
    "not work; what\n"
    "is not licensed is said and does not count.\n",
    check};
