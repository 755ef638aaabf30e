/* What a script's pcall has caught leaves nothing behind in C either. */
#ifndef POSTERN_SCRIPT_UNWIND_H
#define POSTERN_SCRIPT_UNWIND_H

#include "sandbox/sandbox.h"
#include "script/event/bridge.h"

/* From here on pcall and xpcall in `sandbox` put the bridge and its machine back to where they were. */
void unwind_open(struct sandbox *sandbox, struct bridge *bridge);

#endif
