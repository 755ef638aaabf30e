/* Which events one happening brings: a mail, a click, an incident and what becomes of it. */
#ifndef SIMULATOR_CLUSTER_H
#define SIMULATOR_CLUSTER_H

#include "event.h"
#include "random.h"

enum { CLUSTER_LIMIT = 8 };

/* An event of a cluster; a twin is the one before once more. */
struct planned_event {
    int64_t after_ms; /* how long after the first: a later version of it */
    uint8_t type, variant;
    bool twin;
};

/* Returns how many events there are. */
size_t cluster_plan(enum source source, uint32_t message, bool quirks, struct random *random,
                    struct planned_event events[CLUSTER_LIMIT]);

/* How long after the first version of a record its version `variant` is made. Whole seconds. */
int64_t cluster_change_ms(uint32_t message, unsigned variant);
/* Whether a list shows of each record only the newest version. */
bool cluster_replaces(enum source source);
/* How long a held message stays in the queue. */
int64_t cluster_stay_ms(struct random *random);

#endif
