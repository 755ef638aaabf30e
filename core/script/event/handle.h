/* An event, or a part of one, as a script holds it. It is dead when the script's function has returned. */
#ifndef POSTERN_SCRIPT_EVENT_HANDLE_H
#define POSTERN_SCRIPT_EVENT_HANDLE_H

#include "script/event/bridge.h"
#include "script/event/document.h"

/* A full userdata. */
struct view {
    struct bridge *bridge;
    uint64_t generation;
    struct event_document *document;
    const struct json_node *node;      /* a container */
    const struct json_node *last_item; /* of a list: the element read last, so that walks do not start over */
    size_t last_index;
};

void view_push(lua_State *L, struct bridge *bridge, struct event_document *document,
               const struct json_node *node);
/* The view at `index`; raises an error if it is none or its event is over. */
struct view *view_check(lua_State *L, int index, struct bridge *bridge);
/* The view at `index` if it is one, NULL else; raises an error if its event is over. */
struct view *view_test(lua_State *L, int index, struct bridge *bridge);
/* In a metamethod: Lua calls it with a view as its first argument, and nobody else can reach it. */
struct view *view_self(lua_State *L);

#endif
