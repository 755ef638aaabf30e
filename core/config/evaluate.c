/* Runs the configuration file: declarations and settings become plain data, mistakes become problems, and as
 * far as possible evaluation goes on behind them. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "config/document.h"
#include "config/reference.h"
#include "config/stand_in.h"
#include <lauxlib.h>
#include <stdlib.h>

#define NESTING_LIMIT 4
#define CHUNK         REFERENCE_CHUNK

struct evaluation {
    struct config_document *document;
    struct problems *problems;
};

static const struct kind {
    const char *name;
    bool is_named;
} kinds[] = {
    {"account", true},  {"source", true},  {"sink", true},    {"pipeline", true}, {"http", false},
    {"journal", false}, {"limits", false}, {"status", false}, {"notices", false},
};
#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

/* What of Lua's own a configuration may use. */
static const char *const lua_names[] = {"assert", "error",  "ipairs",   "next",     "pairs",
                                        "print",  "select", "tonumber", "tostring", "type",
                                        "string", "table",  "math",     "utf8"};
#define LUA_NAME_COUNT (sizeof(lua_names) / sizeof(*lua_names))

/* All names that can be read, for suggestions. */
static const char *const readable_names[] = {
    "account", "source", "sink",    "pipeline", "http",     "journal", "limits", "status",
    "env",     "file",   "vault",   "state",    "assert",   "error",   "ipairs", "next",
    "pairs",   "print",  "select",  "tonumber", "tostring", "type",    "string", "table",
    "math",    "utf8",   "modules", "notices",  NULL};
static const char *const setting_names[] = {"state", "modules", NULL};

static const char evaluation_key; /* its address is the key in Lua's registry */

static struct evaluation *evaluation_of(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &evaluation_key);
    struct evaluation *evaluation = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return evaluation;
}

static void *allocate(lua_State *L, size_t size)
{
    void *memory = arena_allocate(evaluation_of(L)->document->arena, size);
    if (!memory) luaL_error(L, "the configuration is too large");
    return memory;
}

static const char *copy_string(lua_State *L, int index, size_t *size)
{
    postern_text text;
    text.data = lua_tolstring(L, index, &text.size);
    char *copy = allocate(L, text.size + 1);
    memcpy(copy, text.data, text.size);
    if (size) *size = text.size;
    return copy;
}

/* ---- Lua values → plain data ---- */

static void convert(lua_State *L, int index, int depth, struct config_node *value);

static int compare_fields(const void *a, const void *b)
{
    return strcmp(((const struct config_field *)a)->key, ((const struct config_field *)b)->key);
}

static size_t count_entries(lua_State *L, int table)
{
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        count++;
    return count;
}

/* The entries of a table that have texts as keys, in the order of those; says how many there are. */
static size_t convert_fields(lua_State *L, int table, int depth, int line, struct config_field **fields)
{
    size_t count = 0, room = count_entries(L, table);
    if (room == 0) return 0;
    *fields = allocate(L, room * sizeof(**fields));
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) continue;
        struct config_field *field = &(*fields)[count++];
        field->key = copy_string(L, -2, NULL);
        field->line = line;
        convert(L, lua_gettop(L), depth, &field->value);
    }
    if (count) qsort(*fields, count, sizeof(**fields), compare_fields);
    return count;
}

static void convert_table(lua_State *L, int index, int depth, struct config_node *value)
{
    size_t length = (size_t)lua_rawlen(L, index);
    value->type = count_entries(L, index) == length ? VALUE_LIST : VALUE_TABLE;
    if (depth >= NESTING_LIMIT) return;
    if (value->type == VALUE_TABLE) {
        value->field_count = convert_fields(L, index, depth + 1, 0, &value->fields);
        return;
    }
    if (length == 0) return;
    value->items = allocate(L, length * sizeof(*value->items));
    value->count = length;
    for (size_t i = 0; i < length; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        convert(L, lua_gettop(L), depth + 1, &value->items[i]);
        lua_pop(L, 1);
    }
}

static void convert(lua_State *L, int index, int depth, struct config_node *value)
{
    luaL_checkstack(L, 8, NULL);
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        value->type = VALUE_BOOLEAN;
        value->boolean = lua_toboolean(L, index);
        return;
    case LUA_TNUMBER:
        value->type = lua_isinteger(L, index) ? VALUE_INTEGER : VALUE_NUMBER;
        value->integer = lua_tointeger(L, index);
        value->number = lua_tonumber(L, index);
        return;
    case LUA_TSTRING:
        value->type = VALUE_TEXT;
        value->text.data = copy_string(L, index, &value->text.size);
        return;
    case LUA_TTABLE:
        convert_table(L, index, depth, value);
        return;
    case LUA_TUSERDATA: {
        const struct reference *reference = reference_at(L, index);
        if (!reference) return; /* an unknown name, reported already */
        value->type = VALUE_REFERENCE;
        value->reference = *reference;
        lua_pushstring(L, reference->name);
        value->reference.name = copy_string(L, -1, NULL);
        lua_pop(L, 1);
        return;
    }
    default:
        value->type = VALUE_OTHER;
        return;
    }
}

/* ---- Declarations ---- */

static struct declaration *add_declaration(lua_State *L, const struct kind *kind, const char *name)
{
    struct evaluation *evaluation = evaluation_of(L);
    struct declaration *declaration = allocate(L, sizeof(*declaration));
    postern_text title =
        name ? arena_printf(evaluation->document->arena, "%s \"%s\"", kind->name, name) : text_of(kind->name);
    declaration->kind = kind->name;
    declaration->name = name;
    declaration->title = title.data ? title.data : kind->name;
    declaration->line = calling_line(L);
    if (evaluation->document->last)
        evaluation->document->last->next = declaration;
    else
        evaluation->document->first = declaration;
    evaluation->document->last = declaration;
    return declaration;
}

/* The table is at the bottom of the stack. */
static void note_missing_keys(lua_State *L, const struct declaration *declaration)
{
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TNUMBER)
            problem_at(evaluation_of(L)->problems, declaration->line,
                       "%s holds a value without a key; write key = value", declaration->title);
}

static void fill(lua_State *L, struct declaration *declaration)
{
    struct problems *problems = evaluation_of(L)->problems;
    if (lua_type(L, 1) != LUA_TTABLE) {
        problem_at(problems, declaration->line, "%s takes a table: %s { ... }", declaration->title,
                   declaration->title);
        return;
    }
    if (declaration->complete)
        problem_at(problems, calling_line(L), "%s is followed by two tables", declaration->title);
    declaration->complete = true;
    declaration->count = 0;
    lua_settop(L, 1);
    note_missing_keys(L, declaration);
    declaration->count = convert_fields(L, 1, 0, declaration->line, &declaration->fields);
}

/* account "acme" gave this function; it takes the { ... }. Upvalue: the declaration. */
static int complete_declaration(lua_State *L)
{
    fill(L, lua_touserdata(L, lua_upvalueindex(1)));
    return 0;
}

/* Upvalue: the kind. */
static int declare(lua_State *L)
{
    const struct kind *kind = lua_touserdata(L, lua_upvalueindex(1));
    if (!kind->is_named) {
        fill(L, add_declaration(L, kind, NULL));
        return 0;
    }
    if (lua_type(L, 1) != LUA_TSTRING) {
        problem_at(evaluation_of(L)->problems, calling_line(L),
                   "%s takes a name and a table: %s \"name\" { ... }", kind->name, kind->name);
        stand_in_push(L);
        return 1;
    }
    struct declaration *declaration = add_declaration(L, kind, copy_string(L, 1, NULL));
    lua_pushlightuserdata(L, declaration);
    lua_pushcclosure(L, complete_declaration, 1);
    return 1;
}

/* ---- Globals ---- */

/* Upvalue: the table of known names. An unknown one is a problem and gives a value with which evaluation goes
 * on. */
static int read_global(lua_State *L)
{
    struct evaluation *evaluation = evaluation_of(L);
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    if (strcmp(name, "state") == 0 || strcmp(name, "modules") == 0) return 1; /* not assigned yet: nil */
    static const char *const missing[] = {"os",      "io",        "require", "debug",
                                          "package", "coroutine", "load",    "dofile"};
    bool is_missing = false;
    for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
        is_missing |= strcmp(name, missing[i]) == 0;
    char near[SUGGESTION_SIZE];
    if (is_missing)
        problem_at(evaluation->problems, calling_line(L),
                   "\"%s\" is not offered: the configuration runs in a sandbox", name);
    else
        problem_at(evaluation->problems, calling_line(L), "unknown name \"%s\"%s", name,
                   suggestion(name, readable_names, near));
    stand_in_push(L);
    return 1;
}

static void assign_setting(lua_State *L, struct evaluation *evaluation, struct config_field *field)
{
    int line = calling_line(L);
    if (field->key)
        problem_at(evaluation->problems, line, "%s is set twice (first on line %d)", field->key, field->line);
    field->key = copy_string(L, 2, NULL);
    field->line = line;
    field->value = (struct config_node){.type = VALUE_UNKNOWN};
    convert(L, 3, 0, &field->value);
}

static bool is_kind(const char *name)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(name, kinds[i].name) == 0) return true;
    return false;
}

/* Upvalue: the table of known names. */
static int assign_global(lua_State *L)
{
    struct evaluation *evaluation = evaluation_of(L);
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    bool is_state = strcmp(name, "state") == 0, is_modules = strcmp(name, "modules") == 0;
    char near[SUGGESTION_SIZE];
    if (is_state)
        assign_setting(L, evaluation, &evaluation->document->state);
    else if (is_modules)
        assign_setting(L, evaluation, &evaluation->document->modules);
    else if (is_kind(name))
        problem_at(evaluation->problems, calling_line(L),
                   "%s is a declaration, not a variable; leave out the \"=\"", name);
    else if (suggestion(name, setting_names, near)[0])
        problem_at(evaluation->problems, calling_line(L), "unknown setting \"%s\"%s", name, near);
    else
        problem_at(evaluation->problems, calling_line(L),
                   "unknown setting \"%s\"; write \"local %s\" if it is a variable of your own", name, name);
    if (is_kind(name)) return 0;
    lua_settop(L, 3);
    lua_rawset(L, lua_upvalueindex(1)); /* reading it later is no second problem */
    return 0;
}

/* ---- The run ---- */

/* Pushes the environment of the file: an empty table in front of the known names. */
static void push_environment(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L); /* its metatable */
    lua_newtable(L); /* the known names */
    for (size_t i = 0; i < LUA_NAME_COUNT; i++) {
        lua_getglobal(L, lua_names[i]);
        lua_setfield(L, -2, lua_names[i]);
    }
    for (size_t i = 0; i < KIND_COUNT; i++) {
        lua_pushlightuserdata(L, (void *)(uintptr_t)&kinds[i]);
        lua_pushcclosure(L, declare, 1);
        lua_setfield(L, -2, kinds[i].name);
    }
    for (enum reference_kind kind = REFERENCE_ENV; kind <= REFERENCE_VAULT; kind++) {
        reference_push_function(L, kind);
        lua_setfield(L, -2, reference_kind_name(kind));
    }
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, read_global, 1);
    lua_setfield(L, -3, "__index");
    lua_pushcclosure(L, assign_global, 1);
    lua_setfield(L, -2, "__newindex");
    lua_setmetatable(L, -2);
}

/* (evaluation, chunk) → chunk with its environment */
static int prepare(lua_State *L)
{
    lua_pushvalue(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &evaluation_key);
    reference_open(L);
    stand_in_open(L);
    push_environment(L);
    lua_setupvalue(L, 2, 1);
    lua_settop(L, 2);
    return 1;
}

/* Takes "config:LINE: " off a message of Lua. */
static void note_error(struct problems *problems, const postern_error *error)
{
    const char *message = error->message;
    int line = 0;
    if (strncmp(message, CHUNK ":", sizeof(CHUNK)) == 0) {
        char *end;
        line = (int)strtol(message + sizeof(CHUNK), &end, 10);
        if (line > 0 && end[0] == ':' && end[1] == ' ')
            message = end + 2;
        else
            line = 0;
    }
    problem_at(problems, line, "%s", message);
}

bool document_read(struct config_document *document, const char *path, postern_text source,
                   struct problems *problems)
{
    struct evaluation evaluation = {document, problems};
    struct sandbox *sandbox = sandbox_new(&sandbox_default_limits, path);
    if (!sandbox) return false;
    lua_State *L = sandbox_lua(sandbox);
    postern_error error = ERROR_INIT;
    lua_pushcfunction(L, prepare);
    lua_pushlightuserdata(L, &evaluation);
    if (sandbox_load(sandbox, source, CHUNK, &error) < 0 || sandbox_call(sandbox, 2, 1, NULL, &error) < 0 ||
        sandbox_call(sandbox, 0, 0, NULL, &error) < 0)
        note_error(problems, &error);
    else
        document->evaluated = true;
    sandbox_free(sandbox);
    document_locate(document, source);
    return true;
}

const struct config_field *declaration_field(const struct declaration *declaration, const char *key)
{
    for (size_t i = 0; declaration && i < declaration->count; i++)
        if (strcmp(declaration->fields[i].key, key) == 0) return &declaration->fields[i];
    return NULL;
}

const struct declaration *document_find(const struct config_document *document, const char *kind)
{
    for (const struct declaration *d = document->first; d; d = d->next)
        if (strcmp(d->kind, kind) == 0) return d;
    return NULL;
}
