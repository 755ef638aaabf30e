/* A runner's inside, for running tests in the same state as the script. */
#ifndef POSTERN_SCRIPT_RUNNER_H
#define POSTERN_SCRIPT_RUNNER_H

#include "script/event/bridge.h"
#include "script/neighbour/take.h"
#include "script/script.h"

struct bridge *script_runner_bridge(struct script_runner *runner);
struct sandbox *script_runner_sandbox(struct script_runner *runner);
struct neighbour_context *script_runner_neighbours(struct script_runner *runner);

#endif
