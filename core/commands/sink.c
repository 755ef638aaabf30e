/* `postern sink`: the sinks of a configuration, and trying one. */
#include "commands/sink.h"
#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "commands/command.h"
#include "engine/places.h"
#include "engine/setup.h"
#include <getopt.h>

#define SHOWN 2000 /* bytes of names */

static const struct config_sink *find(const struct command *command, const struct config *config,
                                      const char *name)
{
    _cleanup_(buffer_free) struct buffer known = {.limit = SHOWN + sizeof config->sinks->name};
    for (size_t i = 0; i < config->sink_count; i++)
        if (strcmp(config->sinks[i].name, name) == 0) return &config->sinks[i];
    for (size_t i = 0; i < config->sink_count && known.size < SHOWN; i++)
        buffer_printf(&known, "%s%s", i ? ", " : "", config->sinks[i].name);
    command_usage(command, "there is no sink \"%s\"; there %s: %s", name,
                  config->sink_count == 1 ? "is" : "are", buffer_string(&known));
    return NULL;
}

/* `name` NULL: the list. */
static int work(const struct command *command, const char *path, const char *name, bool as_json)
{
    struct module_registry *registry = NULL;
    struct config *config = setup_config(path, &registry);
    if (!config) return EXIT_CONFIG;
    const struct config_sink *sink = name ? find(command, config, name) : NULL;
    int code = EXIT_OK;
    if (!name && as_json)
        sink_list_json(config, registry);
    else if (!name)
        sink_list(config, registry);
    else
        code = sink ? sink_test(config, registry, sink) : EXIT_USAGE;
    config_free(config);
    registry_free(registry);
    return code;
}

static int sink(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *path = places_config();
    bool as_json = false;
    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == '?') return command_unknown(command, argv);
        if (letter == 'c') path = optarg;
        if (letter == 'j') as_json = true;
    }
    const char *verb = optind < argc ? argv[optind] : "";
    const char *name = optind + 1 < argc ? argv[optind + 1] : NULL;
    bool lists = strcmp(verb, "list") == 0, tests = strcmp(verb, "test") == 0;
    if (!lists && !tests)
        return command_usage(command, "%s",
                             *verb ? "what to do is `list` or `test`" : "say `list` or `test`");
    if (lists && name) return command_usage(command, "%s: `sink list` takes no further words", name);
    if (tests && as_json) return command_usage(command, "--json is for `sink list`");
    if (tests && !name) return command_usage(command, "say which sink: `sink test NAME`");
    if (tests && optind + 2 < argc)
        return command_usage(command, "%s: `sink test` tries one sink", argv[optind + 2]);
    return work(command, path, name, as_json);
}

const struct command command_sink = {
    "sink", "sink list [--json] | sink test NAME [-c FILE]",
    "Lists the sinks, or tries one with a marked event",
    "  list               each sink: its type and module, its deliveries with what waits, when it took "
    "something "
    "last,\n"
    "                     whether it is left alone (breaker), and its settings without secrets\n"
    "      --json         one document for programs: deliveries and breakers as in `status --json`, settings "
    "as they\n"
    "                     are written\n"
    "  test NAME          makes the sink as a run would, opens it, asks what its module can ask, hands over "
    "one "
    "event\n"
    "                     with \"postern_test\": true and an id that begins with test-, and closes it; each "
    "exchange\n"
    "                     over HTTP is shown, and what the module logs, without secrets\n"
    "  -c, --config FILE  the configuration; else $POSTERN_CONFIG, else /etc/postern/postern.lua\n"
    "\nThe test uses an instance of its own and may run beside the daemon: no delivery is touched. A sink "
    "that "
    "keeps its\n"
    "place (as `file` does) writes to a place of its own and removes that again. Exit code 0 if the event is "
    "safe, 1 if\n"
    "it is not, 78 if that is for the configuration or the receiver's settings to mend.\n",
    sink};
