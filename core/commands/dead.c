#include "commands/dead.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "commands/command.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* ---- The words ---- */

static bool read_age(const char *text, int64_t *time_ms, postern_error *error)
{
    int64_t age = 0;
    if (duration_parse(text_of(text), &age, error) < 0) return false;
    *time_ms = clock_wall_ms(clock_process()) - age;
    return true;
}

static bool read_stage(const char *text, enum dead_stage *stage, postern_error *error)
{
    *stage = dead_stage_of(text);
    if (*stage != DEAD_UNKNOWN) return true;
    error_set(error, POSTERN_E_INVALID, "there is no stage \"%s\": collect, script, sink or journal", text);
    return false;
}

/* The name of a sink alone is easily taken for one, and no letter has it. */
static bool read_delivery(const char *text, const char **delivery, postern_error *error)
{
    *delivery = text;
    if (strchr(text, '/')) return true;
    error_set(error, POSTERN_E_INVALID, "\"%s\" is no delivery: it is PIPELINE/SINK", text);
    return false;
}

/* False: *error says what is wrong with the value. */
static bool take_option(int letter, const char *value, struct dead_options *options, postern_error *error)
{
    struct dead_filter *filter = &options->filter;
    switch (letter) {
    case 'c':
        options->config = value;
        return true;
    case 'a':
        filter->account = value;
        return true;
    case 'd':
        return read_delivery(value, &filter->delivery, error);
    case 'r':
        filter->reason = value;
        return true;
    case 'S':
        filter->source = value;
        return true;
    case 'p':
        filter->script = value;
        return true;
    case 's':
        return read_stage(value, &filter->stage, error);
    case 'o':
        return read_age(value, &filter->before_ms, error);
    case 'n':
        return read_age(value, &filter->created_from_ms, error);
    case 'm':
        options->metadata = true;
        return true;
    case 'N':
        options->no_samples = true;
        return true;
    default:
        options->counts = true;
        return true;
    }
}

static int compare_ids(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

/* Numbers, or "all", or nothing. */
static bool take_words(char **words, int count, struct dead_options *options, int64_t *ids)
{
    options->all = count == 1 && strcmp(words[0], "all") == 0;
    if (count == 0 || options->all) return true;
    for (int i = 0; i < count; i++) {
        char *end = NULL;
        ids[i] = strtoll(words[i], &end, 10);
        if (ids[i] <= 0 || *end) return false;
    }
    qsort(ids, (size_t)count, sizeof *ids, compare_ids);
    size_t different = 0;
    for (int i = 0; i < count; i++)
        if (i == 0 || ids[i] != ids[i - 1]) ids[different++] = ids[i];
    options->filter.ids = ids;
    options->filter.id_count = different;
    return true;
}

static bool has_filter(const struct dead_filter *filter)
{
    return filter->account || filter->delivery || filter->reason || filter->source || filter->script ||
           filter->stage != DEAD_UNKNOWN || filter->before_ms || filter->created_from_ms;
}

/* ---- Doing it ---- */

enum dead_verb { VERB_LIST, VERB_SHOW, VERB_EXPORT, VERB_REPORT, VERB_DROP, VERB_RETRY, VERBS };

static enum dead_verb verb_of(const char *word)
{
    static const char *const names[VERBS] = {"list", "show", "export", "report", "drop", "retry"};
    int verb = 0;
    while (verb < VERBS && strcmp(names[verb], word) != 0)
        verb++;
    return (enum dead_verb)verb;
}

/* What is to be changed is named: nothing happens to all letters by a forgotten word. */
static bool fits(enum dead_verb verb, const struct dead_options *options)
{
    size_t numbers = options->filter.id_count;
    bool narrowed = has_filter(&options->filter);
    if ((options->counts && verb != VERB_LIST) || (options->metadata && verb != VERB_EXPORT) ||
        (options->no_samples && verb != VERB_REPORT))
        return false;
    switch (verb) {
    case VERB_LIST:
        return numbers == 0 && !options->all;
    case VERB_SHOW:
        return numbers == 1 && !narrowed;
    case VERB_EXPORT:
        return true;
    case VERB_REPORT:
        return options->filter.stage == DEAD_UNKNOWN || options->filter.stage == DEAD_COLLECT;
    case VERB_DROP:
    case VERB_RETRY:
        return numbers || narrowed || options->all;
    default:
        return false;
    }
}

static int look(enum dead_verb verb, const char *directory, const struct dead_options *options)
{
    struct journal *journal = NULL;
    postern_error error = ERROR_INIT;
    if (journal_open_reader(directory, clock_process(), &journal, &error) < 0) return command_fail(&error);
    int code = verb == VERB_LIST     ? dead_list(journal, options)
               : verb == VERB_EXPORT ? dead_export(journal, options)
               : verb == VERB_REPORT ? dead_report(journal, options)
                                     : dead_show(journal, options->filter.ids[0]);
    journal_close(journal);
    return code;
}

static int dead(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'},   {"account", required_argument, NULL, 'a'},
        {"delivery", required_argument, NULL, 'd'}, {"reason", required_argument, NULL, 'r'},
        {"source", required_argument, NULL, 'S'},   {"script", required_argument, NULL, 'p'},
        {"stage", required_argument, NULL, 's'},    {"older", required_argument, NULL, 'o'},
        {"newer", required_argument, NULL, 'n'},    {"metadata", no_argument, NULL, 'm'},
        {"no-samples", no_argument, NULL, 'N'},     {"count", no_argument, NULL, 'C'},
        {"help", no_argument, NULL, 'h'},           {0}};
    struct dead_options options = {.config = places_config()};
    postern_error error = ERROR_INIT;
    for (int letter, index = 0; (letter = getopt_long(argc, argv, "c:h", known, &index)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == '?') return command_unknown(command, argv);
        /* A name that a script did not put there; and an empty one is a part of all. */
        if (known[index].has_arg == required_argument && !optarg[0])
            return command_usage(command, "--%s: nothing is given", known[index].name);
        if (!take_option(letter, optarg, &options, &error))
            return command_usage(command, "--%s: %s", known[index].name, error.message);
    }
    enum dead_verb verb = verb_of(optind < argc ? argv[optind] : "");
    int count = optind < argc ? argc - optind - 1 : 0;
    _cleanup_(freep) int64_t *ids = calloc((size_t)count + 1, sizeof *ids);
    if (!ids || !take_words(argv + optind + 1, count, &options, ids) || !fits(verb, &options))
        return command_usage(command, "say list, show NUMBER, export, report, drop or retry; for the last "
                                      "two also NUMBER..., a filter, or all");
    _cleanup_(freep) char *directory = setup_state_directory(options.config);
    if (!directory) return EXIT_CONFIG;
    if (verb == VERB_RETRY) return dead_retry(directory, &options);
    if (verb == VERB_DROP) return dead_drop(directory, &options);
    return look(verb, directory, &options);
}

const struct command command_dead = {
    "dead",
    "dead list | show NUMBER | export | report | drop | retry  [NUMBER... | FILTER... | all] [-c FILE]",
    "Dead letters, what could not be read, mapped or delivered: lists, shows, exports, drops, retries",
    "  list [FILTER...]   number, time, stage, stream, delivery and reason of each; --count: how many of "
    "each "
    "kind:\n"
    "                     one stage, delivery, script and reason, whatever numbers the reason holds\n"
    "  show NUMBER        all that is known on stderr, the exact bytes on stdout\n"
    "  export [WHICH]     the raw events on stdout, one on each line; bytes that are no events are left out\n"
    "    --metadata       one JSON object for each letter, with all that is known and the bytes\n"
    "  report [WHICH]     a text for the vendor's support on what could not be read: where, when, how much, "
    "how "
    "it\n"
    "                     begins; what looks like a key and all behind the ? of a link are left out\n"
    "    --no-samples     not how it begins: it may hold addresses and subjects\n"
    "  drop WHICH         removes them for good\n"
    "  retry WHICH        runs them through today's scripts and the sink again, many at once; those that "
    "succeed are\n"
    "                     gone, those that fail again stay with the new reason\n"
    "  WHICH is NUMBER..., FILTER... or all; FILTER is any of these, of which all must hold:\n"
    "    --account NAME     --source NAME     --delivery PIPELINE/SINK     --reason PART-OF-IT\n"
    "    --script PART-OF-ITS-NAME     --stage collect | script | sink | journal     --older 7d     --newer "
    "12h\n"
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "\nIf the daemon runs, it does the work (and ends it, should it be restarted meanwhile); otherwise this "
    "command does.\n",
    dead};
