#include "script/pieces.h"

#include "base/error.h"
#include "base/text.h"
#include "parse/one_line.h"
#include "sandbox/sandbox.h"
#include "script/event/encode.h"
#include "script/event/handle.h"
#include "script/event/line.h"
#include "script/event/strict_line.h"

void pieces_add(lua_State *L, struct bridge *bridge, struct pieces *pieces, struct script_output piece)
{
    if (pieces->count == 0) {
        pieces->first = piece;
        pieces->count = 1;
        return;
    }
    if (!pieces->all || pieces->count == pieces->capacity) {
        size_t capacity = pieces->count * 4;
        struct script_output *all = arena_allocate_raw(bridge->work, capacity * sizeof *all);
        if (!all) bridge_out_of_memory(L);
        memcpy(all, pieces->all ? pieces->all : &pieces->first, pieces->count * sizeof *all);
        pieces->all = all;
        pieces->capacity = capacity;
    }
    pieces->all[pieces->count++] = piece;
}

/* Takes what was written behind `before` out of bridge->line. */
static postern_text take_line(lua_State *L, struct bridge *bridge, size_t before)
{
    postern_text written = {bridge->line.data + before, bridge->line.size - before};
    postern_text kept = bridge_keep(L, bridge, written);
    bridge_end_line(bridge, before);
    return kept;
}

static postern_text piece_of_view(lua_State *L, struct bridge *bridge, const struct view *view,
                                  postern_text source)
{
    const struct event_document *document = view->document;
    strict_note_event(bridge);
    if (view->node == document->root && !document_is_edited(document)) return source;
    if (view->node->type != POSTERN_JSON_OBJECT) luaL_error(L, "the script returned a list inside a list");
    size_t before = bridge->line.size;
    encode_document(L, bridge, document, view->node, &bridge->line);
    return take_line(L, bridge, before);
}

/* A text that a script wrote itself: must be one JSON object. */
static postern_text piece_of_text(lua_State *L, struct bridge *bridge, int index)
{
    postern_text text;
    text.data = lua_tolstring(L, index, &text.size);
    postern_error error = ERROR_INIT;
    const struct json_node *root;
    sandbox_charge(L, (int64_t)(text.size / 16));
    struct json_tape *tape = bridge_take_tape(L, bridge);
    if (bridge_parse(L, tape, text, NULL, &root, &error) < 0)
        luaL_error(L, "the script returned a text that is %s", error.message);
    bool is_object = root->type == POSTERN_JSON_OBJECT;
    strict_note_text(bridge, tape);
    if (is_object) strict_note_names(bridge, tape, root);
    bridge_return_tape(bridge);
    if (!is_object) luaL_error(L, "the script returned a text that is JSON, but no object");
    text = bridge_keep(L, bridge, text_trim(text));
    return text_has_line_break(text) ? text_without_line_breaks(text, (char *)(uintptr_t)text.data) : text;
}

static postern_text piece_of_table(lua_State *L, struct bridge *bridge, int index)
{
    size_t before = bridge->line.size;
    encode_lua_value(L, bridge, index, "event", &bridge->line);
    return take_line(L, bridge, before);
}

static bool is_list(lua_State *L, const struct bridge *bridge, int index)
{
    if (lua_type(L, index) != LUA_TTABLE) return false;
    if (lua_rawlen(L, index) > 0 || bridge_is(L, index, bridge->list_type)) return true;
    lua_pushnil(L);
    if (!lua_next(L, index)) return true; /* {}: a list to which nothing was added */
    lua_pop(L, 2);
    return false;
}

static void add_json(lua_State *L, struct bridge *bridge, struct pieces *pieces, postern_text text)
{
    pieces_add(L, bridge, pieces, (struct script_output){text, true});
}

/* `view`: what lies at `index`, if it is one. */
static void add_one(lua_State *L, struct bridge *bridge, int index, const struct view *view,
                    postern_text source, struct pieces *pieces)
{
    if (view)
        add_json(L, bridge, pieces, piece_of_view(L, bridge, view, source));
    else if (lua_type(L, index) == LUA_TSTRING)
        add_json(L, bridge, pieces, piece_of_text(L, bridge, index));
    else if (bridge_is(L, index, bridge->line_type))
        pieces_add(L, bridge, pieces, line_check(L, index, bridge));
    else if (is_list(L, bridge, index))
        luaL_error(L, "the script returned a list inside a list");
    else if (lua_type(L, index) == LUA_TTABLE)
        add_json(L, bridge, pieces, piece_of_table(L, bridge, index));
    else
        luaL_error(
            L,
            "the script must return the event, a table, a line, a list of these, or nil to drop the event; "
            "it returned a %s",
            luaL_typename(L, index));
}

static void add_list(lua_State *L, struct bridge *bridge, int index, size_t length, postern_text source,
                     struct pieces *pieces)
{
    for (size_t i = 1; i <= length; i++) {
        sandbox_charge(L, 1);
        lua_geti(L, index, (lua_Integer)i);
        int item = lua_gettop(L);
        add_one(L, bridge, item, view_test(L, item, bridge), source, pieces);
        lua_pop(L, 1);
    }
}

void pieces_gather(lua_State *L, struct bridge *bridge, int index, postern_text source, struct pieces *pieces)
{
    const struct view *view = view_test(L, index, bridge);
    if (view && view->node->type == POSTERN_JSON_ARRAY)
        add_list(L, bridge, index, document_length(view->document, view->node), source, pieces);
    else if (!view && is_list(L, bridge, index))
        add_list(L, bridge, index, lua_rawlen(L, index), source, pieces);
    else
        add_one(L, bridge, index, view, source, pieces);
}
