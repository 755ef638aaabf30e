#include "script/map/expression.h"

#include "sandbox/sandbox.h"
#include "script/map/operators.h"

#define ARGUMENT_LIMIT 1000 /* of one expression */

/* Arguments, one letter each: e an expression (or constant), c a condition (no constant), x as e but no
 * boolean, o as x but for the last one, t a text, k a constant (text, number, boolean), v a constant or table
 * of them, n a number, f a function, T a table. Behind a letter: ? it may be missing, + there may be more of
 * it. A method's first argument is what stands before the colon. */
struct signature {
    const char *name;
    enum operation operation;
    const char *arguments;
};

static const struct signature constructors[] = {
    {"const", OPERATION_CONST, "v"},      {"field", OPERATION_FIELD, "t+"},
    {"meta", OPERATION_META, "t"},        {"given", OPERATION_GIVEN, "t"},
    {"original", OPERATION_ORIGINAL, ""}, {"rest", OPERATION_REST, ""},
    {"item", OPERATION_ITEM, "t?"},       {"first", OPERATION_FIRST, "o+"},
    {"list", OPERATION_LIST, "x+"},       {"concat", OPERATION_CONCAT, "x+"},
    {"join", OPERATION_JOIN, "tx+"},      {"when", OPERATION_WHEN, "cee?"},
    {"object", OPERATION_OBJECT, "T"},    {"call", OPERATION_CALL, "fe+"},
    {"all", OPERATION_ALL, "c+"},         {"any", OPERATION_ANY, "c+"},
    {"none", OPERATION_NONE, "c+"},       {NULL, 0, NULL},
};

static const struct signature methods[] = {
    {"without", OPERATION_WITHOUT, "et+"},
    {"objects", OPERATION_OBJECTS, "et+"},
    {"numbers", OPERATION_NUMBERS, "et+"},
    {"booleans", OPERATION_BOOLEANS, "et+"},
    {"each", OPERATION_EACH, "ee"},
    {"default", OPERATION_DEFAULT, "ee"},
    {"call", OPERATION_CALL, "ef"},
    {"copy", OPERATION_COPY, "e"},
    {"count", OPERATION_COUNT, "e"},
    {"lower", OPERATION_LOWER, "e"},
    {"upper", OPERATION_UPPER, "e"},
    {"trim", OPERATION_TRIM, "e"},
    {"unquote", OPERATION_UNQUOTE, "e"},
    {"replace", OPERATION_REPLACE, "ett"},
    {"before", OPERATION_BEFORE, "et"},
    {"after", OPERATION_AFTER, "et"},
    {"after_last", OPERATION_AFTER_LAST, "et"},
    {"sub", OPERATION_SUB, "enn?"},
    {"match", OPERATION_MATCH, "et"},
    {"split", OPERATION_SPLIT, "et"},
    {"names", OPERATION_NAMES, "et?"},
    {"text", OPERATION_TEXT, "e"},
    {"json", OPERATION_JSON, "et?"},
    {"email", OPERATION_EMAIL, "et"},
    {"url", OPERATION_URL, "et"},
    {"file_extension", OPERATION_FILE_EXTENSION, "e"},
    {"find", OPERATION_FIND, "et"},
    {"labels", OPERATION_LABELS, "eTT?"},
    {"piece", OPERATION_PIECE, "et"},
    {"unnamed", OPERATION_UNNAMED, "e"},
    {"prose", OPERATION_PROSE, "e"},
    {"integer", OPERATION_INTEGER, "e"},
    {"number", OPERATION_NUMBER, "e"},
    {"boolean", OPERATION_BOOLEAN, "e"},
    {"time", OPERATION_TIME, "et?"},
    {"format", OPERATION_FORMAT, "et"},
    {"ip", OPERATION_IP, "e"},
    {"domain", OPERATION_DOMAIN, "e"},
    {"host", OPERATION_HOST, "e"},
    {"port", OPERATION_PORT, "e"},
    {"size", OPERATION_SIZE, "e"},
    {"extension", OPERATION_EXTENSION, "e"},
    {"hash", OPERATION_HASH, "et?"},
    {"enum", OPERATION_ENUM, "eTv?"},
    {"lookup", OPERATION_LOOKUP, "ett?"},
    {"except", OPERATION_EXCEPT, "ek+"},
    {"exists", OPERATION_EXISTS, "e"},
    {"equals", OPERATION_EQUALS, "ee"},
    {"one_of", OPERATION_ONE_OF, "ek+"},
    {"contains", OPERATION_CONTAINS, "et"},
    {"starts_with", OPERATION_STARTS_WITH, "et"},
    {"ends_with", OPERATION_ENDS_WITH, "et"},
    {"matches", OPERATION_MATCHES, "et"},
    {"above", OPERATION_ABOVE, "en"},
    {"below", OPERATION_BELOW, "en"},
    {NULL, 0, NULL},
};

static const char expression_type = 0; /* its address is the metatable's place in the registry */

const char *map_operation_name(enum operation operation)
{
    for (const struct signature *row = constructors; row->name; row++)
        if (row->operation == operation) return row->name;
    for (const struct signature *row = methods; row->name; row++)
        if (row->operation == operation) return row->name;
    return "schema"; /* what no script writes */
}

const struct expression *map_expression_test(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &expression_type);
    bool is = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is ? lua_touserdata(L, index) : NULL;
}

static bool is_method(const struct signature *signature)
{
    return signature >= methods && signature < methods + sizeof methods / sizeof *methods;
}

static bool is_constant(int type)
{
    return type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TBOOLEAN;
}

/* What the argument must be instead, in words; NULL if nothing is wrong with it. */
static const char *check_argument(lua_State *L, int index, char letter, int *depth)
{
    int type = lua_type(L, index);
    const struct expression *expression = map_expression_test(L, index);
    switch (letter) {
    case 'c':
    case 'e':
    case 'o':
    case 'x':
        if (expression && expression->depth > *depth) *depth = expression->depth;
        if (letter == 'c') return expression ? NULL : "a condition";
        return expression || is_constant(type) ? NULL : "an expression or a constant";
    case 't':
        return type == LUA_TSTRING ? NULL : "a text";
    case 'k':
        return is_constant(type) ? NULL : "a constant (text, number or boolean)";
    case 'v':
        return is_constant(type) || type == LUA_TTABLE ? NULL : "a constant or a table of constants";
    case 'n':
        return type == LUA_TNUMBER ? NULL : "a number";
    case 'f':
        return type == LUA_TFUNCTION ? NULL : "a function";
    default:
        return type == LUA_TTABLE ? NULL : "a table";
    }
}

/* A boolean is what Lua makes of field "Act" == "Rej" and of not field "Act", whatever the event. */
static bool is_lost_condition(lua_State *L, int index, char letter)
{
    if (!lua_isboolean(L, index)) return false;
    return letter == 'c' || letter == 'x' || (letter == 'o' && index < lua_gettop(L));
}

/* Checks all arguments; returns the depth of the deepest expression among them. */
static int check_arguments(lua_State *L, const struct signature *signature)
{
    int count = lua_gettop(L), depth = 0, index = 1;
    for (const char *letter = signature->arguments; *letter; letter++) {
        bool optional = letter[1] == '?', repeated = letter[1] == '+';
        int least = optional ? 0 : 1, most = repeated ? count - index + 1 : 1, given = 0;
        for (; given < most && index <= count; given++, index++) {
            if (optional && lua_isnil(L, index)) continue;
            if (is_lost_condition(L, index, *letter))
                luaL_error(L,
                           "map: argument %d of %s is a plain %s, the same for every event: write "
                           "field(\"Act\"):equals \"Rej\" for field \"Act\" == \"Rej\", map.none(...) for "
                           "not, and map.const(%s) if that is meant",
                           index, signature->name, lua_toboolean(L, index) ? "true" : "false",
                           lua_toboolean(L, index) ? "true" : "false");
            const char *wanted = check_argument(L, index, *letter, &depth);
            if (wanted)
                luaL_error(L, "map: argument %d of %s must be %s, not %s",
                           is_method(signature) ? index - 1 : index, signature->name, wanted,
                           luaL_typename(L, index));
        }
        if (given < least) luaL_error(L, "map: %s needs more arguments", signature->name);
        if (optional || repeated) letter++;
    }
    if (index <= count) luaL_error(L, "map: too many arguments to %s", signature->name);
    return depth;
}

/* Upvalue 1: the signature. */
static int make_expression(lua_State *L)
{
    const struct signature *signature = lua_touserdata(L, lua_upvalueindex(1));
    if (is_method(signature) && lua_gettop(L) == 0)
        return luaL_error(L, "map: %s needs arguments (write ':' before a method, not '.')", signature->name);
    int depth = check_arguments(L, signature), count = lua_gettop(L);
    while (count > 0 && lua_isnil(L, count))
        count--;
    if (count > ARGUMENT_LIMIT) return luaL_error(L, "map: too many arguments to %s", signature->name);
    if (depth >= EXPRESSION_DEPTH_LIMIT) return luaL_error(L, "map: expressions are nested too deeply");
    struct expression *expression = lua_newuserdatauv(L, sizeof *expression, 1);
    *expression = (struct expression){signature->operation, count, depth + 1};
    lua_createtable(L, count, 0);
    for (int i = 1; i <= count; i++) {
        lua_pushvalue(L, i);
        lua_rawseti(L, -2, i);
    }
    lua_setiuservalue(L, -2, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &expression_type);
    lua_setmetatable(L, -2);
    map_operators_note(L);
    return 1;
}

static int show_expression(lua_State *L)
{
    const struct expression *expression = lua_touserdata(L, 1);
    lua_pushfstring(L, "map expression \"%s\"", map_operation_name(expression->operation));
    return 1;
}

static int no_such_field(lua_State *L)
{
    return luaL_error(L, "map: there is no method \"%s\"", sandbox_tolstring(L, 2, NULL));
}

static int not_callable(lua_State *L)
{
    return luaL_error(L, "map: an expression describes a value, it cannot be called or compared");
}

static int not_comparable(lua_State *L)
{
    return luaL_error(
        L, "map: == compares the descriptions, not the values: write field(\"Act\"):equals \"Rej\"");
}

static void register_all(lua_State *L, const struct signature *signatures)
{
    for (const struct signature *row = signatures; row->name; row++) {
        lua_pushlightuserdata(L, (void *)(uintptr_t)row);
        lua_pushcclosure(L, make_expression, 1);
        lua_setfield(L, -2, row->name);
    }
}

void map_expressions_open(lua_State *L, struct bridge *bridge)
{
    (void)bridge;
    lua_newtable(L); /* the metatable of expressions */
    lua_newtable(L); /* its methods */
    register_all(L, methods);
    lua_newtable(L); /* what happens for a name that is no method */
    lua_pushcfunction(L, no_such_field);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, show_expression);
    lua_setfield(L, -2, "__tostring");
    static const char *const refused[] = {"__call", "__lt",  "__le",      "__concat",
                                          "__len",  "__add", "__newindex"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        lua_pushcfunction(L, not_callable);
        lua_setfield(L, -2, refused[i]);
    }
    lua_pushcfunction(L, not_comparable);
    lua_setfield(L, -2, "__eq");
    lua_pushliteral(L, "map expression");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "map expression");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &expression_type);
    register_all(L, constructors);
}
