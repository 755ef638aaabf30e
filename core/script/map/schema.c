#include "script/map/schema.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map/compile.h"

/* ---- Reading ---- */

static void check_entry(struct compiler *compiler, int key, int value)
{
    lua_State *L = compiler->L;
    enum field_type type;
    bool is_list;
    sandbox_charge(L, 2);
    if (lua_type(L, key) != LUA_TSTRING || lua_type(L, value) != LUA_TSTRING)
        compile_error(compiler, "a schema is a table of targets and types: { [\"source.ip\"] = \"ip\" }");
    postern_text text;
    text.data = lua_tolstring(L, value, &text.size);
    if (field_type_read(text, &type, &is_list)) return;
    if (text.size > 2 && is_list) text.size -= 2;
    const char *near = text_nearest(text, field_type_names);
    compile_error(compiler, "the schema's type \"%.40s\" of \"%.80s\" is none%s%s%s", lua_tostring(L, value),
                  lua_tostring(L, key), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void check_table(struct compiler *compiler, int table)
{
    lua_State *L = compiler->L;
    if (!lua_istable(L, table)) compile_error(compiler, "a schema is a table, or a list of tables");
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        check_entry(compiler, lua_gettop(L) - 1, lua_gettop(L));
}

/* Adds what the table on the top of the stack has more than the schema. */
static void add_table(struct compiler *compiler)
{
    lua_State *L = compiler->L;
    int table = lua_gettop(L);
    check_table(compiler, table);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        sandbox_charge(L, 1);
        lua_pushvalue(L, table + 1);
        if (lua_rawget(L, compiler->schema) == LUA_TNIL) {
            lua_pushvalue(L, table + 1);
            lua_pushvalue(L, table + 2);
            lua_rawset(L, compiler->schema);
        }
        lua_pop(L, 1);
    }
}

/* A table alone is the schema itself. */
void schema_read(struct compiler *compiler, int index)
{
    lua_State *L = compiler->L;
    luaL_checkstack(L, 10, "map");
    index = lua_absindex(L, index);
    compiler->object = "";
    size_t tables = lua_istable(L, index) ? lua_rawlen(L, index) : 0;
    if (tables == 0) {
        check_table(compiler, index);
        compiler->schema = index;
        return;
    }
    lua_newtable(L);
    compiler->schema = lua_gettop(L);
    for (size_t i = 1; i <= tables; i++) {
        lua_rawgeti(L, index, (lua_Integer)i);
        add_table(compiler);
        lua_pop(L, 1);
    }
}

/* ---- Finding ---- */

/* What the schema itself says of a path. */
static bool look_up(struct compiler *compiler, postern_text path, struct schema_field *field)
{
    lua_State *L = compiler->L;
    sandbox_charge(L, 2);
    lua_pushlstring(L, path.data, path.size);
    bool is_there = lua_rawget(L, compiler->schema) == LUA_TSTRING;
    postern_text text = {"", 0};
    if (is_there) text.data = lua_tolstring(L, -1, &text.size);
    is_there = is_there && field_type_read(text, &field->type, &field->is_list);
    lua_pop(L, 1);
    return is_there;
}

static _Noreturn void refuse_unknown(struct compiler *compiler, postern_text path)
{
    lua_State *L = compiler->L;
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, compiler->schema); lua_pop(L, 1))
        count++;
    const char **names = compile_array(compiler, count + 1, sizeof *names), **name = names;
    for (lua_pushnil(L); lua_next(L, compiler->schema); lua_pop(L, 1))
        *name++ = lua_tostring(L, -2);
    sandbox_charge(L, (int64_t)count * 16);
    const char *near = text_nearest(path, names);
    compile_error(compiler, "the schema has no \"%.*s\"%s%s%s", path.size < 120 ? (int)path.size : 120,
                  path.data, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

/* Whether the path lies in a field that may hold anything. Fields above it are looked at as far as the object
 * at hand. */
static bool lies_in_free_field(struct compiler *compiler, postern_text path)
{
    size_t object = strlen(compiler->object);
    struct schema_field above = {0};
    postern_text name = path;
    for (;;) {
        const char *dot = memrchr(name.data, '.', name.size);
        if (!dot || (size_t)(dot - name.data) <= object) return false;
        name = text_slice(name.data, dot);
        if (!look_up(compiler, name, &above)) continue;
        const char *known = compile_copy(compiler, name).data;
        if (above.type == FIELD_ANY) return true;
        if (above.type == FIELD_OBJECT && above.is_list)
            compile_error(compiler,
                          "\"%.120s\" is a list of objects: write { \"%.120s\", list(object { ... }) }",
                          known, known);
        if (above.type != FIELD_OBJECT)
            compile_error(compiler,
                          "by the schema \"%.120s\" is of the type \"%s\", so nothing can lie in it", known,
                          field_type_names[above.type]);
        if (!schema_members(compiler, known)) return true;
    }
}

static postern_text full_path(struct compiler *compiler, postern_text path)
{
    postern_text object = text_of(compiler->object);
    if (object.size == 0) return compile_copy(compiler, path);
    char *full = compile_allocate(compiler, object.size + path.size + 2);
    char *at = mempcpy(full, object.data, object.size);
    *at++ = '.';
    memcpy(at, path.data, path.size);
    return (postern_text){full, object.size + path.size + 1};
}

const struct schema_field *schema_find(struct compiler *compiler, postern_text path)
{
    if (!compiler->schema || !compiler->object) return NULL;
    struct schema_field *field = compile_allocate(compiler, sizeof *field);
    path = full_path(compiler, path);
    if (lies_in_free_field(compiler, path)) return NULL;
    bool is_known = look_up(compiler, path, field);
    if (is_known && field->type != FIELD_OBJECT) return field;
    field->members = schema_members(compiler, path.data);
    if (!is_known && !field->members) refuse_unknown(compiler, path);
    field->type = FIELD_OBJECT;
    return field;
}

const char *schema_object(struct compiler *compiler, const struct schema_field *field, postern_text path)
{
    return field && field->members ? full_path(compiler, path).data : NULL;
}

/* ---- Binding ---- */

static const struct step *add_check(struct compiler *compiler, const struct step *input,
                                    const struct schema_field *field)
{
    struct step *step = compile_allocate(compiler, sizeof *step);
    const struct step **inputs = compile_allocate(compiler, sizeof *inputs);
    inputs[0] = input;
    *step = (struct step){.inputs = inputs, .input = input, .count = 1, .is_list = field->is_list};
    if (field->members) {
        step->operation = OPERATION_MEMBERS;
        step->members = field->members;
    } else {
        step->operation = OPERATION_FIT;
        step->part = (int)field->type;
    }
    map_finish_step(step);
    compile_site(compiler, step);
    compiler->step_count++;
    return step;
}

void schema_apply(struct compiler *compiler, const struct schema_field *field, struct map_target *target)
{
    if (!field || field->type == FIELD_ANY) {
        target->is_list = target->step->is_list;
        return;
    }
    if (!compile_fits(compiler, target->step, field)) target->step = add_check(compiler, target->step, field);
    target->is_list = field->is_list;
    target->is_single = !field->is_list;
    if (target->is_single)
        compile_site(compiler, target->step); /* for the words about what it has no place for */
}

void schema_check_rest(struct compiler *compiler, const struct schema_field *field)
{
    if (field && field->type != FIELD_ANY &&
        !(field->type == FIELD_OBJECT && !field->members && !field->is_list))
        compile_error(compiler, "rest() needs a field in which the schema lets anything be (\"any\")");
}
