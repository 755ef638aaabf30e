/* One instance of a module's sink: its calls, and telling it to give up. */
#ifndef POSTERN_DELIVER_SINK_INSTANCE_H
#define POSTERN_DELIVER_SINK_INSTANCE_H

#include "base/pulse.h"
#include "config/config.h"
#include "deliver/route/parts.h"
#include "deliver/sink/batch.h"
#include "module/instance.h"
#include <pthread.h>

struct sink_instance {
    char name[64]; /* of the sink in the configuration */
    const postern_sink *sink;
    const struct route_parts *parts;
    struct module_instance *host;
    void *self;
    char *missing; /* the secret that is not there, in words: it is never opened; NULL = none */
    bool is_open;  /* on the sink's thread */
    bool is_test;  /* of `postern sink test`: without a state, which is thrown away */
    pthread_mutex_t lock;
    int calls;          /* open, write and idle that are under way; under the lock */
    bool interrupted;   /* no call begins any more; under the lock */
    struct pulse pulse; /* of its calls together: when the last began or ended; changes under the lock */
};

/* Creates it; no IO. */
postern_status sink_instance_new(const struct config_sink *config, const postern_sink *sink,
                                 struct module_registry *registry, const struct route_parts *parts,
                                 struct sink_instance **instance, postern_error *error);
void sink_instance_free(struct sink_instance *instance); /* NULL is fine */

static inline bool sink_is_concurrent(const struct sink_instance *instance)
{
    return (instance->sink->flags & POSTERN_SINK_CONCURRENT) != 0;
}

static inline bool sink_is_stable(const struct sink_instance *instance)
{
    return (instance->sink->flags & POSTERN_SINK_STABLE_BATCHES) != 0;
}

/* Why it is never opened: a secret that it needs is missing. */
postern_status sink_lacks_secret(const struct sink_instance *instance, postern_error *error);
static inline bool sink_has_probe(const struct sink_instance *instance)
{
    return POSTERN_HAS(instance->sink, probe) && instance->sink->probe;
}

/* Opens the sink with its committed state if it is closed. */
postern_status sink_open(struct sink_instance *instance, uint32_t attempt, postern_error *error);
void sink_close(struct sink_instance *instance);
/* Writes the batch, of the delivery with this key; what the sink says is in it afterwards, its status and
 * error too. State that it asks for in between is committed. Several at once if the sink is concurrent. */
postern_status sink_write(struct sink_instance *instance, struct batch *batch, const char *key);
/* The sink's quiet moment: rotation by age and the like. */
postern_status sink_idle(struct sink_instance *instance, postern_error *error);

/* What its module can find out of the receiver; nothing if it has no probe. It is open. */
postern_status sink_probe(struct sink_instance *instance, const postern_report *report, postern_error *error);

/* What is under way shall end soon, and nothing more begins. Any thread. */
void sink_interrupt(struct sink_instance *instance);
/* Takes that back. */
void sink_resume(struct sink_instance *instance);

#endif
