/* `postern account migrate`: an account's way from one API to another. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/daemon_request.h"
#include "commands/parity_reading.h"
#include "engine/engine.h"
#include "engine/migration.h"
#include "engine/places.h"
#include "engine/requests.h"
#include "engine/setup.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MISSING_SHOWN 20
#define WAIT_LOOK_MS  1000

#define DEFAULT_SETTLE_MS ((int64_t)40 * 60 * 1000)
#define DEFAULT_MESSAGES  ((int64_t)4000000)

struct migrate_options {
    const char *config, *account, *script, *message_path;
    int64_t for_ms, settle_ms, messages;
    bool switches, force;
};

/* ---- The report --------------------------------------------------------------------------------- */

static void print_ranges(const struct parity_reading *reading)
{
    static const char *const words[] = {
        [RANGE_LIST] =
            "both are read; what comes into such a list and leaves it between two looks, one may miss",
        [RANGE_QUIET] = "both are read, and there was nothing to compare",
        [RANGE_UNREAD] = "the new API is not read to the present yet, or may not be: see `postern status`",
        [RANGE_OLD_ONLY] = "the new API has no such source",
        [RANGE_NEW_ONLY] = "only the new API has it",
    };
    char from[TIMESTAMP_SIZE], until[TIMESTAMP_SIZE];
    for (size_t i = 0; i < reading->range_count; i++) {
        const struct parity_range *range = &reading->ranges[i];
        enum parity_range_state state = parity_range_state(range);
        if (state == RANGE_COMPARED)
            show(stdout, "%-18s %s to %s\n", range->source, timestamp_iso(range->from_ms, from),
                 timestamp_iso(range->until_ms, until));
        else
            show(stdout, "%-18s %s\n", range->source, words[state]);
    }
}

/* Sources that would stand still after a switch. */
static size_t count_unread(const struct parity_reading *reading)
{
    size_t unread = 0;
    for (size_t i = 0; i < reading->range_count; i++) {
        enum parity_range_state state = parity_range_state(&reading->ranges[i]);
        unread += state == RANGE_UNREAD || state == RANGE_OLD_ONLY;
    }
    return unread;
}

static void print_types(const struct parity *parity)
{
    show(stdout, "\n%-18s %-24s %10s %10s %10s %10s\n", "source", "type", "old API", "new API", "only old",
         "only new");
    for (size_t i = 0; i < parity_type_count(parity); i++) {
        const struct parity_type *type = parity_type(parity, i);
        show(stdout, "%-18s %-24s %10lld %10lld %10lld %10lld\n", type->source, type->name,
             (long long)type->events[PARITY_BEFORE], (long long)type->events[PARITY_AFTER],
             (long long)type->only[PARITY_BEFORE], (long long)type->only[PARITY_AFTER]);
    }
}

static void print_missing(void *context, const struct parity_event *event)
{
    size_t *shown = context;
    char when[TIMESTAMP_SIZE];
    if ((*shown)++ >= MISSING_SHOWN) return;
    show(stdout, "  %.*s %.*s %s %.*s\n", (int)event->source.size, event->source.data, (int)event->type.size,
         event->type.data, timestamp_iso(event->time_ms, when), (int)event->message.size,
         event->message.size ? event->message.data : "");
}

static int64_t count_only(const struct parity *parity, enum parity_side side)
{
    int64_t only = 0;
    for (size_t i = 0; i < parity_type_count(parity); i++)
        only += parity_type(parity, i)->only[side];
    return only;
}

/* The events whose messages one side has more often. */
static postern_status list_missing(struct parity_reading *reading, enum parity_side side, const char *words,
                                   postern_error *error)
{
    size_t shown = 0;
    int64_t only = count_only(reading->parity, side);
    if (!only) return POSTERN_OK;
    show(stdout,
         "\n%lld event%s came only over the %s API; of these messages, by source, type, time and id:\n",
         (long long)only, plural(only), words);
    postern_status status = parity_each_missing(reading, side, print_missing, &shown, error);
    if (shown > MISSING_SHOWN) show(stdout, "  and %zu more\n", shown - MISSING_SHOWN);
    return status;
}

static int64_t compared_events(const struct parity *parity)
{
    int64_t events = 0;
    for (size_t i = 0; i < parity_type_count(parity); i++)
        events += parity_type(parity, i)->events[PARITY_BEFORE];
    return events;
}

/* *missing: how much the new API lacks; -1 = nothing could be compared. */
static postern_status report(struct parity_reading *reading, int64_t *missing, postern_error *error)
{
    postern_status status = parity_read(reading, error);
    if (status < 0) return status;
    print_ranges(reading);
    print_types(reading->parity);
    if (reading->failed)
        show(stdout, "\nthe script failed on %lld event%s: they are compared by their time\n",
             (long long)reading->failed, plural(reading->failed));
    status = list_missing(reading, PARITY_BEFORE, "old", error);
    if (status >= 0) status = list_missing(reading, PARITY_AFTER, "new", error);
    *missing = compared_events(reading->parity)
                   ? count_only(reading->parity, PARITY_BEFORE) + (int64_t)count_unread(reading)
                   : -1;
    return status;
}

/* ---- What the journal knows --------------------------------------------------------------------- */

static postern_status find_account(struct journal *journal, const char *name, int64_t *added_ms,
                                   postern_error *error)
{
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    bool removed = false;
    *added_ms = 0;
    postern_status status = journal_accounts(journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(records[i].name, name) == 0) *added_ms = records[i].added_ms;
        if (strcmp(records[i].name, name) == 0) removed = records[i].status == ACCOUNT_REMOVED;
        account_record_clear(&records[i]);
    }
    if (status < 0 || (*added_ms && !removed)) return status;
    error_set(error, POSTERN_E_INVALID, "%s %s", name,
              removed ? "is not read any more: the configuration that Postern took over last does not have it"
                      : "has never been read");
    error_remedy(error, "run Postern with this configuration, or reload it (kill -HUP), and come back");
    return POSTERN_E_INVALID;
}

/* Both are read until the trial has lasted as long as was asked for. */
static postern_status wait_for(const char *directory, int64_t until_ms, postern_error *error)
{
    while (clock_wall_ms(clock_process()) < until_ms) {
        if (!journal_daemon_runs(directory)) {
            error_set(error, POSTERN_E_RETRY, "no daemon runs that could read both sides");
            error_remedy(error, "start Postern and try again: what was read so far is kept");
            return POSTERN_E_RETRY;
        }
        nanosleep(&(struct timespec){WAIT_LOOK_MS / 1000, 0}, NULL);
    }
    return POSTERN_OK;
}

/* ---- The switch --------------------------------------------------------------------------------- */

static postern_status switch_by_daemon(const char *directory, const char *account, postern_error *error)
{
    _cleanup_(freep) char *outcome = NULL;
    const struct daemon_request request = {
        .directory = directory, .kind = REQUEST_SWITCH, .arguments = account};
    postern_status status = daemon_request(&request, &outcome, error);
    if (status < 0 || strcmp(outcome, REQUEST_DONE) == 0) return status;
    return error_set(error, POSTERN_E_INVALID, "%s", outcome);
}

/* The next run finds it decided. `config` is taken over. */
static postern_status switch_here(struct config *config, struct module_registry *registry,
                                  const char *account, postern_error *error)
{
    struct engine engine;
    postern_status status =
        engine_start(&engine, config, registry, (struct engine_choice){.journal_only = true}, error);
    if (status < 0) {
        config_free(config);
        return status;
    }
    status = migration_switch(engine.journal, engine.config, account, error);
    engine_stop(&engine, 5000);
    return status;
}

/* ---- The command -------------------------------------------------------------------------------- */

static postern_status say_no_trial(const struct config *config, const char *account, postern_error *error)
{
    if (!config_find_account(config, account))
        return error_set(error, POSTERN_E_INVALID, "the configuration has no account \"%s\"", account);
    error_set(error, POSTERN_E_INVALID, "account \"%s\" has no other credentials to go on with", account);
    error_remedy(
        error,
        "add them to it in the configuration, migrate = { api = 2, client_id = ..., client_secret = ... }, "
        "reload, and come back");
    return POSTERN_E_INVALID;
}

/* Looks, waits, compares. *decided: it is to be switched now. */
static int compare(const struct migrate_options *options, const struct config *config,
                   const struct config_account *trial, bool *decided)
{
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    char since[TIMESTAMP_SIZE];
    int64_t at_ms = 0, missing = -1;
    struct parity_reading reading = {.account = {options->account, trial->name},
                                     .script = options->script,
                                     .message_path = options->message_path,
                                     .settle_ms = options->settle_ms,
                                     .messages_most = (size_t)options->messages};
    postern_status status = journal_open_reader(config->state, clock_process(), &journal, &error);
    if (status >= 0) status = migration_switched(journal, config, trial, &at_ms, &error);
    if (status >= 0 && at_ms) {
        show(stdout,
             "%s was switched to %s on %s: put what `migrate` holds in the place of its other credentials\n",
             options->account, trial->profile->title, timestamp_iso(at_ms, since));
        journal_close(journal);
        return EXIT_OK;
    }
    reading.journal = journal;
    for (int side = 0; status >= 0 && side < PARITY_SIDES; side++)
        status = find_account(journal, reading.account[side], &reading.added_ms[side], &error);
    if (status >= 0) {
        show(stdout, "%s is read over both APIs since %s\n", options->account,
             timestamp_iso(reading.added_ms[PARITY_AFTER], since));
        fflush(stdout);
        status = wait_for(config->state, reading.added_ms[PARITY_AFTER] + options->for_ms, &error);
    }
    /* A reload may have ended it meanwhile. */
    if (status >= 0) status = find_account(journal, trial->name, &reading.added_ms[PARITY_AFTER], &error);
    if (status >= 0) status = report(&reading, &missing, &error);
    parity_reading_clear(&reading);
    if (journal) journal_close(journal);
    if (status < 0) return command_fail(&error);
    *decided = options->switches && (missing == 0 || options->force);
    if (missing == 0) return EXIT_OK;
    show(stdout,
         missing < 0 ? "\nNothing could be compared yet.%s\n"
                     : "\nThe new API lacks something that the old one has.%s\n",
         options->switches && !options->force ? " Not switched; --force switches all the same." : "");
    return *decided ? EXIT_OK : EXIT_INCOMPLETE;
}

/* The daemon does it if one runs; else this process, which hands its configuration over. */
static postern_status carry_out(struct config **config, struct module_registry *registry, const char *account,
                                postern_error *error)
{
    if (journal_daemon_runs((*config)->state)) return switch_by_daemon((*config)->state, account, error);
    struct config *handed_over = *config;
    *config = NULL;
    return switch_here(handed_over, registry, account, error);
}

static int migrate(const struct migrate_options *options)
{
    struct module_registry *registry = NULL;
    struct config *config = setup_config(options->config, &registry);
    if (!config) return EXIT_CONFIG;
    postern_error error = ERROR_INIT;
    const struct config_account *trial = config_find_trial(config, options->account);
    bool decided = false;
    int code = EXIT_INCOMPLETE;
    postern_status status = trial ? POSTERN_OK : say_no_trial(config, options->account, &error);
    if (status >= 0) code = compare(options, config, trial, &decided);
    if (decided) status = carry_out(&config, registry, options->account, &error);
    if (decided && status >= 0)
        show(stdout, "\n%s is switched. Put what `migrate` holds in the place of its other credentials.\n",
             options->account);
    config_free(config);
    registry_free(registry);
    return status < 0 ? command_fail(&error) : code;
}

static bool take_number(const char *text, int64_t *number)
{
    char *end = NULL;
    *number = strtoll(text, &end, 10);
    return *number > 0 && !*end;
}

static int account(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},  {"for", required_argument, NULL, 'f'},
        {"settle", required_argument, NULL, 'l'},  {"script", required_argument, NULL, 's'},
        {"message", required_argument, NULL, 'm'}, {"messages", required_argument, NULL, 'n'},
        {"switch", no_argument, NULL, 'w'},        {"force", no_argument, NULL, 'F'},
        {"help", no_argument, NULL, 'h'},          {0}};
    struct migrate_options options = {.config = places_config(),
                                      .script = "ecs",
                                      .message_path = "email.message_id",
                                      .settle_ms = DEFAULT_SETTLE_MS,
                                      .messages = DEFAULT_MESSAGES};
    postern_error error = ERROR_INIT;
    for (int letter; (letter = getopt_long(argc, argv, "c:s:h", known, NULL)) != -1;) {
        int64_t *duration = letter == 'f' ? &options.for_ms : letter == 'l' ? &options.settle_ms : NULL;
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == 'c')
            options.config = optarg;
        else if (letter == 's')
            options.script = optarg;
        else if (letter == 'm')
            options.message_path = optarg;
        else if (letter == 'w')
            options.switches = true;
        else if (letter == 'F')
            options.force = true;
        else if (letter == 'n' && !take_number(optarg, &options.messages))
            return command_usage(command, "--messages: %s is no number", optarg);
        else if (duration && duration_parse(text_of(optarg), duration, &error) < 0)
            return command_usage(command, "%s: %s", letter == 'f' ? "--for" : "--settle", error.message);
        else if (letter == '?')
            return command_unknown(command, argv);
    }
    if (argc - optind != 2 || strcmp(argv[optind], "migrate") != 0)
        return command_usage(command, "say migrate and the name of an account");
    options.account = argv[optind + 1];
    return migrate(&options);
}

const struct command command_account = {
    "account", "account migrate ACCOUNT [--for 24h] [--switch] [-c FILE]",
    "Takes an account from one API to another: compares both, then switches",
    "The account has the other credentials in the configuration, migrate = { api = 2, ... }: from then on "
    "both are "
    "read, and\n"
    "what comes over the new API is kept for comparing and delivered nowhere. This command says for each "
    "source and "
    "type how\n"
    "many events came over either, and which messages over one alone.\n"
    "      --for 24h        first wait until both have been read for so long\n"
    "      --switch         then, if the new API lacks nothing, go on with it for good: sources read by time "
    "stay "
    "where they\n"
    "                       are, those that follow a token begin the source's `overlap` before what was "
    "read\n"
    "      --force          switch whatever the comparison says\n"
    "      --settle 40m     the newest events of sources that follow a token, which may come late, are not "
    "compared\n"
    "  -s, --script SCRIPT  brings the events of both to one form (ecs);  --message PATH  where the "
    "message's id "
    "stands in it\n"
    "      --messages N     compare at most so many (4,000,000; 48 bytes of memory each)\n"
    "  -c, --config FILE    the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "\nExit code 0 if the new API lacks nothing, 1 if it does or nothing could be compared.\n",
    account};
