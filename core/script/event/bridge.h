/* Between C and one Lua state: what the functions that scripts see share. Owned by a script_state. */
#ifndef POSTERN_SCRIPT_EVENT_BRIDGE_H
#define POSTERN_SCRIPT_EVENT_BRIDGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/json_tape.h"
#include "base/keyed_hash.h"
#include "script/event/script_event.h"
#include <lauxlib.h>

struct map_machine;
struct lookup_files;
struct wrong_values;

/* All its memory counts against the scripts' limit. */
struct bridge {
    lua_State *L;
    struct sandbox *sandbox;
    size_t keep;                      /* bytes that each thing here may hold while it is idle */
    const struct script_event *event; /* that is being worked on */
    const char *script;               /* the name of the script that runs */
    const char *directory;            /* of that script: what it looks things up in lies below it */
    struct lookup_files *lookups;     /* NULL = none */
    uint64_t generation;    /* changes when a script's function returns; what it was given is dead then */
    postern_arena *work;    /* documents and their changes; until the next event */
    postern_arena *names;   /* of the tables that are being written; last in, first out */
    struct json_tape *tape; /* the event as the script that runs got it */
    postern_arena *outputs; /* finished lines, until script_runner_reset */
    size_t output_bytes;    /* of this event among them */
    struct buffer line;     /* a line that is being written */
    int context;            /* registry reference: ctx */
    int anchors;            /* registry reference: table of the Lua values that documents hold */
    int anchor_count;
    int view_metatable; /* registry reference: that of events, which is needed often */
    uint64_t wrong_types, replaced_bytes, renamed_members;
    struct wrong_values **wrong_values; /* the runner's; made at the first one */
    uint64_t maps_made;
    struct hash_key key; /* of tables of what events hold */
    bool is_unproven;    /* lines may hold what is not strict JSON (strict_line.h) */
    bool event_is_noted; /* the names on `tape` were looked at */
    struct json_tape **spare_tapes;
    size_t spare_tapes_taken, spare_tapes_made, spare_tapes_capacity;
    struct map_machine *machine; /* runs maps */
    /* Metatables, to recognise our own values quickly. */
    const void *view_type, *line_type, *number_type, *map_type, *list_type, *choice_type, *verdict_type;
};

/* What one call of a script's function leaves on the bridge until it is done: put back by bridge_rewind. */
struct bridge_mark {
    size_t tapes_taken, line_size;
    struct arena_mark names;
    uint64_t wrong_types, replaced_bytes;
    size_t wrong_values;
};
struct bridge_mark bridge_mark(const struct bridge *bridge);
/* As if what came behind the mark had not been; documents and their changes stay. */
void bridge_rewind(struct bridge *bridge, struct bridge_mark mark);
/* Room among the outputs. Raises an error if there is none. */
void *bridge_output(lua_State *L, struct bridge *bridge, size_t bytes);
/* A copy of the text among the outputs. */
postern_text bridge_keep(lua_State *L, struct bridge *bridge, postern_text text);
/* A spare tape: the caller's until bridge_return_tape, or the end of what it runs in. Last taken, first
 * returned. */
struct json_tape *bridge_take_tape(lua_State *L, struct bridge *bridge);
void bridge_return_tape(struct bridge *bridge);
/* All from number `taken` on. */
void bridge_return_tapes(struct bridge *bridge, size_t taken);
/* As json_parse, and json_parse_one_line if there is an arena for the copy; raises an error if memory is out.
 */
postern_status bridge_parse(lua_State *L, struct json_tape *tape, postern_text text, postern_arena *arena,
                            const struct json_node **root, postern_error *error);
/* What lies behind `before` in bridge->line has been read. */
void bridge_end_line(struct bridge *bridge, size_t before);
/* Forgets the last event. May raise an error. */
void bridge_begin_event(lua_State *L, struct bridge *bridge);
/* Nothing is in use any more but the outputs: what is idle is given back but for a little. */
void bridge_end_event(struct bridge *bridge);
/* Raises the error of a script that uses too much. */
_Noreturn void bridge_out_of_memory(lua_State *L);
static inline struct bridge *bridge_of_closure(lua_State *L)
{
    return lua_touserdata(L, lua_upvalueindex(1));
}
/* True if the value at `index` is a full userdata or table with that metatable. */
bool bridge_is(lua_State *L, int index, const void *type);
/* Makes a metatable, closed to scripts, that they see as `name`; `type` is a member of the bridge, and its
 * address the metatable's key in the registry. */
void bridge_open_type(lua_State *L, struct bridge *bridge, const char *name, const luaL_Reg *metamethods,
                      const void **type);
/* Gives the userdata on the top of the stack that metatable. */
static inline void bridge_set_type(lua_State *L, const void *const *type)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, type);
    lua_setmetatable(L, -2);
}
/* Adds functions that find the bridge with bridge_of_closure to the table on the top of the stack. */
void bridge_register(lua_State *L, struct bridge *bridge, const luaL_Reg *functions);

#endif
