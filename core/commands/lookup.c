/* `postern trace`: a lookup that a module offers, asked by hand. The command is called as the lookup is. */
#include "collect/lookup.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "commands/account_argument.h"
#include "commands/lookup_table.h"
#include "commands/output.h"
#include "commands/parameters.h"
#include "engine/engine.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_FOUND  1
#define EXIT_NOT_ASKED  3
#define ARGUMENTS_LIMIT ((size_t)4 << 20)

static const struct option own_options[] = {{"config", required_argument, NULL, 'c'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"table", no_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'}};
enum { OWN_OPTIONS = sizeof own_options / sizeof *own_options };

/* What was typed. */
struct request_line {
    const char *config, *account;
    bool table, help;
    struct parameters parameters;
};

/* ---- What there is to ask ---- */

/* The modules are loaded before the words are read: they say which words there are. What is wrong with the
 * configuration is said when it is read as a whole. */
static struct module_registry *load_modules(const char *config)
{
    _cleanup_(freep) char *state = NULL;
    char **directories = NULL;
    size_t count = 0, refused = 0;
    struct config_problems problems = {0};
    config_peek(config, &state, &directories, &count, &problems);
    config_problems_free(&problems);
    struct module_registry *registry = setup_modules(directories, count, &refused);
    config_strings_free(directories, count);
    return registry;
}

/* The next lookup of that name, of all modules; *module and *index start at 0. */
static const postern_lookup *next_lookup(const struct module_registry *registry, const char *name,
                                         size_t *module, size_t *index)
{
    for (; *module < registry_module_count(registry); ++*module, *index = 0) {
        const postern_lookup *const *at = registry_lookups(registry_module(registry, *module)->module);
        while (at && at[*index]) {
            const postern_lookup *lookup = at[(*index)++];
            if (strcmp(lookup->name, name) == 0) return lookup;
        }
    }
    return NULL;
}

static void print_help(const struct command *command, const struct module_registry *registry)
{
    size_t module = 0, index = 0;
    command_print_help(command, stdout);
    for (const postern_lookup *lookup; (lookup = next_lookup(registry, command->name, &module, &index));) {
        struct parameters of_it = {0};
        parameters_add(&of_it, lookup->parameters);
        show(stdout, "\nOver %s: %s.\n", lookup->auth, lookup->title);
        for (size_t i = 0; i < of_it.count; i++) {
            const postern_option *option = of_it.items[i].option;
            if (option->flags & POSTERN_OPTION_HIDDEN) continue;
            show(stdout, "      --%-14s %s%s%s%s\n", of_it.items[i].name, option->help,
                 option->default_value ? " (default: " : "",
                 option->default_value ? option->default_value : "", option->default_value ? ")" : "");
        }
        show(stdout, "  It needs %s%s%s.\n", lookup->permission, lookup->product ? "; product " : "",
             lookup->product ? lookup->product : "");
    }
}

/* ---- What was typed ---- */

/* Where the configuration is must be known before the words can be read. */
static const char *find_config(int argc, char **argv)
{
    const char *path = places_config();
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        bool apart = strcmp(argv[i], "-c") == 0 || strcmp(argv[i], "--config") == 0;
        if (apart && i + 1 < argc) path = argv[++i];
        if (text_starts_with(text_of(argv[i]), "--config=")) path = argv[i] + strlen("--config=");
    }
    return path;
}

/* An exit code, or -1 if all is well. */
static int read_words(const struct command *command, int argc, char **argv, struct request_line *line)
{
    struct option known[OWN_OPTIONS + PARAMETERS + 1];
    parameters_options(&line->parameters, own_options, OWN_OPTIONS, known);
    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        if (letter == 'h')
            line->help = true;
        else if (letter == 'j' || letter == 't')
            line->table = letter == 't';
        else if (letter >= PARAMETER_FIRST && !parameters_take(&line->parameters, letter, optarg))
            return command_usage(command, "an option comes more often than %d times", PARAMETERS);
        else if (letter == '?')
            return command_unknown(command, argv);
    }
    if (optind < argc) line->account = argv[optind++];
    if (optind < argc) return command_usage(command, "%s: one account at a time", argv[optind]);
    return -1;
}

/* ---- What is answered ---- */

struct results {
    size_t count;
    bool as_table;
    struct lookup_table table;
    struct json_tape *tape;
    struct buffer line;
    int failed; /* errno of standard output */
};

static bool take_result(void *context, postern_text json)
{
    struct results *results = context;
    results->count++;
    if (results->as_table) return lookup_table_add(&results->table, results->tape, json);
    buffer_clear(&results->line);
    buffer_append_text(&results->line, json);
    for (size_t i = 0; i < results->line.size; i++) /* between values; none is in a text */
        if (results->line.data[i] == '\n' || results->line.data[i] == '\r') results->line.data[i] = ' ';
    if (!buffer_append_byte(&results->line, '\n')) return false;
    results->failed = output_data(buffer_text(&results->line));
    return results->failed == 0;
}

/* What was looked through may be less than the user had in mind. */
static void say_nothing(const struct request_line *line, const struct lookup *lookup)
{
    show(stderr, "postern: %s: nothing is found", lookup->account->name);
    for (const postern_option *const *option = lookup->declaration->parameters; option && *option; option++)
        if ((*option)->type == POSTERN_OPTION_TIME && (*option)->default_value &&
            !text_is(text_of((*option)->default_value), "0s") && !parameters_has(&line->parameters, *option))
            show(stderr, " (--%s was not given, so it was %s)", (*option)->name, (*option)->default_value);
    show(stderr, "\n");
}

static int report(struct results *results, const struct request_line *line, const struct lookup *lookup,
                  postern_error *error)
{
    lookup_table_print(&results->table, stdout);
    if (results->table.cells.failed)
        show(stderr, "postern: there are more results than a table holds: use --json\n");
    if (error->code < 0) {
        error_prefix(error, "%s: ", lookup->account->name);
        command_fail(error);
        return EXIT_NOT_ASKED;
    }
    if (results->failed) {
        show(stderr, "postern: standard output: %s\n", strerror(results->failed));
        return EXIT_NOT_ASKED;
    }
    if (!results->count) say_nothing(line, lookup);
    return results->count ? EXIT_OK : EXIT_NOT_FOUND;
}

static int ask_account(const struct command *command, const struct request_line *line, struct config *config,
                       struct module_registry *registry)
{
    const struct config_account *account = account_argument(command, config, line->account);
    if (!account) return EXIT_USAGE;
    const postern_lookup *declaration = registry_lookup(registry, command->name, account->profile->name);
    if (!declaration)
        return command_usage(command, "account \"%s\" is let in over %s, for which no module has a %s",
                             account->name, account->profile->title, command->name);
    struct lookup lookup = {.declaration = declaration, .account = account, .result = take_result};
    _cleanup_(arena_freep) postern_arena *arena = arena_new(ARGUMENTS_LIMIT);
    _cleanup_(json_tape_freep) struct json_tape *tape = json_tape_new();
    struct option_value *values = NULL;
    postern_error error = ERROR_INIT;
    if (!arena || !tape) return error_no_memory(&error, NULL), command_fail(&error);
    if (!parameters_read(&line->parameters, declaration->parameters, clock_wall_ms(clock_process()), arena,
                         &values, &lookup.value_count, &error))
        return command_usage(command, "%s", error.message);
    lookup.values = values;
    struct results results = {.as_table = line->table,
                              .table = lookup_table_of(declaration->columns),
                              .tape = tape,
                              .line = {.limit = (size_t)64 << 20}};
    lookup.context = &results;
    struct engine engine = {
        .config = config, .registry = registry, .clock = clock_process(), .random = random_system()};
    postern_status status = engine_start_network(&engine, &error);
    if (status >= 0) {
        struct collector_parts parts = engine_collector_parts(&engine, true);
        status = lookup_run(&parts, &lookup, &error);
    }
    engine.config = NULL; /* the caller's */
    engine_stop_or_exit(&engine, 1000, EXIT_NOT_ASKED);
    int code = status == POSTERN_E_INVALID ? command_usage(command, "%s", error.message)
                                           : report(&results, line, &lookup, &error);
    lookup_table_free(&results.table);
    buffer_free(&results.line);
    return code;
}

static int run(const struct command *command, int argc, char **argv)
{
    struct request_line *line = calloc(1, sizeof *line);
    if (!line) return EXIT_NOT_ASKED;
    line->config = find_config(argc, argv);
    line->table = isatty(STDOUT_FILENO);
    struct module_registry *registry = load_modules(line->config);
    size_t module = 0, index = 0;
    int code = registry ? -1 : EXIT_NOT_ASKED;
    for (const postern_lookup *lookup;
         code < 0 && (lookup = next_lookup(registry, command->name, &module, &index));)
        parameters_add(&line->parameters, lookup->parameters);
    if (code < 0) code = read_words(command, argc, argv, line);
    if (code < 0 && line->help) {
        print_help(command, registry);
        code = EXIT_OK;
    }
    if (code < 0) {
        struct config *config = setup_config(line->config, &registry);
        code = config ? ask_account(command, line, config, registry) : EXIT_CONFIG;
        config_free(config);
    }
    registry_free(registry);
    free(line);
    return code;
}

const struct command command_trace = {
    "trace", "trace ACCOUNT [--PARAMETER VALUE]... [--json | --table] [-c FILE]",
    "Looks up what became of a message, with an account's credentials",
    "  -c, --config FILE    the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "      --json           one result a line, as the vendor wrote it; so it is unless standard output is a "
    "terminal\n"
    "      --table          a table of what matters; so it is on a terminal\n"
    "\nAsks the vendor at once, beside a daemon or without one; nothing is stored. Exit code 0 if something "
    "is found,\n"
    "1 if nothing is, 3 if it could not be asked (stderr says why), 2 for wrong usage, 78 for a wrong "
    "configuration.\n",
    run};
