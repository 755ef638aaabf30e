/* `postern modules`: what is loaded, and which options it has. */
#include "base/cleanup.h"
#include "base/show.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/modules_json.h"
#include "engine/setup.h"
#include <getopt.h>
#include <stdlib.h>

/* "1 to 100; ", "json or key_value; " */
static void print_limits(const postern_option *option)
{
    char minimum[32], maximum[32];
    if (option->minimum || option->maximum)
        show(stdout, "%s to %s; ", option_format_number(option->type, option->minimum, minimum),
             option_format_number(option->type, option->maximum, maximum));
    for (const char *const *choice = option->choices; choice && *choice; choice++)
        show(stdout, "\"%s\"%s", *choice, !choice[1] ? "; " : choice[2] ? ", " : " or ");
}

static void print_options(const postern_option *const *table)
{
    for (; table && *table; table++) {
        const postern_option *option = *table;
        if (option->flags & POSTERN_OPTION_HIDDEN) continue;
        show(stdout, "      %-14s %-9s", option->name, option_type_name(option->type));
        if (option->flags & POSTERN_OPTION_REPEATABLE) show(stdout, "one or a list; ");
        print_limits(option);
        if (option->flags & POSTERN_OPTION_REQUIRED)
            show(stdout, "required; ");
        else if (option->default_value)
            show(stdout, "default \"%s\"; ", option->default_value);
        show(stdout, "%s\n", option->help);
    }
}

static const char *kind_name(uint32_t kind)
{
    static const char *const names[] = {"", "read by time", "follows a token", "is sent to us",
                                        "compared with the poll before"};
    return kind < sizeof names / sizeof *names ? names[kind] : "?";
}

static void print_quota(const postern_quota *quota)
{
    char window[32];
    show(stdout, "        at most %lld calls in %s, together with all streams under quota \"%s\"\n",
         (long long)quota->calls, duration_format(quota->window_ms, window), quota->name);
}

static void print_stream(const postern_stream *stream)
{
    const char *product = POSTERN_HAS(stream, product) ? stream->product : NULL;
    show(stdout, "      stream %s (%s, %s)%s%s%s%s\n", stream->name, kind_name(stream->kind), stream->auth,
         stream->permission ? ": needs " : "", stream->permission ? stream->permission : "",
         product ? "; product " : "", product ? product : "");
    if (POSTERN_HAS(stream, quota) && stream->quota) print_quota(stream->quota);
}

static void print_source(const postern_source *source)
{
    show(stdout, "    source %-20s %s%s\n", source->name, source->title ? source->title : "",
         source->flags & POSTERN_SOURCE_OFF ? " (off unless enabled = true)" : "");
    for (size_t i = 0; source->streams && source->streams[i]; i++)
        print_stream(source->streams[i]);
    print_options(source->options);
    if (source->account_options && source->account_options[0])
        show(stdout, "      for each account, in account \"NAME\" { [\"%s\"] = { ... } }:\n", source->name);
    print_options(source->account_options);
}

static void print_auth(const postern_auth *auth)
{
    show(stdout, "    auth %-22s %s", auth->name, auth->title);
    if (auth->api) show(stdout, " (api = %u)", auth->api);
    show(stdout, "\n");
    for (const postern_credential *const *key = auth->credentials; key && *key; key++)
        show(stdout, "      %-18s %s; %s\n", (*key)->name, (*key)->title, (*key)->help);
    for (const postern_known_host *const *known = auth->hosts; known && *known; known++)
        show(stdout, "      host %s: %s\n", (*known)->host, (*known)->region);
    if (auth->base_url) show(stdout, "      base_url, if none is given: %s\n", auth->base_url);
    if (auth->setup_help) show(stdout, "      to make the credentials: %s\n", auth->setup_help);
}

static void print_lookup(const postern_lookup *lookup)
{
    show(stdout, "    lookup %-20s %s\n", lookup->name, lookup->title);
    show(stdout, "      postern %s ACCOUNT (%s): needs %s%s%s\n", lookup->name, lookup->auth,
         lookup->permission, lookup->product ? "; product " : "", lookup->product ? lookup->product : "");
    print_options(lookup->parameters);
}

static void print_module(const struct module_registry *registry, const struct loaded_module *loaded)
{
    const postern_module *module = loaded->module;
    show(stdout, "%s %s (ABI %u.%u): %s\n  %s\n", module->name, module->version, module->abi_major,
         module->abi_minor, module->summary ? module->summary : "", loaded->path);
    for (size_t i = 0; module->sources && module->sources[i]; i++)
        print_source(module->sources[i]);
    for (size_t i = 0; module->auths && module->auths[i]; i++)
        print_auth(module->auths[i]);
    for (const postern_lookup *const *at = registry_lookups(module); at && *at; at++)
        print_lookup(*at);
    for (size_t i = 0; module->sinks && module->sinks[i]; i++) {
        show(stdout, "    sink %-22s %s\n", module->sinks[i]->name,
             module->sinks[i]->title ? module->sinks[i]->title : "");
        print_options(registry_sink_options(registry, module->sinks[i]));
    }
}

static bool print_modules(const struct module_registry *registry)
{
    show(stdout, "Postern %s, module ABI %u.%u\n\n", POSTERN_VERSION, POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR);
    for (size_t i = 0; i < registry_module_count(registry); i++)
        print_module(registry, registry_module(registry, i));
    return true;
}

static int modules(const struct command *command, int argc, char **argv)
{
    static const struct option known[] = {{"config", required_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"help", no_argument, NULL, 'h'},
                                          {0}};
    const char *path = NULL;
    bool json = false;
    for (int letter; (letter = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
        if (letter == 'h') return command_print_help(command, stdout), EXIT_OK;
        if (letter == '?') return command_unknown(command, argv);
        if (letter == 'c') path = optarg;
        if (letter == 'j') json = true;
    }
    size_t refused = 0, count = (size_t)(argc - optind);
    char **directories = argv + optind;
    struct config_problems problems = {0};
    _cleanup_(freep) char *state = NULL;
    if (path && config_peek(path, &state, &directories, &count, &problems) < 0) {
        for (size_t i = 0; i < problems.count; i++)
            show(stderr, "%s:%d: %s\n", path, problems.items[i].place.line, problems.items[i].message);
        config_problems_free(&problems);
        return EXIT_CONFIG;
    }
    struct module_registry *registry = setup_modules(directories, count, &refused);
    if (path) config_strings_free(directories, count);
    if (!registry) return EXIT_INCOMPLETE;
    bool printed = json ? modules_print_json(registry) : print_modules(registry);
    registry_free(registry);
    return refused || !printed ? EXIT_INCOMPLETE : EXIT_OK;
}

const struct command command_modules = {
    "modules", "modules [--json] [-c FILE] [DIRECTORY]...",
    "Lists the modules with their sources, sinks, options and the keys that accounts need",
    "  -c, --config FILE  also those of the directories that this configuration names in `modules`\n"
    "      --json         one document for programs\n"
    "\nA module that is refused is named with the reason on stderr; the exit code is then 1.\n",
    modules};
