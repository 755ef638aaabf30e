/* What a script declares as a choice, checked when it is loaded. */
#include "script/choose/choice.h"

#include "base/text.h"
#include <stdlib.h>

#define CASES_LIMIT 10000 /* entries, which are user values: Lua has room for 65,535 */
#define NAMES_LIMIT 100000
#define NAME_SHOWN  80

#define WHAT_A_CASE_HAS "a map, a function, a choice, choose.keep or choose.drop(\"reason\")"

/* What is gathered in the first round, so that all fits into one userdata. */
struct sizes {
    size_t entries, names, path_names; /* of the path at most so many */
    size_t name_bytes;
};

static void fail_of_option(lua_State *L)
{
    if (lua_type(L, -2) == LUA_TSTRING)
        luaL_error(L,
                   "choose: there is no option \"%s\": there are by, field and other, and cases are written "
                   "{ \"name\", map }",
                   lua_tostring(L, -2));
    luaL_error(L, "choose: the list of cases has a hole, or something that is no option and no case");
}

static void check_options(lua_State *L, size_t entries)
{
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        if (lua_isinteger(L, -2) && lua_tointeger(L, -2) >= 1 && (size_t)lua_tointeger(L, -2) <= entries)
            continue;
        const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "";
        if (strcmp(name, "by") != 0 && strcmp(name, "field") != 0 && strcmp(name, "other") != 0)
            fail_of_option(L);
    }
}

/* Pushes option `name`. */
static int push_option(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    return lua_rawget(L, 1);
}

static enum choice_by read_by(lua_State *L)
{
    static const char *const names[] = {
        [BY_SOURCE] = "source", [BY_TYPE] = "type", [BY_STREAM] = "stream", [BY_ACCOUNT] = "account"};
    bool has_field = push_option(L, "field") != LUA_TNIL;
    int type = push_option(L, "by");
    if (has_field && type != LUA_TNIL)
        luaL_error(L, "choose: it goes by one thing: take out by or field, or put a choice into a case");
    if (has_field && lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "choose: field must be the name of a field, as in \"Act\" or \"a.b\", not a %s",
                   luaL_typename(L, -2));
    if (!has_field && type == LUA_TNIL)
        luaL_error(L,
                   "choose: it does not say by what: by = \"source\", \"type\", \"stream\" or \"account\", "
                   "or field = \"name\"");
    enum choice_by by = has_field ? BY_FIELD : BY_SOURCE;
    while (by < BY_FIELD && (type != LUA_TSTRING || strcmp(lua_tostring(L, -1), names[by]) != 0))
        by++;
    if (by == BY_FIELD && !has_field)
        luaL_error(L,
                   "choose: by must be \"source\", \"type\", \"stream\" or \"account\"; a field of the event "
                   "is named with field = \"name\"");
    lua_pop(L, 2);
    return by;
}

/* `who`: "the case \"siem\"", in front of what is said of it. */
static void check_value(lua_State *L, const struct bridge *bridge, const char *who)
{
    if (lua_iscfunction(L, -1))
        luaL_error(
            L,
            "choose: %s has a function of Postern's own; it needs a function(event, ctx) of yours, and "
            "drop is called: choose.drop(\"reason\")",
            who);
    if (choose_kind_of(L, bridge, lua_gettop(L)) != CHOOSE_NONE) return;
    luaL_error(L, "choose: %s must have " WHAT_A_CASE_HAS ", not a %s", who, luaL_typename(L, -1));
}

static void count_name(lua_State *L, struct sizes *sizes, size_t entry)
{
    postern_text name;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "choose: case %d must begin with a name or a list of names, not with a %s", (int)entry,
                   luaL_typename(L, -1));
    name.data = lua_tolstring(L, -1, &name.size);
    sizes->name_bytes += name.size;
    if (++sizes->names > NAMES_LIMIT) luaL_error(L, "choose: more than %d names", NAMES_LIMIT);
}

/* Entry number `entry` is on the top of the stack. */
static void check_entry(lua_State *L, const struct bridge *bridge, struct sizes *sizes, size_t entry)
{
    if (lua_type(L, -1) != LUA_TTABLE)
        luaL_error(L, "choose: case %d must be written { \"name\", map }, not as a %s", (int)entry,
                   luaL_typename(L, -1));
    char who[NAME_SHOWN + 32];
    snprintf(who, sizeof who, "case %zu", entry);
    if (lua_rawgeti(L, -1, 1) == LUA_TTABLE) {
        size_t count = lua_rawlen(L, -1);
        if (count == 0) luaL_error(L, "choose: case %d has an empty list of names", (int)entry);
        for (size_t i = 1; i <= count; i++) {
            lua_rawgeti(L, -1, (lua_Integer)i);
            count_name(L, sizes, entry);
            lua_pop(L, 1);
        }
    } else {
        count_name(L, sizes, entry);
        snprintf(who, sizeof who, "the case \"%.*s\"", NAME_SHOWN, lua_tostring(L, -1));
    }
    lua_rawgeti(L, -2, 2);
    check_value(L, bridge, who);
    if (lua_rawlen(L, -3) > 2) luaL_error(L, "choose: %s has more than names and one value", who);
    lua_pop(L, 2);
}

static struct sizes check(lua_State *L, const struct bridge *bridge)
{
    struct sizes sizes = {.entries = lua_rawlen(L, 1)};
    check_options(L, sizes.entries);
    if (sizes.entries == 0) luaL_error(L, "choose: it has no case: write { \"name\", map } for each");
    if (sizes.entries > CASES_LIMIT) luaL_error(L, "choose: more than %d cases", CASES_LIMIT);
    for (size_t i = 1; i <= sizes.entries; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i);
        check_entry(L, bridge, &sizes, i);
        lua_pop(L, 1);
    }
    if (push_option(L, "other") == LUA_TNIL)
        luaL_error(L, "choose: it does not say what becomes of an event that no case names: other = "
                      "choose.keep, or another " WHAT_A_CASE_HAS);
    check_value(L, bridge, "other");
    lua_pop(L, 1);
    if (push_option(L, "field") == LUA_TSTRING) {
        sizes.path_names = lua_rawlen(L, -1) + 1;
        sizes.name_bytes += lua_rawlen(L, -1);
    }
    lua_pop(L, 1);
    return sizes;
}

static postern_text copy_name(lua_State *L, char **room)
{
    size_t size;
    const char *name = lua_tolstring(L, -1, &size);
    postern_text copy = {memcpy(*room, name, size), size};
    *room += size;
    return copy;
}

static void add_case(lua_State *L, struct event_choice *choice, int value, char **room)
{
    choice->cases[choice->count++] = (struct choice_case){copy_name(L, room), value};
}

/* Takes it from the top of the stack; the choice is at index 2. */
static void set_value(lua_State *L, const struct bridge *bridge, struct event_choice *choice, int value)
{
    choice->kinds[value] = (uint8_t)choose_kind_of(L, bridge, lua_gettop(L));
    lua_setiuservalue(L, 2, value);
}

static void fill_cases(lua_State *L, const struct bridge *bridge, struct event_choice *choice, size_t entries,
                       char **room)
{
    for (int entry = 1; entry <= (int)entries; entry++) {
        lua_rawgeti(L, 1, entry);
        if (lua_rawgeti(L, -1, 1) == LUA_TTABLE) {
            for (lua_Integer i = 1, count = (lua_Integer)lua_rawlen(L, -1); i <= count; i++) {
                lua_rawgeti(L, -1, i);
                add_case(L, choice, entry, room);
                lua_pop(L, 1);
            }
        } else {
            add_case(L, choice, entry, room);
        }
        lua_rawgeti(L, -2, 2);
        set_value(L, bridge, choice, entry);
        lua_pop(L, 2);
    }
    choice->other = (int)entries + 1;
    push_option(L, "other");
    set_value(L, bridge, choice, choice->other);
}

static int by_name(const void *first, const void *second)
{
    const struct choice_case *a = first, *b = second;
    return text_compare(a->name, b->name);
}

static void sort_cases(lua_State *L, struct event_choice *choice)
{
    qsort(choice->cases, choice->count, sizeof *choice->cases, by_name);
    for (size_t i = 1; i < choice->count; i++)
        if (text_equal(choice->cases[i - 1].name, choice->cases[i].name)) {
            lua_pushlstring(L, choice->cases[i].name.data, choice->cases[i].name.size);
            luaL_error(L, "choose: there are two cases \"%s\"", lua_tostring(L, -1));
        }
}

/* "a.b" is on the top of the stack; its copy is taken apart. */
static void fill_path(lua_State *L, struct event_choice *choice, char **room)
{
    postern_text rest = copy_name(L, room);
    for (const char *end = rest.data + rest.size, *at = rest.data;; at++) {
        if (at < end && *at != '.') continue;
        postern_text name = text_slice(rest.data, at);
        if (name.size == 0 || memchr(name.data, '[', name.size))
            luaL_error(
                L, "choose: field must be names with dots between them, as in \"Act\" or \"a.b\", not \"%s\"",
                lua_tostring(L, -1));
        choice->path[choice->path_count++] = name;
        rest.data = at + 1;
        if (at == end) return;
    }
}

/* The choice with what belongs to it behind it: cases, path, kinds, and the bytes of the names. */
static struct event_choice *new_choice(lua_State *L, const struct sizes *sizes)
{
    size_t cases = sizes->names * sizeof(struct choice_case), path = sizes->path_names * sizeof(postern_text);
    size_t kinds = sizes->entries + 2, bytes = sizes->name_bytes;
    struct event_choice *choice =
        lua_newuserdatauv(L, sizeof *choice + cases + path + kinds + bytes, (int)sizes->entries + 1);
    memset(choice, 0, sizeof *choice);
    choice->path = (postern_text *)(void *)(choice->cases + sizes->names);
    choice->kinds = (uint8_t *)(choice->path + sizes->path_names);
    return choice;
}

void choice_declare(lua_State *L, struct bridge *bridge)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    enum choice_by by = read_by(L);
    struct sizes sizes = check(L, bridge);
    struct event_choice *choice = new_choice(L, &sizes);
    choice->by = by;
    char *room = (char *)(choice->kinds + sizes.entries + 2);
    fill_cases(L, bridge, choice, sizes.entries, &room);
    sort_cases(L, choice);
    if (by == BY_FIELD) {
        push_option(L, "field");
        fill_path(L, choice, &room);
        lua_pop(L, 1);
    }
}
