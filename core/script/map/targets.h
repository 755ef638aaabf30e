/* Targets whose values are constants: their texts are made before any event comes. */
#ifndef POSTERN_SCRIPT_MAP_TARGETS_H
#define POSTERN_SCRIPT_MAP_TARGETS_H

#include "base/buffer.h"
#include "script/map/plan.h"

/* Texts that hold wrong bytes are not: those are counted when they are written. */
bool target_can_be_ready(const struct map_target *target);
/* All that is written of such a target, label and comma included. */
void target_append_ready(struct buffer *out, const struct map_target *target);

#endif
