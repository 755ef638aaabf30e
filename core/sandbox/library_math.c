/* Lua's math with random numbers that are the same in every run. */
#include "base/fnv1a.h"
#include "sandbox/state.h"
#include <lualib.h>

void sandbox_seed(struct sandbox *sandbox, uint64_t seed)
{
    sandbox->random = seed;
    sandbox->random_text = (postern_text){0};
}

void sandbox_seed_of(struct sandbox *sandbox, postern_text text)
{
    sandbox->random_text = text;
}

/* splitmix64 */
static uint64_t next_random(struct sandbox *sandbox)
{
    if (sandbox->random_text.data) sandbox_seed(sandbox, fnv1a(FNV1A_START, sandbox->random_text));
    uint64_t z = sandbox->random += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Evenly in [0, bound]. */
static uint64_t random_up_to(struct sandbox *sandbox, uint64_t bound)
{
    if (bound == UINT64_MAX) return next_random(sandbox);
    uint64_t range = bound + 1, usable = UINT64_MAX - UINT64_MAX % range;
    for (;;) {
        uint64_t number = next_random(sandbox);
        if (number < usable) return number % range;
    }
}

/* random() in [0, 1), random(0) any integer, random(n) in [1, n], random(m, n) in [m, n]. */
static int math_random(lua_State *L)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    lua_Integer low = 1, high;
    switch (lua_gettop(L)) {
    case 0:
        lua_pushnumber(L, (lua_Number)(next_random(sandbox) >> 11) * 0x1p-53);
        return 1;
    case 1:
        high = luaL_checkinteger(L, 1);
        if (high == 0) {
            lua_pushinteger(L, (lua_Integer)next_random(sandbox));
            return 1;
        }
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default:
        return luaL_error(L, "wrong number of arguments");
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    uint64_t offset = random_up_to(sandbox, (uint64_t)high - (uint64_t)low);
    uint64_t number = (uint64_t)low + offset; /* wraps round as it must for negative bounds */
    lua_pushinteger(L, (lua_Integer)number);
    return 1;
}

void library_math_open(lua_State *L)
{
    lua_pushcfunction(L, luaopen_math);
    lua_call(L, 0, 1);
    lua_pushcfunction(L, math_random);
    lua_setfield(L, -2, "random");
    lua_pushnil(L);
    lua_setfield(L, -2, "randomseed");
}
