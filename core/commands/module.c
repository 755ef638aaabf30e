/* `postern module test`: a module is put through the conformance suite. */
#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/module_test/suite.h"
#include <getopt.h>
#include <stdlib.h>

#define OPTIONS_MOST     200
#define PATIENCE_MS      ((int64_t)60 * 1000)
#define PATIENCE_MOST_MS ((int64_t)24 * 60 * 60 * 1000)

struct options_given {
    struct given_option items[OPTIONS_MOST];
    size_t count;
};

/* "name=value" */
static bool take_option(struct options_given *into, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || into->count == OPTIONS_MOST) return false;
    if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") != (size_t)(equals - text)) return false;
    *equals = '\0';
    into->items[into->count++] = (struct given_option){text, equals + 1};
    return true;
}

static bool take_patience(struct suite *suite, const char *text)
{
    return duration_parse(text_of(text), &suite->patience_ms, NULL) >= 0 && suite->patience_ms >= 1000 &&
           suite->patience_ms <= PATIENCE_MOST_MS;
}

enum {
    LETTER_LOOKUP = 256,
    LETTER_SILENT,
    LETTER_EXPECT,
    LETTER_FIXTURES,
    LETTER_RECORD,
    LETTER_PATIENCE,
    LETTER_CHECK,
    LETTER_JSON
};

static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                      {"sink", required_argument, NULL, 's'},
                                      {"source", required_argument, NULL, 'r'},
                                      {"lookup", required_argument, NULL, LETTER_LOOKUP},
                                      {"option", required_argument, NULL, 'o'},
                                      {"silent", required_argument, NULL, LETTER_SILENT},
                                      {"expect", required_argument, NULL, LETTER_EXPECT},
                                      {"fixtures", required_argument, NULL, LETTER_FIXTURES},
                                      {"record", no_argument, NULL, LETTER_RECORD},
                                      {"patience", required_argument, NULL, LETTER_PATIENCE},
                                      {"check", required_argument, NULL, LETTER_CHECK},
                                      {"json", no_argument, NULL, LETTER_JSON},
                                      {"help", no_argument, NULL, 'h'},
                                      {0}};

static bool choose(const struct command *command, enum offer_kind kind, struct suite *suite)
{
    if (suite->only && suite->only_kind != kind)
        return command_usage(command, "say one of --sink, --source and --lookup"), false;
    suite->only = optarg;
    suite->only_kind = kind;
    return true;
}

/* False: what is wrong was said; *code is for that. */
static bool take_letter(const struct command *command, int letter, char **argv, struct suite *suite,
                        struct options_given *options, struct options_given *silent)
{
    bool good = true;
    switch (letter) {
    case 'c':
        suite->config = optarg;
        break;
    case 's':
        return choose(command, OFFER_SINK, suite);
    case 'r':
        return choose(command, OFFER_SOURCE, suite);
    case LETTER_LOOKUP:
        return choose(command, OFFER_LOOKUP, suite);
    case 'o':
        good = take_option(options, optarg);
        break;
    case LETTER_SILENT:
        good = take_option(silent, optarg);
        break;
    case LETTER_EXPECT:
        suite->expect = optarg;
        break;
    case LETTER_FIXTURES:
        suite->fixtures = optarg;
        break;
    case LETTER_RECORD:
        suite->records = true;
        break;
    case LETTER_CHECK:
        suite->check = optarg;
        break;
    case LETTER_PATIENCE:
        if (take_patience(suite, optarg)) break;
        command_usage(command, "--patience takes a duration from 1s to 1d, such as 60s");
        return false;
    case LETTER_JSON:
        suite->as_json = true;
        break;
    default:
        command_unknown(command, argv);
        return false;
    }
    if (!good)
        command_usage(command, "%s: an option is given as name=value, at most %d of them", optarg,
                      OPTIONS_MOST);
    return good;
}

static int module(const struct command *command, int argc, char **argv)
{
    static struct options_given options, silent;
    struct suite suite = {.patience_ms = PATIENCE_MS};
    for (int letter; (letter = getopt_long(argc, argv, "c:o:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (!take_letter(command, letter, argv, &suite, &options, &silent)) return EXIT_USAGE;
    }
    if (optind >= argc || strcmp(argv[optind], "test") != 0)
        return command_usage(command, "say `module test FILE.so`");
    if (argc - optind != 2) return command_usage(command, "`module test` takes one file of a module");
    if (suite.only && suite.only_kind == OFFER_LOOKUP && (suite.config || options.count))
        return command_usage(command,
                             "a lookup has no options: its parameters stand in the cases (--fixtures DIR)");
    if (suite.records && !suite.fixtures) return command_usage(command, "--record needs --fixtures DIR");
    if (suite.config && options.count)
        return command_usage(command, "give the options either in a configuration or with --option");
    if (suite.config && !suite.only)
        return command_usage(command,
                             "say with --sink NAME or --source NAME what of the configuration is meant");
    suite.file = argv[optind + 1];
    suite.options = options.items;
    suite.option_count = options.count;
    suite.silent = silent.items;
    suite.silent_count = silent.count;
    return suite_run(&suite);
}

const struct command command_module = {
    "module", "module test FILE.so [OPTION]...", "Puts a module through the conformance suite",
    "Each check says whether the module keeps to the contract in postern/module.h, in a process of its own: "
    "a\n"
    "module that crashes or hangs fails that check alone.\n"
    "\n"
    "  -o, --option NAME=VALUE  an option of the sink or source; again for lists; KEY=VALUE for maps; "
    "env:NAME\n"
    "                           or file:PATH for secrets. A sink gets events of the test: give it a "
    "receiver\n"
    "                           that is there for that\n"
    "  -c, --config FILE        takes the options from a configuration; with --sink or --source\n"
    "      --sink NAME          only that sink; with --config its name there\n"
    "      --source NAME        only that source\n"
    "      --lookup NAME        only that lookup\n"
    "      --silent NAME=VALUE  as --option, for the check with a receiver that never answers; %{silent} in\n"
    "                           VALUE becomes HOST:PORT of one\n"
    "      --expect FILE        where the receiver keeps the lines that it has got: they are compared with "
    "what\n"
    "                           was acknowledged\n"
    "      --fixtures DIR       recorded answers for sources and lookups, a folder for each; "
    "modules/README.md "
    "has\n"
    "                           the form\n"
    "      --record             writes what comes of them where no file says yet what must come\n"
    "      --check NAME         only that check, again until it passes\n"
    "      --patience DURATION  how long a check may take (60s)\n"
    "      --json               one document for programs\n"
    "\nExit code 0 if no check failed; those that need what was not given are skipped and say so.\n",
    module};
