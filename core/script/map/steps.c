/* From expressions to steps. */
#include "script/map/compile.h"

#include "base/json_scan.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map/parts.h"
#include "script/map/run.h"
#include <stdlib.h>

/* How many of the first arguments are expressions; -1 = all. */
static int input_count(enum operation operation)
{
    switch (operation) {
    case OPERATION_CONST:
    case OPERATION_FIELD:
    case OPERATION_META:
    case OPERATION_GIVEN:
    case OPERATION_ORIGINAL:
    case OPERATION_ITEM:
    case OPERATION_OBJECT:
        return 0;
    case OPERATION_FIRST:
    case OPERATION_LIST:
    case OPERATION_CONCAT:
    case OPERATION_WHEN:
    case OPERATION_CALL: /* the function is taken out before */
    case OPERATION_ALL:
    case OPERATION_ANY:
    case OPERATION_NONE:
        return -1;
    case OPERATION_EACH:
    case OPERATION_DEFAULT:
        return 2;
    default:
        return 1;
    }
}

/* ---- Constants ---- */

static bool needs_no_escape(postern_text text)
{
    return json_find_special(text.data, text.data + text.size, false) == text.data + text.size &&
           text_is_utf8(text);
}

static struct map_value constant(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    if (lua_type(L, index) == LUA_TSTRING) {
        postern_text text = compile_text(compiler, index);
        return map_text_value(text, needs_no_escape(text) ? TEXT_CLEAN : TEXT_PLAIN, ORIGIN_NONE);
    }
    struct buffer *line = &compiler->bridge->line;
    size_t before = line->size;
    encode_lua_value(L, compiler->bridge, index, "constant", line);
    postern_text json = compile_copy(compiler, (postern_text){line->data + before, line->size - before});
    line->size = before;
    int type = json.data[0] == '{'                          ? POSTERN_JSON_OBJECT
               : json.data[0] == '['                        ? POSTERN_JSON_ARRAY
               : json.data[0] == 'n'                        ? POSTERN_JSON_NULL
               : json.data[0] == 't' || json.data[0] == 'f' ? POSTERN_JSON_BOOLEAN
                                                            : POSTERN_JSON_NUMBER;
    if (type == POSTERN_JSON_NULL) compile_error(compiler, "null cannot be a constant: leave the entry out");
    return map_json_value(json, type, ORIGIN_NONE);
}

const struct map_value *compile_constants(struct compiler *compiler, int index, size_t *count, bool *is_list)
{
    lua_State *L = compiler->L;
    index = lua_absindex(L, index);
    *is_list = lua_type(L, index) == LUA_TTABLE && lua_rawlen(L, index) > 0;
    *count = *is_list ? lua_rawlen(L, index) : 1;
    struct map_value *values = compile_allocate(compiler, *count * sizeof *values);
    for (size_t i = 0; i < *count; i++) {
        if (*is_list)
            lua_rawgeti(L, index, (lua_Integer)i + 1);
        else
            lua_pushvalue(L, index);
        values[i] = constant(compiler, lua_gettop(L));
        lua_pop(L, 1);
    }
    return values;
}

/* ---- Parameters ---- */

/* The expression being compiled: its arguments lie in the table at stack index `arguments`. */
struct map_call {
    struct compiler *compiler;
    const struct expression *expression;
    int arguments;
    struct step *step;
};

static void push_argument(const struct map_call *call, int number)
{
    lua_rawgeti(call->compiler->L, call->arguments, number);
}

static postern_text text_argument(const struct map_call *call, int number)
{
    push_argument(call, number);
    postern_text text = compile_text(call->compiler, -1);
    lua_pop(call->compiler->L, 1);
    return text;
}

static postern_text separator_argument(const struct map_call *call, int number)
{
    postern_text text = text_argument(call, number);
    if (text.size == 0)
        compile_error(call->compiler, "%s of an empty text", map_operation_name(call->expression->operation));
    return text;
}

/* The constants among the arguments from `number` on. */
static void read_constants(const struct map_call *call, int number)
{
    size_t count = (size_t)(call->expression->count - number + 1);
    struct map_value *values = compile_allocate(call->compiler, count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        push_argument(call, number + (int)i);
        values[i] = constant(call->compiler, lua_gettop(call->compiler->L));
        lua_pop(call->compiler->L, 1);
    }
    call->step->constants.values = values;
    call->step->constants.count = count;
}

/* "a.b.c"; `root`: a is a member of the event. */
static struct field_path read_path(struct compiler *compiler, postern_text text, bool root)
{
    struct field_path path = {.slot = MAP_NO_SLOT};
    postern_text *names = compile_allocate(compiler, (text.size / 2 + 1) * sizeof *names);
    const char *at = text.data, *end = text.data + text.size;
    for (bool first = root; at <= end; first = false) {
        const char *dot = memchr(at, '.', (size_t)(end - at));
        postern_text name = text_slice(at, dot ? dot : end);
        if (name.size == 0) compile_error(compiler, "a name is empty in the path \"%s\"", text.data);
        if (first)
            path.slot = compile_name(compiler, &compiler->fields, name);
        else
            names[path.count++] = name;
        at = dot ? dot + 1 : end + 1;
    }
    path.names = names;
    return path;
}

static void read_paths(const struct map_call *call, bool root)
{
    size_t count = (size_t)call->expression->count;
    struct field_path *paths = compile_allocate(call->compiler, (count + 1) * sizeof *paths);
    for (size_t i = 0; i < count; i++)
        paths[i] = read_path(call->compiler, text_argument(call, (int)i + 1), root);
    call->step->field.paths = paths;
    call->step->field.count = count;
}

static int part_argument(const struct map_call *call, int number, const char *const *names)
{
    if (number > call->expression->count) return 0;
    postern_text text = text_argument(call, number);
    for (int i = 0; names[i]; i++)
        if (text_is(text, names[i])) return i;
    const char *near = text_nearest(text, names);
    compile_error(call->compiler, "%s has no part \"%s\"%s%s%s",
                  map_operation_name(call->expression->operation), text.data, near ? "; did you mean \"" : "",
                  near ? near : "", near ? "\"?" : "");
}

static int compare_entries(const void *left, const void *right)
{
    const struct enum_entry *a = left, *b = right;
    return map_compare_texts(a->text, b->text);
}

static void read_enum(const struct map_call *call)
{
    struct compiler *compiler = call->compiler;
    struct enum_table *made = compile_allocate(compiler, sizeof *made);
    lua_State *L = compiler->L;
    bool is_list;
    push_argument(call, 2);
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        made->count++;
    struct enum_entry *entries = compile_allocate(compiler, (made->count + 1) * sizeof *entries),
                      *entry = entries;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1), entry++) {
        if (lua_type(L, -2) == LUA_TTABLE || lua_type(L, -2) == LUA_TUSERDATA)
            compile_error(compiler, "the keys of an enum are texts, numbers or booleans");
        entry->text = constant(compiler, lua_absindex(L, -2)).text;
        entry->values = compile_constants(compiler, -1, &entry->count, &is_list);
        call->step->is_list |= is_list;
    }
    lua_pop(L, 1);
    qsort(entries, made->count, sizeof *entries, compare_entries);
    made->entries = entries;
    made->has_fallback = call->expression->count >= 3;
    if (made->has_fallback) {
        push_argument(call, 3);
        made->fallback = compile_constants(compiler, -1, &made->fallback_count, &is_list);
        call->step->is_list |= is_list;
        lua_pop(L, 1);
    }
    call->step->table = made;
}

static void read_texts(const struct map_call *call)
{
    struct step_texts *texts = compile_allocate(call->compiler, sizeof *texts);
    texts->first = separator_argument(call, 2);
    if (call->expression->count >= 3) texts->second = text_argument(call, 3);
    call->step->texts = texts;
}

static void read_parameters(const struct map_call *call)
{
    struct compiler *compiler = call->compiler;
    struct step *step = call->step;
    lua_State *L = compiler->L;
    switch (call->expression->operation) {
    case OPERATION_CONST:
        push_argument(call, 1);
        step->constants.values = compile_constants(compiler, -1, &step->constants.count, &step->is_list);
        lua_pop(L, 1);
        break;
    case OPERATION_FIELD:
        read_paths(call, true);
        break;
    case OPERATION_ITEM:
        read_paths(call, false);
        break;
    case OPERATION_META:
        step->part = part_argument(call, 1, map_meta_names);
        break;
    case OPERATION_EMAIL:
        step->part = part_argument(call, 2, map_email_names);
        break;
    case OPERATION_URL:
        step->part = part_argument(call, 2, map_url_names);
        break;
    case OPERATION_TIME:
        step->part = part_argument(call, 2, map_time_names);
        break;
    case OPERATION_GIVEN:
        step->given = compile_name(compiler, &compiler->given, text_argument(call, 1));
        break;
    case OPERATION_REPLACE:
    case OPERATION_BEFORE:
    case OPERATION_AFTER:
    case OPERATION_AFTER_LAST:
    case OPERATION_SPLIT:
    case OPERATION_CONTAINS:
    case OPERATION_STARTS_WITH:
        read_texts(call);
        break;
    case OPERATION_EXCEPT:
    case OPERATION_EQUALS:
    case OPERATION_ONE_OF:
        read_constants(call, 2);
        break;
    case OPERATION_ENUM:
        read_enum(call);
        break;
    case OPERATION_ABOVE:
    case OPERATION_BELOW:
        push_argument(call, 2);
        step->number = lua_tonumber(L, -1);
        lua_pop(L, 1);
        break;
    case OPERATION_OBJECT:
        push_argument(call, 1);
        step->object = compile_targets(compiler, -1, false);
        lua_pop(L, 1);
        break;
    default:
        break;
    }
}

/* ---- Steps ---- */

/* An each gives its own items to its body, so that those do not make the whole another one each time. */
static void compile_inputs(const struct map_call *call)
{
    lua_State *L = call->compiler->L;
    int count = input_count(call->expression->operation);
    if (count < 0 || count > call->expression->count) count = call->expression->count;
    const struct step **inputs = compile_allocate(call->compiler, ((size_t)count + 1) * sizeof *inputs);
    struct step *step = call->step;
    size_t items_of_first = 0;
    for (int i = 1; i <= count; i++) {
        push_argument(call, i);
        if (step->operation == OPERATION_CALL && lua_type(L, -1) == LUA_TFUNCTION)
            step->function = compile_hold(call->compiler, lua_gettop(L));
        else
            inputs[step->count++] = compile_step(call->compiler, lua_gettop(L));
        lua_pop(L, 1);
        if (i == 1) items_of_first = call->compiler->item_count;
    }
    step->inputs = inputs;
    step->input = inputs[0];
    if (step->operation == OPERATION_EACH) call->compiler->item_count = items_of_first;
}

/* Whether the value is written as a list even if there is one of it. */
static bool gives_list(const struct step *step)
{
    if (step->operation == OPERATION_LIST || step->is_list) return true;
    if (step->operation == OPERATION_CONCAT || step->operation == OPERATION_CALL ||
        operation_is_condition(step->operation))
        return false;
    size_t first = step->operation == OPERATION_WHEN ? 1 : 0;
    size_t last = step->operation == OPERATION_EACH ? 1 : step->count;
    for (size_t i = first; i < last; i++)
        if (step->inputs[i]->is_list) return true;
    return false;
}

static const struct step *constant_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    int type = lua_type(L, index);
    if (type == LUA_TTABLE) compile_error(compiler, "write map.const { ... } for a table of constants");
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
        compile_error(compiler, "a %s is no expression", luaL_typename(L, index));
    struct step *step = compile_allocate(compiler, sizeof *step);
    step->operation = OPERATION_CONST;
    step->constants.values = compile_constants(compiler, index, &step->constants.count, &step->is_list);
    map_finish_step(step);
    return step;
}

/* The step of an expression that stands in the map before. Its values are then worked out once for each
 * event. */
static const struct step *known_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    lua_pushvalue(L, index);
    lua_rawget(L, compiler->known);
    struct step *step = lua_touserdata(L, -1);
    lua_pop(L, 1);
    bool is_cheap = step && (step->operation == OPERATION_FIELD || step->operation == OPERATION_CONST);
    if (step && !step->memo && !is_cheap) {
        step->memo = ++compiler->memo_count;
        step->evaluate = map_evaluate_once;
    }
    return step;
}

static void remember_step(struct compiler *compiler, int index, struct step *step)
{
    lua_State *L = compiler->L;
    lua_pushvalue(L, index);
    lua_pushlightuserdata(L, step);
    lua_rawset(L, compiler->known);
}

const struct step *compile_step(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    luaL_checkstack(L, 12, "map");
    sandbox_charge(L, 10);
    const struct expression *expression = map_expression_test(L, index);
    if (!expression) return constant_step(compiler, index);
    const struct step *known = known_step(compiler, index);
    if (known) return known;
    if (expression->operation == OPERATION_REST || expression->operation == OPERATION_WITHOUT)
        compile_error(compiler, "rest() stands alone: { \"target\", rest() }");
    struct step *step = compile_allocate(compiler, sizeof *step);
    step->operation = (uint8_t)expression->operation;
    size_t items_before = compiler->item_count;
    compiler->item_count += step->operation == OPERATION_ITEM;
    lua_getiuservalue(L, index, 1);
    struct map_call call = {compiler, expression, lua_gettop(L), step};
    compile_inputs(&call);
    read_parameters(&call);
    step->is_list = gives_list(step);
    map_finish_step(step);
    lua_settop(L, call.arguments - 1);
    if (compiler->item_count == items_before) remember_step(compiler, index, step);
    return step;
}

const struct step *compile_rest(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    const struct expression *expression = map_expression_test(L, index);
    if (!expression) return NULL;
    if (expression->operation != OPERATION_REST && expression->operation != OPERATION_WITHOUT) return NULL;
    struct step *step = compile_allocate(compiler, sizeof *step);
    step->operation = OPERATION_REST;
    if (expression->operation == OPERATION_REST) return step;
    lua_getiuservalue(L, index, 1);
    struct map_call call = {compiler, expression, lua_gettop(L), step};
    push_argument(&call, 1);
    const struct expression *rest = map_expression_test(L, -1);
    if (!rest || rest->operation != OPERATION_REST)
        compile_error(compiler, "without belongs to rest(): rest():without(\"name\")");
    uint32_t *slots = compile_allocate(compiler, (size_t)expression->count * sizeof *slots);
    for (int i = 2; i <= expression->count; i++)
        slots[i - 2] = compile_name(compiler, &compiler->fields, text_argument(&call, i));
    step->without.slots = slots;
    step->without.count = (size_t)expression->count - 1;
    lua_settop(L, call.arguments - 1);
    return step;
}
