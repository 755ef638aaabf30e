#include "script/event/context.h"

#include "base/fnv1a.h"
#include "base/log.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/wrong_values.h"

#define NOTE_OF_A_SCRIPT UINT64_MAX /* in place of the number of a map */

enum context_field { ACCOUNT, SOURCE, STREAM, TYPE, ID, PIPELINE, RECEIVED, TIME, REPLAY };

static void push_text(lua_State *L, postern_text text)
{
    lua_pushlstring(L, text.size ? text.data : "", text.size);
}

static void push_field(lua_State *L, const struct script_event *event, enum context_field field)
{
    switch (field) {
    case ACCOUNT:
        push_text(L, event->account);
        break;
    case SOURCE:
        push_text(L, event->source);
        break;
    case STREAM:
        push_text(L, event->stream);
        break;
    case TYPE:
        push_text(L, event->type);
        break;
    case ID:
        push_text(L, event->id);
        break;
    case PIPELINE:
        push_text(L, text_of(event->pipeline));
        break;
    case RECEIVED:
        lua_pushinteger(L, event->received_ms);
        break;
    case TIME:
        event->time_ms ? lua_pushinteger(L, event->time_ms) : lua_pushnil(L);
        break;
    case REPLAY:
        lua_pushboolean(L, event->replay);
        break;
    }
}

/* Upvalue 2: name → number of a field, or a function. */
static int context_index(lua_State *L)
{
    const struct bridge *bridge = bridge_of_closure(L);
    lua_settop(L, 2);
    lua_rawget(L, lua_upvalueindex(2));
    if (!lua_isinteger(L, -1)) return 1;
    if (!bridge->event) return luaL_error(L, "ctx is there only while an event is");
    push_field(L, bridge->event, (enum context_field)lua_tointeger(L, -1));
    return 1;
}

static int context_newindex(lua_State *L)
{
    return luaL_error(L, "ctx is read-only");
}

/* ctx.log(level, message) */
static int context_log(lua_State *L)
{
    static const char *const names[] = {"error", "warning", "info", "debug", NULL};
    static const int levels[] = {POSTERN_LOG_ERROR, POSTERN_LOG_WARNING, POSTERN_LOG_INFO, POSTERN_LOG_DEBUG};
    const struct bridge *bridge = bridge_of_closure(L);
    int level = luaL_checkoption(L, 1, NULL, names);
    postern_text message = {0};
    message.data = luaL_checklstring(L, 2, &message.size);
    sandbox_charge(L, 100);
    if (message.size > 2000) message.size = 2000;
    log_write(levels[level], bridge->script, "%.*s", TEXT_ARGS(message));
    return 0;
}

/* ctx.note(words): said once for all events of which it is true. */
static int context_note(lua_State *L)
{
    const struct bridge *bridge = bridge_of_closure(L);
    postern_text words = {0};
    words.data = luaL_checklstring(L, 1, &words.size);
    sandbox_charge(L, 100);
    if (!bridge->event) return luaL_error(L, "ctx.note is there only while an event is");
    if (!*bridge->wrong_values) *bridge->wrong_values = wrong_values_new();
    if (!*bridge->wrong_values) sandbox_out_of_memory(L);
    uint64_t hash = fnv1a(FNV1A_START, words);
    struct wrong_place place = {NOTE_OF_A_SCRIPT, (const void *)(uintptr_t)(hash | 1), 0};
    if (wrong_values_note_known(*bridge->wrong_values, place, (struct wrong_sample){0})) return 0;
    char text[WRONG_VALUE_WORDING];
    text_to_string(words, text, sizeof text);
    wrong_values_note(*bridge->wrong_values, place, text, "", (struct wrong_sample){0});
    if (!bridge->event->file) log_write(POSTERN_LOG_WARNING, bridge->script, "%s", text);
    return 0;
}

void context_push(lua_State *L, struct bridge *bridge, int lookup)
{
    static const char *const names[] = {[ACCOUNT] = "account",   [SOURCE] = "source", [STREAM] = "stream",
                                        [TYPE] = "type",         [ID] = "id",         [PIPELINE] = "pipeline",
                                        [RECEIVED] = "received", [TIME] = "time",     [REPLAY] = "replay"};
    lookup = lua_absindex(L, lookup);
    lua_newuserdatauv(L, 0, 0);
    lua_newtable(L); /* the metatable */
    lua_pushlightuserdata(L, bridge);
    lua_newtable(L); /* the names */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lua_pushinteger(L, (lua_Integer)i);
        lua_setfield(L, -2, names[i]);
    }
    bridge_register(L, bridge,
                    (const luaL_Reg[]){{"log", context_log}, {"note", context_note}, {NULL, NULL}});
    lua_pushvalue(L, lookup);
    lua_setfield(L, -2, "lookup");
    lua_pushcclosure(L, context_index, 2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, context_newindex);
    lua_setfield(L, -2, "__newindex");
    lua_pushliteral(L, "ctx");
    lua_setfield(L, -2, "__metatable");
    lua_pushliteral(L, "ctx");
    lua_setfield(L, -2, "__name");
    lua_setmetatable(L, -2);
}
