/* What a script's function returned, as finished lines. */
#ifndef POSTERN_SCRIPT_PIECES_H
#define POSTERN_SCRIPT_PIECES_H

#include "script/event/bridge.h"

struct pieces {
    struct script_output first; /* the usual case: only one */
    struct script_output *all;  /* if there are more; in the bridge's work arena */
    size_t count, capacity;
};

static inline struct script_output pieces_at(const struct pieces *pieces, size_t index)
{
    return pieces->all ? pieces->all[index] : pieces->first;
}

void pieces_add(lua_State *L, struct bridge *bridge, struct pieces *pieces, struct script_output piece);
/* Writes what lies at `index` (no nil): an event, a table, a line, a text, or a list of these. An event that
 * was not changed gives `source` itself. Raises an error, in the script author's words, for anything else. */
void pieces_gather(lua_State *L, struct bridge *bridge, int index, postern_text source,
                   struct pieces *pieces);

#endif
