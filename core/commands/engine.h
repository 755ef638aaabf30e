/* The running program: journal, network, workers, collector and deliverer, put together and taken apart in
 * order. */
#ifndef POSTERN_COMMANDS_ENGINE_H
#define POSTERN_COMMANDS_ENGINE_H

#include "collect/collector.h"
#include "deliver/deliverer.h"

struct engine {
    struct config *config; /* owned */
    struct module_registry *registry;
    const struct clock *clock;
    struct random_source *random;
    struct journal *journal;
    struct workers *workers;
    struct network *network;     /* NULL if not collecting */
    struct collector *collector; /* NULL if not collecting */
    struct deliverer *deliverer;
};

struct engine_choice {
    bool collect; /* false: only what is in the journal is delivered */
    bool once;
};

/* Takes over `config` if it succeeds; on failure everything that was started is stopped again. */
postern_status engine_start(struct engine *engine, struct config *config, struct module_registry *registry,
                            struct engine_choice choice, postern_error *error);
/* Only the network, for probing. */
postern_status engine_start_network(struct engine *engine, postern_error *error);
/* What the collector works with. */
struct collector_parts engine_collector_parts(const struct engine *engine, bool once);
/* Takes over a new configuration and edited scripts; on failure the old ones go on and `config` is freed. */
postern_status engine_reload(struct engine *engine, struct config *config, postern_error *error);
/* Ends within about `grace_ms`: what is in flight is committed or will be asked again. */
void engine_stop(struct engine *engine, int64_t grace_ms);
/* Carries out what other commands have asked for (dead retry). */
void engine_serve_requests(struct engine *engine);

#endif
