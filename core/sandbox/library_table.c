/* The table functions, bounded: lengths of tables are raw (a __len that lies sets nobody walking), every
 * element costs a step, and sort is a stable merge sort. Elements are read and written with metamethods, so
 * that the functions work on an event's lists as well. */
#include "sandbox/state.h"
#include <limits.h>

static void check_list(lua_State *L, int index)
{
    int type = lua_type(L, index);
    luaL_argexpected(L, type == LUA_TTABLE || type == LUA_TUSERDATA, index, "table");
}

/* A userdata's __len is the host's own. A raw length can be anything, too: that of a table with fields at all
 * powers of two is the largest integer. */
static lua_Integer list_length(lua_State *L, int index)
{
    check_list(L, index);
    lua_Integer length =
        lua_type(L, index) == LUA_TTABLE ? (lua_Integer)lua_rawlen(L, index) : luaL_len(L, index);
    luaL_argcheck(L, length >= 0 && length < LUA_MAXINTEGER, index, "a list of such a length cannot be");
    return length;
}

static int table_insert(lua_State *L)
{
    lua_Integer end = list_length(L, 1) + 1, position = end;
    int arguments = lua_gettop(L);
    if (arguments == 3) {
        position = luaL_checkinteger(L, 2);
        luaL_argcheck(L, position >= 1 && position <= end, 2, "position out of bounds");
        for (lua_Integer i = end; i > position; i--) {
            sandbox_charge(L, 1);
            lua_geti(L, 1, i - 1);
            lua_seti(L, 1, i);
        }
    } else if (arguments != 2) {
        return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, position);
    return 0;
}

static int table_remove(lua_State *L)
{
    lua_Integer size = list_length(L, 1);
    lua_Integer position = luaL_optinteger(L, 2, size);
    if (lua_gettop(L) > 1)
        luaL_argcheck(L, (position >= 1 && position <= size + 1) || (size == 0 && position == 0), 2,
                      "position out of bounds");
    lua_geti(L, 1, position);
    for (; position < size; position++) {
        sandbox_charge(L, 1);
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

/* table.move(from, first, last, to [, into]) */
static int table_move(lua_State *L)
{
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
    int into = lua_isnoneornil(L, 5) ? 1 : 5;
    check_list(L, 1);
    check_list(L, into);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        sandbox_charge(L, count);
        bool overlaps_ahead = to > first && to <= last && (into == 1 || lua_rawequal(L, 1, into));
        for (lua_Integer i = 0; i < count; i++) {
            lua_Integer offset = overlaps_ahead ? count - 1 - i : i;
            lua_geti(L, 1, first + offset);
            lua_seti(L, into, to + offset);
            sandbox_charge(L, 0);
        }
    }
    lua_pushvalue(L, into);
    return 1;
}

static int table_concat(lua_State *L)
{
    lua_Integer length = list_length(L, 1);
    size_t separator_size;
    const char *separator = luaL_optlstring(L, 2, "", &separator_size);
    lua_Integer first = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, length);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = first; i <= last; i++) {
        lua_geti(L, 1, i);
        if (!lua_isstring(L, -1))
            return luaL_error(L, "element %I is a %s, and table.concat joins only texts and numbers",
                              (LUAI_UACINT)i, luaL_typename(L, -1));
        sandbox_charge(L, sandbox_bytes_cost(lua_rawlen(L, -1) + separator_size));
        luaL_addvalue(&out);
        if (i == last) break; /* before i could overflow */
        luaL_addlstring(&out, separator, separator_size);
    }
    luaL_pushresult(&out);
    return 1;
}

static int table_pack(lua_State *L)
{
    int count = lua_gettop(L);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    for (int i = count; i >= 1; i--)
        lua_seti(L, 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L)
{
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = lua_isnoneornil(L, 3) ? list_length(L, 1) : luaL_checkinteger(L, 3);
    if (first > last) return 0;
    lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
    if (count >= INT_MAX || !lua_checkstack(L, (int)count + 1))
        return luaL_error(L, "too many results to unpack");
    sandbox_charge(L, (int64_t)count + 1);
    for (lua_Integer i = first; i < last; i++)
        lua_geti(L, 1, i);
    lua_geti(L, 1, last);
    return (int)count + 1;
}

/* ---- Sorting ---- */

#define SORT_LIST 1
#define SORT_LESS 2 /* the function, or nil */
#define SORT_FROM 3 /* working copies */
#define SORT_INTO 4

static int64_t comparison_cost(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING) return 2;
    size_t a = lua_rawlen(L, -1), b = lua_rawlen(L, -2);
    return 2 + sandbox_bytes_cost(a < b ? a : b);
}

/* Is element `b` of the working copy less than `a`? */
static bool is_less(lua_State *L, lua_Integer b, lua_Integer a)
{
    if (lua_isnil(L, SORT_LESS)) {
        lua_rawgeti(L, SORT_FROM, b);
        lua_rawgeti(L, SORT_FROM, a);
        sandbox_charge(L, comparison_cost(L));
        bool less = lua_compare(L, -2, -1, LUA_OPLT);
        lua_pop(L, 2);
        return less;
    }
    sandbox_charge(L, 2);
    lua_pushvalue(L, SORT_LESS);
    lua_rawgeti(L, SORT_FROM, b);
    lua_rawgeti(L, SORT_FROM, a);
    lua_call(L, 2, 1);
    bool less = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return less;
}

/* Merges the runs [from, middle) and [middle, until) of SORT_FROM into SORT_INTO. */
static void merge_runs(lua_State *L, lua_Integer from, lua_Integer middle, lua_Integer until)
{
    lua_Integer left = from, right = middle;
    for (lua_Integer i = from; i < until; i++) {
        bool take_right = right < until && (left >= middle || is_less(L, right, left));
        lua_rawgeti(L, SORT_FROM, take_right ? right++ : left++);
        lua_rawseti(L, SORT_INTO, i);
    }
}

static int table_sort(lua_State *L)
{
    lua_Integer length = list_length(L, 1);
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_argcheck(L, length < INT_MAX, 1, "too many elements to sort");
    sandbox_charge(L, length);
    lua_createtable(L, (int)length, 0);
    lua_createtable(L, (int)length, 0);
    for (lua_Integer i = 1; i <= length; i++) {
        lua_geti(L, SORT_LIST, i);
        lua_rawseti(L, SORT_FROM, i);
        sandbox_charge(L, 0);
    }
    for (lua_Integer width = 1; width < length; width *= 2) {
        for (lua_Integer from = 1; from <= length; from += 2 * width) {
            lua_Integer middle = from + width <= length ? from + width : length + 1;
            lua_Integer until = middle + width <= length ? middle + width : length + 1;
            merge_runs(L, from, middle, until);
        }
        lua_insert(L, SORT_FROM); /* what was merged into is merged from next */
    }
    for (lua_Integer i = 1; i <= length; i++) {
        lua_rawgeti(L, SORT_FROM, i);
        lua_seti(L, SORT_LIST, i);
        sandbox_charge(L, 0);
    }
    return 0;
}

void library_table_open(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"insert", table_insert}, {"remove", table_remove}, {"move", table_move}, {"concat", table_concat},
        {"pack", table_pack},     {"unpack", table_unpack}, {"sort", table_sort}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
