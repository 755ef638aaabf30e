/* `postern sink test`. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/show.h"
#include "base/text.h"
#include "base/units.h"
#include "commands/command.h"
#include "commands/sink.h"
#include "deliver/sink_trial.h"
#include "journal/journal.h"
#include <unistd.h>

#define STATE_LIMIT ((size_t)64 << 20)

static void print_done(void *context, const char *what, int64_t took_ms)
{
    char took[32];
    (void)context;
    show(stdout, "  %s (%s)\n", what, duration_format(took_ms, took));
}

static void print_finding(void *context, int32_t level, const char *words, const char *remedy)
{
    (void)context;
    const char *mark = level == POSTERN_LOG_ERROR ? "! " : level == POSTERN_LOG_WARNING ? "? " : "";
    show(stdout, "    %s%.2048s\n", mark, words);
    if (remedy) show(stdout, "      %.2048s\n", remedy);
}

static void print_exchange(void *context, const struct http_sighting *sighting)
{
    sink_print_exchange(context, sighting);
}

/* A sink that keeps its place, and does not say that it can be tried beside the one which delivers, could
 * take what that has written for somebody else's. */
static postern_status check_state(const struct config *config, const struct config_sink *sink,
                                  const postern_sink *kind, postern_error *error)
{
    struct journal *journal = NULL;
    const postern_pair *entries = NULL;
    size_t count = 0;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(STATE_LIMIT);
    if (kind->flags & (POSTERN_SINK_KNOWS_TEST | POSTERN_SINK_CONCURRENT)) return POSTERN_OK;
    _cleanup_(freep) char *path = path_join(config->state, "journal.db");
    if (!arena || !path) return error_no_memory(error, NULL);
    if (access(path, F_OK) < 0) return POSTERN_OK; /* nothing was ever delivered */
    postern_status status = journal_open_reader(config->state, clock_process(), &journal, error);
    if (status < 0) return status;
    status = journal_sink_state(journal, sink->name, arena, &entries, &count, error);
    journal_close(journal);
    if (status < 0 || count == 0) return status;
    error_set(error, POSTERN_E_UNSUPPORTED,
              "a sink of type \"%s\" keeps its place and cannot be tried beside the one that delivers",
              sink->type);
    error_remedy(error,
                 "install a version of its module that knows `postern sink test`, or try a further sink "
                 "of that type that writes elsewhere");
    return POSTERN_E_UNSUPPORTED;
}

static int conclude(const char *id, const postern_error *error, postern_status status)
{
    if (status >= 0) {
        show(stdout, "good: the receiver has the event %s\n", id);
        return EXIT_OK;
    }
    fflush(stdout);
    return command_fail(error);
}

int sink_test(const struct config *config, struct module_registry *registry, const struct config_sink *sink)
{
    char id[TRIAL_ID_SIZE] = "";
    postern_error error = ERROR_INIT;
    const postern_sink *kind = registry_sink(registry, sink->type);
    const struct loaded_module *loaded = registry_sink_module(registry, sink->type);
    if (!kind || !loaded) return EXIT_CONFIG; /* the configuration has been checked */
    show(stdout, "sink %s: %s (module %s %s)\n", sink->name, sink->type, loaded->module->name,
         loaded->module->version);
    if (sink->missing) {
        error_set(&error, POSTERN_E_CONFIG, "%s", sink->missing);
        return conclude(id, &error, POSTERN_E_CONFIG);
    }
    postern_status status = check_state(config, sink, kind, &error);
    if (status < 0) return conclude(id, &error, status);
    log_set_level(POSTERN_LOG_DEBUG); /* what the module says to its log is part of the answer */
    http_service_set_defaults(registry, &config->http);
    http_service_observe(registry, print_exchange, (void *)(uintptr_t)sink);
    const struct sink_trial trial = {.config = sink,
                                     .sink = kind,
                                     .registry = registry,
                                     .clock = clock_process(),
                                     .random = random_system(),
                                     .done = print_done,
                                     .finds = print_finding};
    status = sink_trial(&trial, id, &error);
    return conclude(id, &error, status);
}
