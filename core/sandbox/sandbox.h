/* A Lua state that cannot hurt: what scripts and the configuration run in.
 *
 * Memory, instructions and time are bounded; there is no io, os, debug, load, require of C, string.dump, no
 * arithmetic on texts, pairs walks tables in a fixed order; the string library is our own, with a step
 * counter. A state belongs to one thread at a time. */
#ifndef POSTERN_SANDBOX_SANDBOX_H
#define POSTERN_SANDBOX_SANDBOX_H

#include <lua.h>
#include <postern/module.h>

struct sandbox_limits {
    int64_t memory_bytes;      /* of the whole state and of what is held beside it; default 64 MiB */
    int64_t time_ms;           /* processor time for one call; default 1000 */
    int64_t instruction_limit; /* steps inside our C library functions (patterns, rep ...) for one call;
                                  default 50 M */
};
extern const struct sandbox_limits sandbox_default_limits;

struct sandbox;

/* A fresh state with the safe libraries; NULL if out of memory. `print` goes to the log under `scope`. */
struct sandbox *sandbox_new(const struct sandbox_limits *limits, const char *scope);
void sandbox_free(struct sandbox *sandbox);
lua_State *sandbox_lua(struct sandbox *sandbox);
/* The sandbox that a state belongs to. */
struct sandbox *sandbox_of(lua_State *L);

/* Compiles a text chunk (never bytecode) named after `path` and leaves the function on the stack; its first
 * upvalue is an environment of its own, with the state's globals as they are now behind it. On a syntax error
 * POSTERN_E_CONFIG, and *error holds "path:line: message" (Lua cuts a path of more than 59 bytes in front).
 */
postern_status sandbox_load(struct sandbox *sandbox, postern_text source, const char *path,
                            postern_error *error);

/* Memory that is held beside Lua for the scripts' sake counts against their limit as well. What cannot be had
 * although garbage was collected is refused: sandbox_out_of_memory then. */
struct allocator;
const struct allocator *sandbox_allocator(struct sandbox *sandbox);
/* For memory that comes from elsewhere. */
bool sandbox_reserve(struct sandbox *sandbox, size_t bytes);
void sandbox_release(struct sandbox *sandbox, size_t bytes);
/* Says why there is no more: "`who` more than 64 MiB of memory", or that the system has none. */
postern_status sandbox_describe_memory(const struct sandbox *sandbox, const char *who, postern_error *error);
/* Raises the error that Lua itself would raise. */
_Noreturn void sandbox_out_of_memory(lua_State *L);

/* lua_pcall under the limits, with a traceback: on failure nothing is left on the stack but `traceback` (if
 * not NULL) gets the text and *error the message. POSTERN_E_INVALID: the script raised an error;
 * POSTERN_E_LIMIT: it passed a limit; POSTERN_E_MEMORY: the system has no more. A script cannot catch running
 * out of time or steps: pcall inside it fails again, to the top. Calls nest; the limits are those of the
 * outermost. The memory limit holds only inside a call, so that the host may push its own values without
 * protection. */
struct buffer;
postern_status sandbox_call(struct sandbox *sandbox, int arguments, int results, struct buffer *traceback,
                            postern_error *error);
/* The same of a function that takes a light userdata and gives nothing. */
postern_status sandbox_call_function(struct sandbox *sandbox, lua_CFunction function, void *argument,
                                     struct buffer *traceback, postern_error *error);
/* Loads the chunk and runs it; leaves its environment and what it returned on the stack. A global that it
 * reads by name and that is not there then is POSTERN_E_CONFIG, "path:3: there is no variable "evnt", did you
 * mean "event"?": it may stand where nothing comes at first. After a failure nothing is left on the stack. */
postern_status sandbox_run(struct sandbox *sandbox, postern_text source, const char *path,
                           postern_error *error);
/* Puts a table that scripts cannot change in the place of the one on the top of the stack: reads, pairs and
 * calls go to it, assignments are errors that say `name`. */
void sandbox_make_read_only(lua_State *L, const char *name);
/* From here on no global can be set in the environment at `index` (a chunk's first upvalue), and one that is
 * not there cannot be read. */
void sandbox_seal_environment(lua_State *L, int index);
/* State beside Lua's that an error unwinds through: a script's pcall and xpcall note it before they call, and
 * put it back when they have caught an error. Neither may raise an error. */
#define SANDBOX_MARK_SIZE 128
struct sandbox_unwinder {
    void (*mark)(const void *owner, void *mark); /* writes at most SANDBOX_MARK_SIZE bytes */
    void (*unwind)(void *owner, const void *mark);
    void *owner;
};
void sandbox_set_unwinder(struct sandbox *sandbox, const struct sandbox_unwinder *unwinder);
/* Raises an error when a script has used up what it may of C's stack: for functions that call scripts or
 * themselves with much of their own on it. Lua counts such calls, but not how large they are. */
void sandbox_check_stack(lua_State *L);
/* Pays `steps` from inside C functions that loop; raises a Lua error when the limit is passed. */
void sandbox_charge(lua_State *L, int64_t steps);
/* As luaL_tolstring, but says only the type of tables, functions and the like: an address differs from run to
 * run, and is of use to attackers alone. */
const char *sandbox_tolstring(lua_State *L, int index, size_t *size);
/* Sets the state of math.random (0 in a fresh sandbox): from here on the numbers are the same for the same
 * seed. */
void sandbox_seed(struct sandbox *sandbox, uint64_t seed);
/* The same with a seed that is made of the text when the first number is drawn, as few scripts ever do. The
 * text must stay until the next seed is set. */
void sandbox_seed_of(struct sandbox *sandbox, postern_text text);
/* Another limit of processor time for the calls from here on. */
void sandbox_limit_time(struct sandbox *sandbox, int64_t time_ms);
/* Bytes in use now and at the most, those beside Lua included. */
size_t sandbox_memory(const struct sandbox *sandbox, size_t *peak);

#endif
