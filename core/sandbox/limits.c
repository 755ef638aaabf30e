/* What a call pays for its work, and how it is ended when it has used up what it may. */
#include "sandbox/state.h"
#include "sandbox/watchdog.h"
#include <stdlib.h>

#define STACK_LIMIT ((uintptr_t)2 << 20) /* bytes; a thread has four times as many */

const struct sandbox_limits sandbox_default_limits = {
    .memory_bytes = 64 << 20,
    .time_ms = 1000,
    .instruction_limit = 50000000,
};

/* Ends the call: what is raised here cannot be caught inside, because pcall looks at `overrun`
 * (library_base.c) and because the hook raises again at the next instruction. */
static _Noreturn void raise_overrun(lua_State *L)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    if (!sandbox->place[0]) {
        traceback_place(L, sandbox->place, sizeof(sandbox->place));
        if (sandbox->traceback) traceback_write(L, 0, sandbox->traceback);
    }
    /* The words are made in describe_failure, where they need no memory. On a full stack what is on its top
     * is as good as nil. */
    if (lua_checkstack(L, 1)) lua_pushnil(L);
    lua_error(L);
    abort();
}

static void overrun_hook(lua_State *L, lua_Debug *activation)
{
    (void)activation;
    raise_overrun(L);
}

#if WATCHDOG_POLLS
static void poll_hook(lua_State *L, lua_Debug *activation)
{
    (void)activation;
    if (watchdog_is_time_up()) sandbox_interrupt(sandbox_of_state(L));
}
#endif

void limits_set_idle_hook(lua_State *L)
{
#if WATCHDOG_POLLS
    lua_sethook(L, poll_hook, LUA_MASKCOUNT, 100);
#else
    lua_sethook(L, NULL, 0, 0);
#endif
}

static void set_overrun(struct sandbox *sandbox, enum overrun overrun)
{
    if (sandbox->overrun == OVERRUN_NONE) sandbox->overrun = (sig_atomic_t)overrun;
    lua_sethook(sandbox->lua, overrun_hook, LUA_MASKCOUNT, 1);
}

void sandbox_interrupt(struct sandbox *sandbox)
{
    set_overrun(sandbox, OVERRUN_TIME);
}

void sandbox_charge(lua_State *L, int64_t steps)
{
    struct sandbox *sandbox = sandbox_of_state(L);
    if (WATCHDOG_POLLS && watchdog_is_time_up()) sandbox_interrupt(sandbox);
    if (!sandbox->overrun && sandbox->steps_left >= steps) {
        sandbox->steps_left -= steps;
        return;
    }
    sandbox->steps_left = -1;
    if (sandbox->depth == 0) return; /* the host's own use of a library function */
    set_overrun(sandbox, OVERRUN_STEPS);
    raise_overrun(L);
}

void sandbox_check_stack(lua_State *L)
{
    const struct sandbox *sandbox = sandbox_of_state(L);
    uintptr_t here = (uintptr_t)__builtin_frame_address(0); /* it grows towards lower addresses */
    if (sandbox->depth > 0 && sandbox->stack - here > STACK_LIMIT) luaL_error(L, "C stack overflow");
}

/* Lua's structures are whole while it asks for memory, and reading them takes none. */
void limits_note_refusal(void *owner)
{
    struct sandbox *sandbox = owner;
    traceback_place(sandbox->lua, sandbox->memory_place, sizeof(sandbox->memory_place));
}
