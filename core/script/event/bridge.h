/* Between C and one Lua state: what the functions that scripts see share. Owned by a script_runner. */
#ifndef POSTERN_SCRIPT_EVENT_BRIDGE_H
#define POSTERN_SCRIPT_EVENT_BRIDGE_H

#include "base/buffer.h"
#include "script/event/document.h"
#include "script/script.h"
#include <lauxlib.h>

struct map_machine;

struct bridge {
    lua_State *L;
    const struct script_event *event; /* that is being worked on */
    const char *script;               /* the name of the script that runs */
    uint64_t generation;    /* changes when a script's function returns; what it was given is dead then */
    postern_arena *work;    /* documents and their changes; until the next event */
    struct json_tape *tape; /* the event as the script that runs got it */
    postern_arena *outputs; /* finished lines, until script_runner_reset */
    struct buffer line;     /* a line that is being written */
    int anchors;            /* registry reference: table of the Lua values that documents hold */
    int anchor_count;
    uint64_t wrong_types, replaced_bytes;
    struct map_machine *machine; /* runs maps */
    /* Metatables, to recognise our own values quickly. */
    const void *view_type, *line_type, *number_type, *map_type, *list_type;
};

/* A part of an event as a script holds it: a full userdata. */
struct view {
    struct bridge *bridge;
    uint64_t generation;
    struct event_document *document;
    const struct json_node *node;      /* a container */
    const struct json_node *last_item; /* of a list: the element read last, so that walks do not start over */
    size_t last_index;
};

/* A finished line that a map made: a full userdata. */
struct line {
    uint64_t generation;
    postern_text text;
};

/* postern.number: the digits follow. */
struct number {
    size_t size;
    char digits[];
};

/* ---- The bridge itself (bridge.c) ---- */

/* A bridge over L; registers all that scripts see in the table on the top of the stack. Raises a Lua error if
 * memory is out: call it protected. `bridge` is zeroed before; bridge_free always works. */
void bridge_open(lua_State *L, struct bridge *bridge, size_t memory_limit);
void bridge_free(struct bridge *bridge);
/* Forgets the last event and all that hangs on it. May raise an error. */
void bridge_begin_event(lua_State *L, struct bridge *bridge);
/* A copy of the text among the outputs; raises an error if they are full. */
postern_text bridge_keep(lua_State *L, struct bridge *bridge, postern_text text);
/* Raises "not enough memory" as a limit that the event hit. */
_Noreturn void bridge_out_of_memory(lua_State *L);
static inline struct bridge *bridge_of_closure(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}
static inline int bridge_return_nil(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}
/* True if the value at `index` is a full userdata or table with that metatable. */
bool bridge_is(lua_State *L, int index, const void *type);
/* Adds functions that find the bridge with bridge_of_closure to the table on the top of the stack. */
void bridge_register(lua_State *L, struct bridge *bridge, const luaL_Reg *functions);

/* ---- Events (event_view.c, event_walk.c) ---- */

void event_view_open(lua_State *L, struct bridge *bridge); /* makes the metatable */
void view_push(lua_State *L, struct bridge *bridge, struct event_document *document,
               const struct json_node *node);
/* The view at `index`; raises an error if it is none or its event is over. */
struct view *view_check(lua_State *L, int index, struct bridge *bridge);
/* The view at `index` if it is one, NULL else; raises an error if its event is over. */
struct view *view_test(lua_State *L, int index, struct bridge *bridge);
/* Pushes what a script reads; JSON's null as postern.null. */
void value_push_kept(lua_State *L, struct view *view, struct event_value value);
/* A Lua value to be put into a document; raises an error for what JSON cannot say. */
struct event_value value_from_lua(lua_State *L, int index, struct view *view);
int view_pairs(lua_State *L);

/* ---- Finished lines, exact numbers (event_functions.c) ---- */

/* The text of the line at `index`; raises an error if its event is over. */
postern_text line_check(lua_State *L, int index, const struct bridge *bridge);
void line_push(lua_State *L, struct bridge *bridge, postern_text text);

/* ---- Writing (encode.c) ---- */

/* Appends a document as it is now, without line breaks. Raises an error that names the place if something in
 * it cannot be written. */
void encode_document(lua_State *L, struct bridge *bridge, const struct event_document *document,
                     const struct json_node *node, struct buffer *out);
/* The same for the Lua value at `index`: tables, events, lines, scalars. `what` begins the place: "event". */
void encode_lua_value(lua_State *L, struct bridge *bridge, int index, const char *what, struct buffer *out);

/* ---- ctx and functions (context.c, event_functions.c) ---- */

/* Pushes ctx, the same for all scripts and events of the bridge. `lookup` is the index of that function. */
void context_push(lua_State *L, struct bridge *bridge, int lookup);
/* Adds postern.has, raw, type ... to the table on the top of the stack. */
void event_functions_open(lua_State *L, struct bridge *bridge);

#endif
