/* One instance of a sink, driven by hand as a run would drive it, with a committed state of its own: for
 * finding out whether the sink keeps to its contract. */
#ifndef POSTERN_DELIVER_SINK_DRIVER_H
#define POSTERN_DELIVER_SINK_DRIVER_H

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "deliver/sink_spy.h"
#include "journal/journal.h"
#include "module/registry.h"

struct sink_driver;

struct sink_driver_plan {
    const struct config_sink *config;
    const postern_sink *sink;
    struct module_registry *registry;
    struct journal *journal; /* keeps the state */
    const struct clock *clock;
    struct random_source *random;
    const char *delivery;        /* 32 hex digits */
    _Atomic(const char *) *step; /* see sink_spy */
};

/* Creates the instance; no IO. */
postern_status sink_driver_new(const struct sink_driver_plan *plan, struct sink_driver **driver,
                               postern_error *error);
void sink_driver_free(struct sink_driver *driver); /* NULL is fine */

postern_status sink_driver_open(struct sink_driver *driver, uint32_t attempt, postern_error *error);
void sink_driver_close(struct sink_driver *driver);
postern_status sink_driver_idle(struct sink_driver *driver, postern_error *error);
/* As at the end of the program, and as after a reload that did not come to it. Any thread. */
void sink_driver_interrupt(struct sink_driver *driver);
void sink_driver_resume(struct sink_driver *driver);

/* A batch that is written; its events are the caller's. */
struct driven_batch {
    uint64_t id;
    uint32_t attempt;
    postern_sink_event *events;
    size_t count;
    bool forgets; /* the state is not committed, as if the program ended right behind write */
    /* What came of it. */
    bool *rejected; /* of each event; the caller's */
    size_t rejections;
    bool as_one; /* all, for the same reason */
    char reason[SINK_FAULT_SIZE];
    postern_error error;
};
/* The sink is open. Several at once if it is concurrent. */
postern_status sink_driver_write(struct sink_driver *driver, struct driven_batch *batch);
/* True while a write is under way. Any thread. */
bool sink_driver_is_writing(struct sink_driver *driver);
/* What the sink did against its contract; NULL = nothing of that kind. No call is under way. */
const char *sink_driver_fault(const struct sink_driver *driver, enum sink_fault kind);

#endif
