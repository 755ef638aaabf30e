/* What delivering works with: the same for all pipelines and sinks, and over reloads. */
#ifndef POSTERN_DELIVER_ROUTE_PARTS_H
#define POSTERN_DELIVER_ROUTE_PARTS_H

#include "base/clock.h"
#include "base/random.h"
#include "base/workers.h"
#include "journal/journal.h"

struct route_parts {
    struct journal *journal;
    struct workers *workers;
    const struct clock *clock;
    struct random_source *random;
};

#endif
