#include "config/reference.h"
#include <lauxlib.h>
#include <string.h>

#define METATABLE "secret reference"

const char *reference_kind_name(enum reference_kind kind)
{
    static const char *const names[] = {"env", "file", "vault"};
    return names[kind];
}

int calling_line(lua_State *L)
{
    lua_Debug activation;
    for (int level = 1; lua_getstack(L, level, &activation); level++) {
        lua_getinfo(L, "l", &activation);
        if (activation.currentline > 0) return activation.currentline;
    }
    return 0;
}

const struct reference *reference_at(lua_State *L, int index)
{
    return luaL_testudata(L, index, METATABLE);
}

/* Upvalue: the kind. */
static int make_reference(lua_State *L)
{
    enum reference_kind kind = (enum reference_kind)lua_tointeger(L, lua_upvalueindex(1));
    size_t size;
    if (lua_type(L, 1) != LUA_TSTRING)
        return luaL_error(L, "%s takes a text: %s \"NAME\"", reference_kind_name(kind),
                          reference_kind_name(kind));
    const char *name = lua_tolstring(L, 1, &size);
    if (size == 0 || strlen(name) != size) return luaL_error(L, "%s takes a name", reference_kind_name(kind));
    struct reference *reference = lua_newuserdatauv(L, sizeof(*reference), 1);
    *reference = (struct reference){.kind = kind, .line = calling_line(L), .name = name};
    lua_pushvalue(L, 1);
    lua_setiuservalue(L, -2, 1); /* keeps the name alive */
    luaL_setmetatable(L, METATABLE);
    return 1;
}

void reference_push_function(lua_State *L, enum reference_kind kind)
{
    lua_pushinteger(L, (lua_Integer)kind);
    lua_pushcclosure(L, make_reference, 1);
}

/* Whatever a script tries with a reference: printing, joining, comparing, computing, looking inside. */
static int refuse(lua_State *L)
{
    const struct reference *reference = reference_at(L, 1);
    if (!reference) reference = reference_at(L, 2);
    if (!reference) return luaL_error(L, "a secret cannot be used here");
    /* The caller may be a function of the library, or nobody (an error object): then where the reference was
     * made. */
    int line = calling_line(L);
    lua_pushfstring(L,
                    REFERENCE_CHUNK
                    ":%d: %s \"%s\" is a secret: it can be given to a setting, but not printed, "
                    "joined or compared",
                    line ? line : reference->line, reference_kind_name(reference->kind), reference->name);
    return lua_error(L);
}

void reference_open(lua_State *L)
{
    static const char *const events[] = {
        "__tostring", "__concat", "__index", "__newindex", "__call", "__len", "__eq",   "__lt",
        "__le",       "__add",    "__sub",   "__mul",      "__div",  "__mod", "__pow",  "__unm",
        "__idiv",     "__band",   "__bor",   "__bxor",     "__shl",  "__shr", "__bnot", "__pairs"};
    luaL_newmetatable(L, METATABLE);
    for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
        lua_pushcfunction(L, refuse);
        lua_setfield(L, -2, events[i]);
    }
    lua_pushliteral(L, "secret");
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}
