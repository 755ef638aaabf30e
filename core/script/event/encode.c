/* Runs inside the script's protected call, because it raises errors.
 */
#include "script/event/encode.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/handle.h"
#include "script/event/line.h"
#include "script/event/null.h"
#include "script/event/number.h"
#include "script/event/strict_line.h"
#include <math.h>
#include <stdlib.h>

/* A container that is being written, and how far: names places in errors, and finds circles. */
struct crumb {
    const struct crumb *up;
    const void *container;
    postern_text key; /* data NULL: an element, number `index` */
    size_t index;
    int depth;
};

struct encoder {
    lua_State *L;
    struct bridge *bridge;
    struct buffer *out;
    const char *what;
};

static void encode_value(struct encoder *encoder, const struct crumb *up,
                         const struct event_document *document, struct event_value value);
static void encode_node(struct encoder *encoder, const struct crumb *up,
                        const struct event_document *document, const struct json_node *node);
static void encode_lua(struct encoder *encoder, const struct crumb *up, int index);

/* ---- Errors that name the place ---- */

static void write_path(struct buffer *path, const struct crumb *crumb)
{
    if (!crumb) return;
    write_path(path, crumb->up);
    if (crumb->key.data)
        buffer_printf(path, ".%.*s", TEXT_ARGS(crumb->key));
    else
        buffer_printf(path, "[%zu]", crumb->index + 1);
}

/* `up` is the container at whose current member or element the problem is. */
static _Noreturn void fail(struct encoder *encoder, const struct crumb *up, const char *problem)
{
    /* the path is made in the bridge's own buffer, which outlives the error */
    struct buffer *path = &encoder->bridge->line;
    size_t before = path->size;
    buffer_append_string(path, encoder->what);
    write_path(path, up);
    buffer_append_byte(path, '\0');
    if (path->failed) bridge_out_of_memory(encoder->L);
    lua_pushstring(encoder->L, path->data + before);
    path->size = before;
    luaL_error(encoder->L, "%s: %s", lua_tostring(encoder->L, -1), problem);
    abort();
}

/* A container is entered: checks depth and circles, pays for the work. */
static struct crumb enter(struct encoder *encoder, const struct crumb *up, const void *container)
{
    struct crumb crumb = {.up = up, .container = container, .depth = up ? up->depth + 1 : 1};
    sandbox_check_stack(encoder->L);
    sandbox_charge(encoder->L, 1);
    if (encoder->out->failed) bridge_out_of_memory(encoder->L);
    for (const struct crumb *outer = up; outer; outer = outer->up)
        if (outer->container == container) fail(encoder, up, "it contains itself");
    if (crumb.depth > JSON_DEPTH_LIMIT) fail(encoder, up, "nested too deeply");
    luaL_checkstack(encoder->L, 6, "nested too deeply");
    return crumb;
}

/* ---- Scalars ---- */

static void encode_text(struct encoder *encoder, postern_text text)
{
    if (text.size >= 256) sandbox_charge(encoder->L, (int64_t)(text.size / 16));
    if (encoder->out->failed) bridge_out_of_memory(encoder->L);
    encoder->bridge->replaced_bytes += json_write_string(encoder->out, text);
}

/* Names that differ in wrong bytes alone become the same. */
static void encode_name(struct encoder *encoder, postern_text name)
{
    uint64_t before = encoder->bridge->replaced_bytes;
    encode_text(encoder, name);
    if (encoder->bridge->replaced_bytes != before) encoder->bridge->is_unproven = true;
    buffer_append_byte(encoder->out, ':');
}

static void encode_real(struct encoder *encoder, const struct crumb *up, double real)
{
    if (json_write_real(encoder->out, real)) return;
    if (encoder->out->failed) bridge_out_of_memory(encoder->L);
    fail(encoder, up, isnan(real) ? "JSON has no NaN" : "JSON has no infinite numbers");
}

static void encode_boolean(struct encoder *encoder, bool boolean)
{
    buffer_append_text(encoder->out, boolean ? TEXT("true") : TEXT("false"));
}

/* ---- Documents ---- */

/* The last member of an object in front of a node that is inside of it, or right behind it. */
static const struct json_node *member_before(const struct json_tape *tape, const struct json_node *object,
                                             const struct json_node *node)
{
    const uint32_t parent = (uint32_t)(object - tape->nodes);
    for (node--; node->parent != parent;)
        node = tape->nodes + node->parent;
    return node;
}

/* The members of the source, each with a comma behind it. Unchanged ones that stand side by side are copied
 * together. */
static void encode_source_members(struct encoder *encoder, struct crumb *crumb,
                                  const struct event_document *document, const struct json_node *object)
{
    const struct json_tape *tape = document->tape;
    const struct json_node *member = json_node_first(object), *behind = json_node_behind(tape, object);
    while (member) {
        const struct json_node *changed = document_next_changed(document, member, behind);
        if (changed != member) {
            const struct json_node *last = member_before(tape, object, changed);
            buffer_append(encoder->out, tape->text + member->key_start - 1,
                          last->end - member->key_start + 1);
            buffer_append_byte(encoder->out, ',');
            member = json_node_after(tape, last);
            continue;
        }
        const struct edit *edit = document_edit(document, member);
        crumb->key = json_node_key(tape, member);
        if (!edit || edit->value.kind != VALUE_ABSENT) {
            buffer_append(encoder->out, crumb->key.data - 1, crumb->key.size + 2); /* with its quotes */
            buffer_append_byte(encoder->out, ':');
            encode_value(encoder, crumb, document,
                         edit ? edit->value : (struct event_value){.kind = VALUE_NODE, .node = member});
            buffer_append_byte(encoder->out, ',');
        }
        member = json_node_after(tape, member);
    }
}

static void encode_added_members(struct encoder *encoder, struct crumb *crumb,
                                 const struct event_document *document, const struct edit *added)
{
    for (; added; added = added->next) {
        if (added->value.kind == VALUE_ABSENT) continue;
        crumb->key = added->key.data ? added->key : TEXT("");
        encode_name(encoder, crumb->key);
        encode_value(encoder, crumb, document, added->value);
        buffer_append_byte(encoder->out, ',');
    }
}

static void encode_members(struct encoder *encoder, const struct crumb *up,
                           const struct event_document *document, const struct json_node *object)
{
    struct crumb crumb = enter(encoder, up, object);
    struct buffer *out = encoder->out;
    buffer_append_byte(out, '{');
    size_t begin = out->size;
    encode_source_members(encoder, &crumb, document, object);
    encode_added_members(encoder, &crumb, document, document_overlay(document, object)->added);
    if (out->failed) bridge_out_of_memory(encoder->L);
    if (out->size > begin) out->size--; /* the last comma */
    buffer_append_byte(out, '}');
}

static void encode_elements(struct encoder *encoder, const struct crumb *up,
                            const struct event_document *document, const struct json_node *list)
{
    struct crumb crumb = enter(encoder, up, list);
    const struct overlay *overlay = document_overlay(document, list);
    const struct json_node *item = json_node_first(list);
    size_t length = document_length(document, list);
    buffer_append_byte(encoder->out, '[');
    for (; crumb.index < length; crumb.index++) {
        if (crumb.index) buffer_append_byte(encoder->out, ',');
        if (overlay->elements) {
            encode_value(encoder, &crumb, document, overlay->elements[crumb.index]);
        } else {
            encode_node(encoder, &crumb, document, item);
            item = json_node_after(document->tape, item);
        }
    }
    buffer_append_byte(encoder->out, ']');
}

static void encode_node(struct encoder *encoder, const struct crumb *up,
                        const struct event_document *document, const struct json_node *node)
{
    if (!json_node_is_container(node) || !document_overlay(document, node))
        buffer_append_text(encoder->out, json_node_raw(document->tape, node));
    else if (node->type == POSTERN_JSON_OBJECT)
        encode_members(encoder, up, document, node);
    else
        encode_elements(encoder, up, document, node);
}

static void encode_value(struct encoder *encoder, const struct crumb *up,
                         const struct event_document *document, struct event_value value)
{
    switch (value.kind) {
    case VALUE_ABSENT:
    case VALUE_NULL:
        buffer_append_text(encoder->out, TEXT("null"));
        break;
    case VALUE_BOOLEAN:
        encode_boolean(encoder, value.boolean);
        break;
    case VALUE_INTEGER:
        json_write_integer(encoder->out, value.integer);
        break;
    case VALUE_REAL:
        encode_real(encoder, up, value.real);
        break;
    case VALUE_TEXT:
        encode_text(encoder, value.text);
        break;
    case VALUE_NODE:
        encode_node(encoder, up, document, value.node);
        break;
    case VALUE_LUA:
        lua_rawgeti(encoder->L, LUA_REGISTRYINDEX, encoder->bridge->anchors);
        lua_rawgeti(encoder->L, -1, value.anchor);
        encode_lua(encoder, up, lua_gettop(encoder->L));
        lua_pop(encoder->L, 2);
        break;
    }
}

/* ---- Lua tables ---- */

static int compare_texts(const void *left, const void *right)
{
    return text_compare(*(const postern_text *)left, *(const postern_text *)right);
}

/* How many keys, and whether they are those of a list: 1, 2, 3 ... */
static size_t count_keys(struct encoder *encoder, const struct crumb *up, int index, bool *is_list)
{
    lua_State *L = encoder->L;
    size_t length = lua_rawlen(L, index), texts = 0, numbers = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        lua_Integer place = lua_isinteger(L, -2) ? lua_tointeger(L, -2) : 0;
        if (place >= 1 && (size_t)place <= length)
            numbers++;
        else if (lua_type(L, -2) == LUA_TSTRING)
            texts++;
        else if (lua_type(L, -2) == LUA_TNUMBER)
            fail(encoder, up, "the numbers of a list must be 1, 2, 3 ... without holes; names must be texts");
        else
            fail(encoder, up, "the name of a field must be a text");
    }
    if (texts && numbers) fail(encoder, up, "a table is either a list or has named fields, not both");
    if (numbers < length) fail(encoder, up, "a list with holes; use postern.null for an empty place");
    *is_list = numbers > 0 || (!texts && bridge_is(L, index, encoder->bridge->list_type));
    return texts + numbers;
}

/* The names of the table's fields in a fixed order. They stay where they are while the table is not changed.
 */
static postern_text *sorted_keys(struct encoder *encoder, int index, size_t count)
{
    lua_State *L = encoder->L;
    postern_text *keys = arena_allocate_raw(encoder->bridge->names, count * sizeof *keys), *key = keys;
    if (!keys) bridge_out_of_memory(L);
    sandbox_charge(L, (int64_t)count * 8); /* the sorting */
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1), key++)
        key->data = lua_tolstring(L, -2, &key->size);
    qsort(keys, count, sizeof *keys, compare_texts);
    return keys;
}

static void encode_table(struct encoder *encoder, const struct crumb *up, int index)
{
    lua_State *L = encoder->L;
    struct crumb crumb = enter(encoder, up, lua_topointer(L, index));
    bool is_list;
    size_t count = count_keys(encoder, up, index, &is_list);
    sandbox_charge(L, (int64_t)count * 2);
    const postern_text *keys = is_list || !count ? NULL : sorted_keys(encoder, index, count);
    buffer_append_byte(encoder->out, is_list ? '[' : '{');
    for (; crumb.index < count; crumb.index++) {
        if (crumb.index) buffer_append_byte(encoder->out, ',');
        if (is_list) {
            lua_rawgeti(L, index, (lua_Integer)crumb.index + 1);
        } else {
            crumb.key = keys[crumb.index];
            encode_name(encoder, crumb.key);
            lua_pushlstring(L, crumb.key.data, crumb.key.size);
            lua_rawget(L, index);
        }
        encode_lua(encoder, &crumb, lua_gettop(L));
        lua_pop(L, 1);
    }
    buffer_append_byte(encoder->out, is_list ? ']' : '}');
}

static void encode_userdata(struct encoder *encoder, const struct crumb *up, int index)
{
    lua_State *L = encoder->L;
    struct bridge *bridge = encoder->bridge;
    const struct view *view = view_test(L, index, bridge);
    if (view) {
        strict_note_event(bridge);
        encode_node(encoder, up, view->document, view->node);
    } else if (bridge_is(L, index, bridge->line_type)) {
        struct script_output line = line_check(L, index, bridge);
        if (!line.is_json) fail(encoder, up, "a ready line (postern.line) cannot be a part of JSON");
        buffer_append_text(encoder->out, line.text);
    } else if (bridge_is(L, index, bridge->number_type)) {
        const struct number *number = lua_touserdata(L, index);
        buffer_append(encoder->out, number->digits, number->size);
    } else {
        fail(encoder, up, "this value cannot be written as JSON");
    }
}

static void encode_lua(struct encoder *encoder, const struct crumb *up, int index)
{
    lua_State *L = encoder->L;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        encode_boolean(encoder, lua_toboolean(L, index));
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            json_write_integer(encoder->out, lua_tointeger(L, index));
        else
            encode_real(encoder, up, lua_tonumber(L, index));
        break;
    case LUA_TSTRING: {
        postern_text text;
        text.data = lua_tolstring(L, index, &text.size);
        encode_text(encoder, text);
        break;
    }
    case LUA_TTABLE:
        encode_table(encoder, up, index);
        break;
    case LUA_TUSERDATA:
        encode_userdata(encoder, up, index);
        break;
    default:
        if (!script_is_nothing(L, index)) {
            lua_pushfstring(L, "a %s cannot be written as JSON", luaL_typename(L, index));
            fail(encoder, up, lua_tostring(L, -1));
        }
        buffer_append_text(encoder->out, TEXT("null"));
    }
}

/* ---- Entrances ---- */

void encode_document(lua_State *L, struct bridge *bridge, const struct event_document *document,
                     const struct json_node *node, struct buffer *out)
{
    struct encoder encoder = {L, bridge, out, "event"};
    struct arena_mark names = arena_mark(bridge->names);
    size_t before = out->size;
    encode_node(&encoder, NULL, document, node);
    if (out->failed) bridge_out_of_memory(L);
    arena_rewind(bridge->names, names, bridge->keep);
    if (out->size - before >= 4096) sandbox_charge(L, (int64_t)((out->size - before) / 64));
}

void encode_lua_value(lua_State *L, struct bridge *bridge, int index, const char *what, struct buffer *out)
{
    struct encoder encoder = {L, bridge, out, what};
    struct arena_mark names = arena_mark(bridge->names);
    encode_lua(&encoder, NULL, lua_absindex(L, index));
    if (out->failed) bridge_out_of_memory(L);
    arena_rewind(bridge->names, names, bridge->keep);
}
