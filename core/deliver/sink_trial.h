/* Trying a sink by hand: an instance of its own is made, opened, asked and given one marked event, as a run
 * would do it but for the state: it gets none, and what it keeps is thrown away. Nothing of a delivery is
 * touched. */
#ifndef POSTERN_DELIVER_SINK_TRIAL_H
#define POSTERN_DELIVER_SINK_TRIAL_H

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "module/registry.h"

struct sink_trial {
    const struct config_sink *config;
    const postern_sink *sink;
    struct module_registry *registry;
    const struct clock *clock;
    struct random_source *random;
    /* A step went well: "opened". */
    void (*done)(void *context, const char *what, int64_t took_ms);
    /* A line of the sink's probe, as postern_report.say takes it. */
    void (*finds)(void *context, int32_t level, const char *words, const char *remedy);
    void *context;
};

#define TRIAL_ID_SIZE 40

/* `id` becomes that of the event. A failure says in which step, and what to do. */
postern_status sink_trial(const struct sink_trial *trial, char id[TRIAL_ID_SIZE], postern_error *error);

#endif
