/* The fleet of a toy configuration, in the small world. */
#ifndef TESTS_COLLECT_WORLD_FLEET_H
#define TESTS_COLLECT_WORLD_FLEET_H

#include "world.h"

#include "toy_source.h"

static inline struct collector_parts world_parts(const struct toy_config *toy)
{
    return (struct collector_parts){.config = &toy->config,
                                    .registry = toy->registry,
                                    .journal = (struct journal *)&world,
                                    .network = (struct network *)&world,
                                    .workers = (struct workers *)&world,
                                    .clock = &world_clock,
                                    .random = &world.random};
}

static inline struct fleet *world_fleet(const struct toy_config *toy, struct fleet_progress *progress)
{
    const struct collector_parts parts = world_parts(toy);
    postern_error error = ERROR_INIT;
    struct fleet *fleet = NULL;
    if (fleet_build(&parts, progress, NULL, &fleet, &error) < 0) fail_msg("%s", error.message);
    return fleet;
}

#endif
