/* The running program: journal, network, workers, collector and deliverer, put together and taken apart in
 * order. */
#ifndef POSTERN_ENGINE_ENGINE_H
#define POSTERN_ENGINE_ENGINE_H

#include "base/pulse.h"
#include "collect/collector.h"
#include "collect/reread.h"
#include "deliver/bulk_retry.h"
#include "deliver/deliverer.h"
#include "engine/delivery_watch.h"
#include "engine/heartbeat_service.h"
#include "engine/late_watch.h"
#include "report/metrics_file.h"

struct engine {
    struct config *config; /* owned */
    struct module_registry *registry;
    const struct clock *clock;
    struct random_source *random;
    struct journal *journal;
    /* Threads of their own for each: reading an answer takes long and is not broken off, and what is stored
     * meanwhile shall be delivered meanwhile. */
    struct workers *answer_workers, *script_workers;
    struct network *network;     /* NULL if not collecting */
    struct collector *collector; /* NULL if not collecting */
    struct deliverer *deliverer;
    bool (*told_to_stop)(void);
    struct heartbeat_service *heartbeat; /* NULL if not collecting */
    struct pulse pulse;                  /* the main thread's */
    struct metrics_file metrics;
    int64_t metrics_due_ms; /* real time */
    struct delivery_watch deliveries;
    struct late_watch late;
    int64_t connections;      /* that may be open at once */
    struct bulk_retry *retry; /* dead letters that are tried again; NULL = none */
    int64_t retry_request;    /* for which request */
    bool reload_wanted;       /* a request changed what the configuration means */
    struct reread *reread;    /* sources that read dead letters again; NULL = none were needed yet */
};

struct engine_choice {
    bool journal_only; /* nothing is collected or delivered */
    bool collect;      /* false: only what is in the journal is delivered */
    bool once;
    bool (*told_to_stop)(void); /* asked by whatever waits for a sink; NULL = never */
};

/* Takes over `config` if it succeeds; on failure everything that was started is stopped again. */
postern_status engine_start(struct engine *engine, struct config *config, struct module_registry *registry,
                            struct engine_choice choice, postern_error *error);
/* Only the network, for probing. */
postern_status engine_start_network(struct engine *engine, postern_error *error);
/* What the collector works with. */
struct collector_parts engine_collector_parts(const struct engine *engine, bool once);
/* Takes over a new configuration and edited scripts; on failure the old ones go on and `config` is freed.
 * Says what of it needs a restart. */
postern_status engine_reload(struct engine *engine, struct config *config, postern_error *error);
/* Ends within about `grace_ms`: what is in flight is committed or will be asked again. False: a sink or an
 * answer took longer; its thread still runs with all that it uses, and the process must end with _exit. */
bool engine_stop(struct engine *engine, int64_t grace_ms);
/* For the end of a command: engine_stop, and _exit with that code if something is left running. */
void engine_stop_or_exit(struct engine *engine, int64_t grace_ms, int code);
/* Looks what waits for the deliveries, has notices stored that could not be, and every few seconds shows what
 * sinks and sources have counted to other processes. */
void engine_look_around(struct engine *engine);
/* What was told until now lies in the journal when this returns, if it can be stored. */
void engine_store_notices(struct engine *engine);

#endif
