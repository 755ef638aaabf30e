#include "script/test_case.h"

#include "base/text.h"
#include "script/event/encode.h"
#include <stdlib.h>

struct test_case_reader {
    lua_State *L;
    struct bridge *bridge;
    struct test_case *test;
};

static postern_text keep(const struct test_case_reader *reader, postern_text text)
{
    postern_text copy = arena_copy(reader->test->arena, text);
    if (!copy.data) luaL_error(reader->L, "the test is larger than the memory for scripts");
    return copy;
}

static postern_text text_at(const struct test_case_reader *reader, int index, const char *what)
{
    postern_text text = {0};
    if (lua_type(reader->L, index) != LUA_TSTRING)
        luaL_error(reader->L, "\"%s\" must be a text, not a %s", what, luaL_typename(reader->L, index));
    text.data = lua_tolstring(reader->L, index, &text.size);
    return keep(reader, text);
}

/* JSON text, or a Lua value written as such. */
static postern_text json_at(const struct test_case_reader *reader, int index, bool text_is_json,
                            const char *what)
{
    if (text_is_json && lua_type(reader->L, index) == LUA_TSTRING) return text_at(reader, index, what);
    struct buffer *line = &reader->bridge->line;
    size_t before = line->size;
    encode_lua_value(reader->L, reader->bridge, index, what, line);
    postern_text json = keep(reader, (postern_text){line->data + before, line->size - before});
    line->size = before;
    return json;
}

static int64_t integer_at(const struct test_case_reader *reader, const char *what)
{
    if (!lua_isinteger(reader->L, -1))
        luaL_error(reader->L, "\"%s\" must be whole milliseconds since 1970", what);
    return lua_tointeger(reader->L, -1);
}

static void read_context_field(const struct test_case_reader *reader, const char *name)
{
    struct script_event *event = &reader->test->event;
    const struct {
        const char *name;
        postern_text *text;
    } texts[] = {{"account", &event->account},
                 {"source", &event->source},
                 {"stream", &event->stream},
                 {"type", &event->type},
                 {"id", &event->id}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(name, texts[i].name) != 0) continue;
        *texts[i].text = text_at(reader, -1, name);
        return;
    }
    if (strcmp(name, "pipeline") == 0)
        event->pipeline = text_at(reader, -1, name).data;
    else if (strcmp(name, "received") == 0)
        event->received_ms = integer_at(reader, name);
    else if (strcmp(name, "time") == 0)
        event->time_ms = integer_at(reader, name);
    else if (strcmp(name, "replay") == 0)
        event->replay = lua_toboolean(reader->L, -1);
    else
        luaL_error(reader->L, "ctx has no \"%s\"", name);
}

static void read_context(const struct test_case_reader *reader)
{
    lua_State *L = reader->L;
    luaL_argexpected(L, lua_istable(L, -1), 1, "table for \"ctx\"");
    int table = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        read_context_field(reader, lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?");
}

static void read_matches(const struct test_case_reader *reader)
{
    lua_State *L = reader->L;
    struct test_case *test = reader->test;
    luaL_argexpected(L, lua_istable(L, -1), 1, "table for \"matches\"");
    int table = lua_gettop(L);
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        count++;
    test->matches = arena_allocate(test->arena, (count + 1) * sizeof *test->matches);
    if (!test->matches) bridge_out_of_memory(L);
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1)) {
        struct test_match *match = &test->matches[test->match_count++];
        match->path = text_at(reader, -2, "matches");
        match->json = json_at(reader, lua_gettop(L), false, match->path.data);
    }
}

static void read_field(const struct test_case_reader *reader, const char *name)
{
    lua_State *L = reader->L;
    struct test_case *test = reader->test;
    if (strcmp(name, "name") == 0) {
        test->name = text_at(reader, -1, name);
    } else if (strcmp(name, "input") == 0) {
        test->event.json = json_at(reader, lua_gettop(L), true, name);
    } else if (strcmp(name, "ctx") == 0) {
        read_context(reader);
        lua_settop(L, 3);
    } else if (strcmp(name, "expect") == 0) {
        test->has_expect = true;
        test->expect = json_at(reader, lua_gettop(L), true, name);
    } else if (strcmp(name, "line") == 0) {
        test->line = text_at(reader, -1, name);
    } else if (strcmp(name, "drops") == 0) {
        test->drops = lua_toboolean(L, -1);
        if (lua_type(L, -1) == LUA_TSTRING) test->drop_reason = text_at(reader, -1, name);
    } else if (strcmp(name, "fails") == 0) {
        test->fails = lua_type(L, -1) == LUA_TSTRING ? text_at(reader, -1, name) : TEXT("");
    } else if (strcmp(name, "matches") == 0) {
        read_matches(reader);
        lua_settop(L, 3);
    } else {
        luaL_error(L, "a test has no \"%s\"; it has name, input, ctx, expect, matches, line, drops, fails",
                   name);
    }
}

void test_case_read(lua_State *L, struct bridge *bridge, int index, struct test_case *test)
{
    struct test_case_reader reader = {L, bridge, test};
    if (!lua_istable(L, index)) luaL_error(L, "a test is a table { name = ..., input = ..., ... }");
    test->event.account = test->event.source = test->event.stream = TEXT("test");
    test->event.id = TEXT("00000000000000000000000000000000");
    test->event.pipeline = "test";
    test->event.received_ms = 1767225600000; /* 2026-01-01 */
    lua_pushvalue(L, index);
    lua_replace(L, 1);
    lua_settop(L, 1);
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1))
        read_field(&reader, lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?");
    if (!test->event.json.data) luaL_error(L, "the test has no input");
    int outcomes = (test->has_expect || test->matches) + (test->line.data != NULL) + test->drops +
                   (test->fails.data != NULL);
    if (outcomes != 1)
        luaL_error(L, "a test says one thing: expect and/or matches, or line, or drops, or fails");
}
