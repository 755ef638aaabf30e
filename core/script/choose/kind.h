/* What becomes of an event, as a script says it or a case of a choice. */
#ifndef POSTERN_SCRIPT_CHOOSE_KIND_H
#define POSTERN_SCRIPT_CHOOSE_KIND_H

#include "script/event/bridge.h"

enum choose_kind {
    CHOOSE_FUNCTION,
    CHOOSE_MAP,
    CHOOSE_CHOICE,
    CHOOSE_KEEP, /* choose.keep: it stays as it is */
    CHOOSE_DROP, /* choose.drop(reason) */
    CHOOSE_NONE, /* it is none of these */
};

enum choose_kind choose_kind_of(lua_State *L, const struct bridge *bridge, int index);

/* Makes a verdict, CHOOSE_KEEP or CHOOSE_DROP, of the reason on the top of the stack (or nil). */
void choose_push_verdict(lua_State *L, struct bridge *bridge, enum choose_kind kind);
/* Pushes the reason of the CHOOSE_DROP at `index`, or nil. */
void choose_push_reason(lua_State *L, int index);

#endif
