/* pairs(event): in the order of the source, then what was added, whatever is changed meanwhile. */
#include "script/event/view.h"

#include "sandbox/sandbox.h"
#include "script/event/handle.h"
#include "script/event/null.h"
#include "script/event/value.h"

/* State of one walk, a userdata that the iterator closes over. */
struct walk {
    struct document_walk members;
    size_t index; /* in a list */
};

static void push_key(lua_State *L, const struct event_document *document, const struct json_node *member,
                     const struct edit *edit)
{
    if (member)
        value_push_text(L, json_node_key(document->tape, member), member->flags & JSON_KEY_ESCAPED);
    else
        lua_pushlstring(L, edit->key.data ? edit->key.data : "", edit->key.size);
}

static int next_member(lua_State *L)
{
    struct view *view = view_check(L, lua_upvalueindex(3), bridge_of_closure(L));
    struct walk *walk = lua_touserdata(L, lua_upvalueindex(2));
    const struct json_node *member;
    struct edit *edit;
    sandbox_charge(L, 1);
    if (!document_walk_next(view->document, &walk->members, &member, &edit)) return script_return_nil(L);
    push_key(L, view->document, member, edit);
    value_push_kept(L, view, edit ? edit->value : (struct event_value){.kind = VALUE_NODE, .node = member});
    return 2;
}

static int next_element(lua_State *L)
{
    struct walk *walk = lua_touserdata(L, lua_upvalueindex(2));
    sandbox_charge(L, 1);
    lua_pushinteger(L, (lua_Integer)++walk->index);
    lua_pushvalue(L, -1);
    lua_gettable(L, lua_upvalueindex(3));
    if (lua_isnil(L, -1)) return 1;
    return 2;
}

int view_pairs(lua_State *L)
{
    struct bridge *bridge = bridge_of_closure(L);
    struct view *view = view_check(L, 1, bridge);
    lua_pushlightuserdata(L, bridge);
    struct walk *walk = lua_newuserdatauv(L, sizeof *walk, 0);
    walk->index = 0;
    bool is_list = view->node->type == POSTERN_JSON_ARRAY;
    if (!is_list) document_walk_begin(view->document, view->node, &walk->members);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, is_list ? next_element : next_member, 3);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}
