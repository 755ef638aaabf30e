/* What the parts of the sandbox share; nobody else includes this. */
#ifndef POSTERN_SANDBOX_STATE_H
#define POSTERN_SANDBOX_STATE_H

#include "base/allocator.h"
#include "sandbox/heap.h"
#include "sandbox/sandbox.h"
#include <lauxlib.h>
#include <signal.h>
#include <stdint.h>

enum overrun { OVERRUN_NONE, OVERRUN_TIME, OVERRUN_STEPS };

struct sandbox {
    lua_State *lua;
    struct heap heap;
    struct allocator allocator; /* counts in the heap (memory.c) */
    struct sandbox_limits limits;
    char scope[96]; /* for `print` */

    struct sandbox_unwinder unwinder; /* its functions are NULL if there is nothing beside Lua */
    int depth;                        /* of nested sandbox_call */
    uintptr_t stack;                  /* where C's stack was when the outermost began */
    volatile sig_atomic_t overrun;
    int64_t steps_left;
    struct buffer *traceback; /* where the current call wants it, or NULL */
    char place[160];          /* "path:line: " where time or steps ran out */
    char value_place[160];    /* the same where a value that is no text was raised */
    char memory_place[160];   /* the same for the last allocation that was refused */
    uint64_t random;          /* state of math.random */
    postern_text random_text; /* it is made of this yet, if there is any */
};

/* The call that runs in `sandbox` has had its time. Safe in a signal handler on the thread that runs it. */
void sandbox_interrupt(struct sandbox *sandbox);
/* The state of a call that is within its limits: no hook, or the one that polls. */
void limits_set_idle_hook(lua_State *L);
/* A heap's on_refusal; `owner` is the sandbox. */
void limits_note_refusal(void *owner);

static inline struct sandbox *sandbox_of_state(lua_State *L)
{
    return *(struct sandbox **)lua_getextraspace(L);
}

/* One step, as sandbox_charge(L, 1) but inline for inner loops. */
static inline void sandbox_step(struct sandbox *sandbox)
{
    if (__builtin_expect(--sandbox->steps_left < 0 || sandbox->overrun, 0)) sandbox_charge(sandbox->lua, 0);
}

/* What work on `bytes` bytes at the speed of memcpy costs. */
static inline int64_t sandbox_bytes_cost(size_t bytes)
{
    return (int64_t)(bytes / 64) + 1;
}

/* Lua knows no weak tables from here on. */
void weak_tables_off(lua_State *L);

/* Memory beside Lua (memory.c). */
void memory_open(struct sandbox *sandbox);
/* Lua's own words, which sandbox_out_of_memory raises as well. */
#define MEMORY_MESSAGE "not enough memory"

/* The libraries; each leaves its table on the stack (base: the table of globals). */
void library_base_open(lua_State *L);
void library_string_open(lua_State *L);
void library_table_open(lua_State *L);
void library_math_open(lua_State *L);

int library_pairs(lua_State *L); /* pairs in a fixed order */
int library_next(lua_State *L);
int library_rawset(lua_State *L); /* not into read-only tables */
int library_format(lua_State *L);
int library_find(lua_State *L);
int library_match(lua_State *L);
int library_gmatch(lua_State *L);
int library_gsub(lua_State *L);

/* Pushes a fresh environment for one script: empty, the globals of the state behind it. */
void environment_push(lua_State *L);
/* The metatable at `metatable`, whose __index is the real table, becomes that of a view: pairs shows the real
 * table and what lies in front of it. */
void read_only_open(lua_State *L, int metatable);
/* ... and of a view that cannot be changed: `refuse` answers assignments and has `name` as its upvalue. */
void read_only_close(lua_State *L, int metatable, lua_CFunction refuse, const char *name);

/* Argument: what was raised and is no text; returns it in words. */
int error_value_describe(lua_State *L);
/* Appends "path:line: in function ..." lines from `level` on; takes no memory from Lua. */
void traceback_write(lua_State *L, int level, struct buffer *out);
/* "path:line: " of the innermost Lua function, or "". */
void traceback_place(lua_State *L, char *place, size_t capacity);

#endif
