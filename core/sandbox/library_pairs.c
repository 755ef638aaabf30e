/* Walks over tables in an order that does not differ from run to run: numbers, then texts, then false and
 * true, each sorted; then other keys as they come. */
#include "base/text.h"
#include "sandbox/state.h"

/* What a key is ordered by. `text` is anchored by the list of keys. */
struct key {
    int rank;
    bool is_integer;
    lua_Integer integer;
    lua_Number number;
    postern_text text;
    lua_Integer position; /* in the list of keys */
};

enum { RANK_NUMBER, RANK_TEXT, RANK_BOOLEAN, RANK_OTHER };

static struct key key_at(lua_State *L, int index)
{
    struct key key = {.rank = RANK_OTHER};
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key.rank = RANK_NUMBER;
        key.is_integer = lua_isinteger(L, index);
        if (key.is_integer) key.integer = lua_tointeger(L, index);
        key.number = lua_tonumber(L, index);
        break;
    case LUA_TSTRING:
        key.rank = RANK_TEXT;
        key.text.data = lua_tolstring(L, index, &key.text.size);
        break;
    case LUA_TBOOLEAN:
        key.rank = RANK_BOOLEAN;
        key.integer = lua_toboolean(L, index);
        break;
    default:
        break;
    }
    return key;
}

static int compare_numbers(const struct key *a, const struct key *b)
{
    if (a->is_integer && b->is_integer) return (a->integer > b->integer) - (a->integer < b->integer);
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_keys(struct sandbox *sandbox, const struct key *a, const struct key *b)
{
    sandbox_step(sandbox);
    if (a->rank != b->rank) return a->rank - b->rank;
    if (a->rank == RANK_NUMBER) return compare_numbers(a, b);
    if (a->rank == RANK_BOOLEAN) return (int)(a->integer - b->integer);
    if (a->rank == RANK_OTHER) return 0;
    return text_compare(a->text, b->text);
}

/* Merges keys[from, middle) and keys[middle, until) by way of `spare`. */
static void merge(struct sandbox *sandbox, struct key *keys, struct key *spare, size_t from, size_t middle,
                  size_t until)
{
    if (middle >= until || compare_keys(sandbox, &keys[middle - 1], &keys[middle]) <= 0) return;
    size_t left = from, right = middle;
    for (size_t i = from; i < until; i++) {
        bool take_left =
            left < middle && (right >= until || compare_keys(sandbox, &keys[left], &keys[right]) <= 0);
        spare[i] = take_left ? keys[left++] : keys[right++];
    }
    memcpy(keys + from, spare + from, (until - from) * sizeof(*keys));
}

static void sort_keys(struct sandbox *sandbox, struct key *keys, struct key *spare, size_t count)
{
    for (size_t width = 1; width < count; width *= 2)
        for (size_t from = 0; from + width < count; from += 2 * width)
            merge(sandbox, keys, spare, from, from + width,
                  from + 2 * width < count ? from + 2 * width : count);
}

/* Pushes the list of the keys of the table at index 1, in the order they have inside. Returns how many. */
static lua_Integer push_keys(lua_State *L, bool *in_order)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    lua_Integer count = 0;
    *in_order = true;
    lua_newtable(L);
    int list = lua_gettop(L);
    lua_pushnil(L);
    struct key last = {0};
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        struct key key = key_at(L, -1);
        if (count > 0 && *in_order && compare_keys(sandbox, &last, &key) > 0) *in_order = false;
        last = key; /* its text stays anchored by the table */
        lua_rawseti(L, list, ++count);
        sandbox_charge(L, 2);
    }
    return count;
}

/* Puts the list at the top of the stack into order. */
static void order_list(lua_State *L, lua_Integer count)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    int list = lua_gettop(L);
    struct key *keys = lua_newuserdatauv(L, 2 * (size_t)count * sizeof(*keys), 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, list, i + 1);
        keys[i] = key_at(L, -1);
        keys[i].position = i + 1;
        lua_pop(L, 1);
    }
    sort_keys(sandbox, keys, keys + count, (size_t)count);
    lua_createtable(L, (int)count, 0);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, list, keys[i].position);
        lua_rawseti(L, -2, i + 1);
    }
    lua_replace(L, list);
    lua_settop(L, list);
}

/* Upvalues: the ordered keys, how many were handed out. Fields removed in the meantime are passed over. A
 * script holds this function and calls it with what it likes. */
static int walk(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_Integer done = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        if (lua_rawgeti(L, lua_upvalueindex(1), ++done) == LUA_TNIL) return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) break;
        lua_pop(L, 2);
        sandbox_charge(L, 1);
    }
    lua_pushinteger(L, done);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

int library_pairs(lua_State *L)
{
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    bool in_order;
    lua_Integer count = push_keys(L, &in_order);
    if (!in_order) order_list(L, count);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, walk, 2);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}

/* next in the same order. It looks at every key each time: meant for "is there anything", pairs is for walks.
 */
int library_next(lua_State *L)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    bool first = lua_isnil(L, 2);
    struct key after = key_at(L, 2);
    if (!first && after.rank == RANK_OTHER)
        return luaL_error(L, "next cannot go on behind a key that is a %s: use pairs", luaL_typename(L, 2));
    struct key best = {0};
    bool found = false;
    lua_pushnil(L); /* 3: the best key so far */
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        lua_pop(L, 1);
        struct key key = key_at(L, -1);
        if (!first && compare_keys(sandbox, &key, &after) <= 0) continue;
        if (found && compare_keys(sandbox, &key, &best) >= 0) continue;
        best = key;
        found = true;
        lua_copy(L, -1, 3);
    }
    if (!found) return lua_pushnil(L), 1;
    lua_settop(L, 3);
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}
