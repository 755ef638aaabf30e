#include "engine/setup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/show.h"
#include "engine/http_service.h"
#include "engine/metrics_service.h"
#include "engine/places.h"
#include "http/library.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define TEMPLATES_MINOR 3 /* of the ABI: since then modules know %{hour} and %{.a.b} */

static void print_refusal(void *context, const char *path, const postern_error *error)
{
    size_t *refused = context;
    (*refused)++;
    char text[ERROR_TEXT_SIZE];
    show(stderr, "postern: module refused: %s: %s\n", path, error_text(error->message, error->remedy, text));
}

/* With the limits and settings of an empty configuration, until one is in force. */
static struct module_registry *new_registry(void)
{
    struct config defaults = {0};
    config_set_defaults(&defaults);
    const struct config_limits *limits = &defaults.limits;
    struct module_registry *registry = registry_new(&(struct module_limits){
        limits->member_size, limits->member_count, limits->expansion_size, limits->record_size});
    if (registry && http_service_add(registry) && http_service_set_defaults(registry, &defaults.http) &&
        metrics_service_add(registry))
        return registry;
    registry_free(registry);
    return NULL;
}

struct module_registry *setup_registry(void)
{
    if (!http_library_init()) {
        show(stderr, "postern: libcurl cannot be made ready\n");
        return NULL;
    }
    struct module_registry *registry = new_registry();
    if (!registry) show(stderr, "postern: out of memory\n");
    return registry;
}

struct module_registry *setup_modules(char *const *directories, size_t count, size_t *refused)
{
    struct module_registry *registry = setup_registry();
    postern_error error = ERROR_INIT;
    if (!registry) return NULL;
    *refused = 0;
    if (places_modules()[0])
        registry_load_directory(registry, places_modules(), false, print_refusal, refused, &error);
    for (size_t i = 0; i < count; i++) {
        if (registry_load_directory(registry, directories[i], true, print_refusal, refused, &error) >= 0)
            continue;
        print_refusal(refused, directories[i], &error);
    }
    return registry;
}

static void print_problems(struct config_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct config_problem *problem = &problems->items[i];
        if (problem->place.file && problem->place.line > 0)
            show(stderr, "%s:%d: %s\n", problem->place.file, problem->place.line, problem->message);
        else if (problem->place.file)
            show(stderr, "%s: %s\n", problem->place.file, problem->message);
        else
            show(stderr, "%s\n", problem->message);
    }
    size_t count = problems->count + problems->left_out;
    if (count)
        show(stderr, "postern: %zu problem%s in the configuration%s\n", count, plural((int64_t)count),
             problems->left_out ? ", of which the first are shown" : "");
    config_problems_free(problems);
}

/* Secrets that are not there, of a configuration that is good otherwise. */
static void log_missing(struct config_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct config_problem *problem = &problems->items[i];
        log_write(POSTERN_LOG_ERROR, "config", "%s:%d: %s; it alone stands still", problem->place.file,
                  problem->place.line, problem->message);
    }
    config_problems_free(problems);
}

/* A stream of any source that is let in as the account is. */
static bool is_read(const struct config *config, const struct module_registry *registry,
                    const struct config_account *account)
{
    for (size_t i = 0; i < config->source_count; i++) {
        const postern_source *source = registry_source(registry, config->sources[i].name);
        for (const postern_stream *const *stream = source ? source->streams : NULL; stream && *stream;
             stream++)
            if (strcmp((*stream)->auth, account->profile->name) == 0) return true;
    }
    return false;
}

/* What an account is let in for, and nobody asks. */
static void log_unread(struct config *config, const struct module_registry *registry)
{
    for (size_t i = 0; i < config->account_count; i++) {
        const struct config_account *account = &config->accounts[i];
        if (!config_collects_any(config, account) || is_read(config, registry, account)) continue;
        config->unread_accounts++;
        log_write(
            POSTERN_LOG_WARNING, "config",
            "%s:%d: no source reads %s yet: nothing is read for account \"%s\"; let it in by another way, "
            "or load a module with a source for it",
            account->place.file, account->place.line, account->profile->title, account->name);
    }
}

static bool has_token_stream(const postern_source *source)
{
    for (size_t i = 0; source->streams && source->streams[i]; i++)
        if (source->streams[i]->kind == POSTERN_STREAM_TOKEN) return true;
    return false;
}

static bool has_options(const postern_option *const *table)
{
    return table && table[0];
}

static size_t count_sources(const struct module_registry *registry)
{
    size_t count = 0;
    for (size_t m = 0; m < registry_module_count(registry); m++)
        for (size_t i = 0; registry_module(registry, m)->module->sources &&
                           registry_module(registry, m)->module->sources[i];
             i++)
            count++;
    return count;
}

static size_t count_sinks(const struct module_registry *registry)
{
    size_t count = 0;
    for (size_t m = 0; m < registry_module_count(registry); m++)
        for (size_t i = 0;
             registry_module(registry, m)->module->sinks && registry_module(registry, m)->module->sinks[i];
             i++)
            count++;
    return count;
}

static const postern_auth **collect_auths(const struct module_registry *registry)
{
    size_t count = 0;
    for (size_t m = 0; m < registry_module_count(registry); m++)
        for (const postern_auth *const *at = registry_module(registry, m)->module->auths; at && *at; at++)
            count++;
    const postern_auth **auths = calloc(count + 1, sizeof(const postern_auth *));
    count = 0;
    for (size_t m = 0; auths && m < registry_module_count(registry); m++)
        for (const postern_auth *const *at = registry_module(registry, m)->module->auths; at && *at; at++)
            auths[count++] = *at;
    return auths;
}

/* What the modules offer, in the configuration's terms. */
static bool make_catalog(const struct module_registry *registry, struct config_catalog *catalog)
{
    struct config_kind *sources = calloc(count_sources(registry) + 1, sizeof *sources);
    struct config_kind *sinks = calloc(count_sinks(registry) + 1, sizeof *sinks);
    *catalog = (struct config_catalog){.sources = sources, .sinks = sinks, .auths = collect_auths(registry)};
    if (!sources || !sinks || !catalog->auths) return false;
    for (size_t m = 0; m < registry_module_count(registry); m++) {
        const postern_module *module = registry_module(registry, m)->module;
        for (size_t i = 0; module->sources && module->sources[i]; i++) {
            const postern_source *source = module->sources[i];
            sources[catalog->source_count++] = (struct config_kind){
                .name = source->name,
                .options = source->options,
                .schedule = source->schedule,
                .token_streams = has_token_stream(source),
                .streams = source->streams,
                .is_off = (source->flags & POSTERN_SOURCE_OFF) != 0,
                .account_options = has_options(source->account_options) ? source->account_options : NULL,
            };
        }
        for (size_t i = 0; module->sinks && module->sinks[i]; i++)
            sinks[catalog->sink_count++] = (struct config_kind){
                .name = module->sinks[i]->name,
                .options = registry_sink_options(registry, module->sinks[i]),
                .batching = module->sinks[i]->batching,
                .concurrent = (module->sinks[i]->flags & POSTERN_SINK_CONCURRENT) != 0,
                .old_templates = module->abi_minor < TEMPLATES_MINOR,
            };
    }
    return true;
}

/* From here on the process holds credentials: no core dump, no look from other processes. */
static void protect_process(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

static void catalog_free(struct config_catalog *catalog)
{
    free((void *)(uintptr_t)catalog->sources);
    free((void *)(uintptr_t)catalog->sinks);
    free((void *)(uintptr_t)catalog->auths);
}

struct config *setup_one(const char *path, const struct module_registry *registry, const char *kind,
                         const char *name, struct config_problems *problems)
{
    struct config_catalog catalog = {0};
    struct config *config = NULL;
    if (make_catalog(registry, &catalog)) config_load_one(path, &catalog, kind, name, &config, problems);
    catalog_free(&catalog);
    return config;
}

struct config *setup_config(const char *path, struct module_registry **registry)
{
    protect_process();
    struct config_problems problems = {0};
    struct config_catalog catalog = {0};
    struct config *config = NULL;
    bool is_first = !*registry;
    config_set_script_directory(places_scripts());
    if (is_first) {
        char *state = NULL, **directories = NULL;
        size_t count = 0, refused = 0;
        /* What is wrong with these two is said again with all the rest. */
        if (config_peek(path, &state, &directories, &count, &problems) < 0) config_problems_free(&problems);
        *registry = setup_modules(directories, count, &refused);
        free(state);
        config_strings_free(directories, count);
    }
    if (!*registry || !make_catalog(*registry, &catalog)) {
        show(stderr, "postern: out of memory\n");
    } else {
        config_load(path, &catalog, &config, &problems); /* all that is wrong is among the problems */
    }
    if (config) {
        log_missing(&problems);
        log_unread(config, *registry);
    } else {
        print_problems(&problems);
    }
    catalog_free(&catalog);
    if (!config && is_first) {
        registry_free(*registry);
        *registry = NULL;
    }
    return config;
}

char *setup_state_directory(const char *path)
{
    struct config_problems problems = {0};
    char *state = NULL, **directories = NULL;
    size_t count = 0;
    postern_status status = config_peek(path, &state, &directories, &count, &problems);
    print_problems(&problems);
    if (status < 0) return NULL;
    config_strings_free(directories, count);
    return state;
}

struct journal_settings setup_journal(const struct config *config)
{
    const struct config_journal *settings = &config->journal;
    return (struct journal_settings){.max_size = settings->max_size,
                                     .retain_ms = settings->retain_ms,
                                     .dead_limit = settings->dead_limit,
                                     .dead_account_share = settings->dead_account_share,
                                     .dead_retain_ms = settings->dead_retain_ms,
                                     .cache_size = settings->cache_size,
                                     .coverage_ranges = settings->coverage_ranges,
                                     .idle_flush_ms = settings->idle_flush_ms,
                                     .idle_at_once = settings->idle_at_once,
                                     .ids_memory = settings->ids_memory};
}
