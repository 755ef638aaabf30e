/* Scripts that try to hang, fill or crash the process: each must end, soon, with words that say why. */
#include "../sanitized.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* ThreadSanitizer does not see the jumps of a Lua built with fortified longjmp and loses track after some
 * 10,000 errors on one thread. */
#define FEW_ERRORS      SANITIZED_THREADS
#define TIME            "the script ran longer than 100ms"
#define STEPS           "the script needed more than 5000000 steps"
#define MEMORY          "the script used more than 8.0 MiB of memory"
#define SECONDS_ALLOWED (SANITIZED ? 6.0 : 0.6)

static const struct sandbox_limits small_limits = {
    .memory_bytes = 8 << 20, .time_ms = 100, .instruction_limit = 5000000};
/* For what must run into another limit than time, however slow the machine is. */
static const struct sandbox_limits patient_limits = {
    .memory_bytes = 8 << 20, .time_ms = 60000, .instruction_limit = 5000000};

static double processor_seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static postern_status run(struct sandbox *sandbox, const char *source, struct buffer *traceback,
                          postern_error *error)
{
    postern_status status = sandbox_load(sandbox, text_of(source), "test.lua", error);
    return status < 0 ? status : sandbox_call(sandbox, 0, 0, traceback, error);
}

struct row {
    const char *name, *source;
    postern_status status;
    const char *message; /* part of it */
};

static const struct row rows[] = {
    /* Seven that other sandboxes let through. */
    {"caught overrun", "while true do pcall(function() while true do end end) end", POSTERN_E_LIMIT, TIME},
    {"finalizer", "setmetatable({}, {__gc = function() while true do end end})", POSTERN_E_INVALID,
     "test.lua:1: a metatable with __gc is not allowed here"},
    {"backtracking pattern", "string.find(('a'):rep(40000), ('.-'):rep(6) .. 'b')", POSTERN_E_LIMIT, STEPS},
    {"repeating nothing", "local s = string.rep('', 1 << 60) assert(s == '') error 'ended'",
     POSTERN_E_INVALID, "test.lua:1: ended"},
    {"moving nothing", "table.move({}, 1, 1 << 60, 2)", POSTERN_E_LIMIT, STEPS},
    {"insert under a lying length",
     "table.insert(setmetatable({}, {__len = function() return 1 << 60 end}), 1, 'x') error 'ended'",
     POSTERN_E_INVALID, "test.lua:1: ended"},
    {"remove under a lying length",
     "table.remove(setmetatable({}, {__len = function() return 1 << 60 end}), 1) error 'ended'",
     POSTERN_E_INVALID, "test.lua:1: ended"},
    {"bytecode", "load(string.dump(function() end))", POSTERN_E_INVALID,
     "attempt to call a nil value (field 'dump')"},
    /* Plain loops, and ways to survive them. */
    {"loop", "while true do end", POSTERN_E_LIMIT, "test.lua:1: " TIME},
    {"loop on line 3", "local x\n\nwhile true do x = 1 end", POSTERN_E_LIMIT, "test.lua:3: " TIME},
    {"xpcall with a hanging handler",
     "xpcall(function() while true do end end, function() while true do end end)", POSTERN_E_LIMIT, TIME},
    {"handler of an ordinary error hangs", "xpcall(error, function() while true do end end)", POSTERN_E_LIMIT,
     TIME},
    {"steps caught", "while true do pcall(string.find, ('a'):rep(40000), ('.-'):rep(6) .. 'b') end",
     POSTERN_E_LIMIT, STEPS},
    {"nested pcall", "local function f() pcall(f) pcall(f) end f()", POSTERN_E_LIMIT, TIME},
    {"goto", "::again:: goto again", POSTERN_E_LIMIT, TIME},
    {"recursion", "local function f() return f() + 1 end f()", POSTERN_E_LIMIT, MEMORY},
    {"tail calls", "local function f() return f() end f()", POSTERN_E_LIMIT, TIME},
    /* Metamethods in odd places. */
    {"close hangs", "local x <close> = setmetatable({}, {__close = function() while true do end end})",
     POSTERN_E_LIMIT, TIME},
    {"close hangs behind an error",
     "local x <close> = setmetatable({}, {__close = function() while true do end end}) error 'x'",
     POSTERN_E_LIMIT, TIME},
    {"close hangs behind an overrun",
     "local x <close> = setmetatable({}, {__close = function() while true do end end}) while true do end",
     POSTERN_E_LIMIT, TIME},
    {"tostring of an error hangs", "error(setmetatable({}, {__tostring = function() while true do end end}))",
     POSTERN_E_LIMIT, TIME},
    {"tostring of an error fails", "error(setmetatable({}, {__tostring = function() error {} end}))",
     POSTERN_E_INVALID, "an error object that cannot be shown as text"},
    {"tostring of an error is no text", "error(setmetatable({}, {__tostring = function() return {} end}))",
     POSTERN_E_INVALID, "'__tostring' must return a string"},
    {"comparison hangs",
     "local t = setmetatable({}, {__lt = function() while true do end end}) table.sort {t, t}",
     POSTERN_E_LIMIT, TIME},
    {"comparison lies",
     "local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() return true end) error 'ended'",
     POSTERN_E_INVALID, "ended"},
    {"pairs never ends",
     "for k in pairs(setmetatable({}, {__pairs = function() return function() return 1 end end})) do end",
     POSTERN_E_LIMIT, TIME},
    {"index of an index",
     "local t = {} for i = 1, 100 do t = setmetatable({}, {__index = t}) end while true do local _ = t.x end",
     POSTERN_E_LIMIT, TIME},
    /* Library functions with absurd arguments. */
    {"format with a wide field", "string.format('%99999s', 'x')", POSTERN_E_INVALID,
     "invalid conversion '%999' to 'format'"},
    {"format with a wide number", "string.format('%.9999f', 1)", POSTERN_E_INVALID,
     "invalid conversion '%.999' to 'format'"},
    {"huge repetition through a literal", "local s = ('x'):rep(1 << 40)", POSTERN_E_LIMIT,
     "test.lua:1: " MEMORY},
#if !FEW_ERRORS
    {"huge repetition, caught", "while true do pcall(string.rep, 'x', 1 << 40) end", POSTERN_E_LIMIT, TIME},
#endif
    {"replacing in a large text", "local s = ('a'):rep(1 << 20) while true do s:gsub('a', '%0') end",
     POSTERN_E_LIMIT, STEPS},
    {"replacing by a hanging function", "('aaa'):gsub('a', function() while true do end end)",
     POSTERN_E_LIMIT, TIME},
    {"growing replacement", "local s = ('a'):rep(100000) s = s:gsub('a', s)", POSTERN_E_LIMIT, MEMORY},
    {"balanced", "string.find(('('):rep(100000), '%b()')", POSTERN_E_LIMIT, STEPS},
    {"frontier with a long set", "string.find(('a'):rep(100000), '%f[' .. ('b'):rep(100000) .. ']')",
     POSTERN_E_LIMIT, STEPS},
    {"deep pattern", "string.find(('x'):rep(300), ('(x)'):rep(30) .. ('x?'):rep(1000))", POSTERN_E_INVALID,
     "pattern too complex"},
    {"many captures", "string.find('x', ('()'):rep(100))", POSTERN_E_INVALID, "too many captures"},
    {"concat of much", "local t = {} for i = 1, 100000 do t[i] = ('x'):rep(100) end table.concat(t)",
     POSTERN_E_LIMIT, MEMORY},
    {"concat of a range", "table.concat({}, '', 1, 1 << 60)", POSTERN_E_INVALID, "element 1 is a nil"},
    {"concat charged",
     "local s, t = ('x'):rep(100000), {} for i = 1, 10 do t[i] = s end while true do table.concat(t) end",
     POSTERN_E_LIMIT, "the script "},
    {"unpack of much", "table.unpack({}, 1, 1 << 60)", POSTERN_E_INVALID, "too many results to unpack"},
    {"unpack of all", "table.unpack({}, math.mininteger, math.maxinteger)", POSTERN_E_INVALID,
     "too many results to unpack"},
    {"next from the start each time",
     "local t = {} for i = 1, 100000 do t[i] = i end for k in next, t do end", POSTERN_E_LIMIT, STEPS},
    {"sorting equal long texts",
     "local s, t = ('x'):rep(1 << 20), {} for i = 1, 100000 do t[i] = s end table.sort(t)", POSTERN_E_LIMIT,
     STEPS},
    {"utf8", "local s = ('x'):rep(1 << 20) while true do utf8.len(s) end", POSTERN_E_LIMIT, TIME},
    /* Memory. */
    {"growing table", "local t = {}\nwhile true do t[#t + 1] = {} end", POSTERN_E_LIMIT,
     "test.lua:2: " MEMORY},
    {"growing text", "local s = 'x' while true do s = s .. s end", POSTERN_E_LIMIT, MEMORY},
    {"memory caught", "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
     POSTERN_E_LIMIT, TIME},
    /* Not there. */
    {"os", "os.exit(1)", POSTERN_E_INVALID, "attempt to index a nil value (global 'os')"},
    {"io", "io.open('/etc/passwd')", POSTERN_E_INVALID, "attempt to index a nil value (global 'io')"},
    {"require", "require 'x'", POSTERN_E_INVALID, "attempt to call a nil value (global 'require')"},
    {"coroutines", "coroutine.wrap(function() end)", POSTERN_E_INVALID,
     "attempt to index a nil value (global 'coroutine')"},
    {"debug", "debug.getregistry()", POSTERN_E_INVALID, "attempt to index a nil value (global 'debug')"},
    {"loadstring", "loadstring('x')", POSTERN_E_INVALID, "attempt to call a nil value (global 'loadstring')"},
    {"arithmetic on texts", "return '10' + 1", POSTERN_E_INVALID,
     "attempt to perform arithmetic on a string value"},
    {"minus on texts", "return -'10'", POSTERN_E_INVALID, "attempt to perform arithmetic on a string value"},
    {"string metatable", "getmetatable('').__index = nil", POSTERN_E_INVALID,
     "attempt to index a string value"},
    {"string metatable is text", "assert(getmetatable('') == 'protected') error 'ended'", POSTERN_E_INVALID,
     "ended"},
    {"syntax", "x = = 1", POSTERN_E_CONFIG, "test.lua:1: unexpected symbol near '='"},
    {"bytecode file", "\x1bLua", POSTERN_E_CONFIG, "attempt to load a binary chunk"},
};

static void test_rows(void **state)
{
    (void)state;
    struct sandbox *hasty = sandbox_new(&small_limits, "test"),
                   *patient = sandbox_new(&patient_limits, "test");
    assert_true(hasty && patient);
    size_t failures = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool by_time = strstr(rows[i].message, TIME) || strcmp(rows[i].message, "the script ") == 0;
        struct sandbox *sandbox = by_time ? hasty : patient;
        postern_error error = ERROR_INIT;
        double start = processor_seconds();
        postern_status status = run(sandbox, rows[i].source, NULL, &error);
        double seconds = processor_seconds() - start;
        bool as_expected = status == rows[i].status && strstr(error.message, rows[i].message) &&
                           seconds < SECONDS_ALLOWED && lua_gettop(sandbox_lua(sandbox)) == 0;
        if (as_expected) continue;
        failures++;
        print_error("%s: %s after %.3f s: %s (stack %d)\n", rows[i].name, status_name(status), seconds,
                    error.message, lua_gettop(sandbox_lua(sandbox)));
    }
    assert_int_equal(failures, 0);
    /* States that went through all this still work. */
    postern_error error = ERROR_INIT;
    const char *harmless = "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(i) end";
    assert_int_equal(run(hasty, harmless, NULL, &error), POSTERN_OK);
    assert_int_equal(run(patient, harmless, NULL, &error), POSTERN_OK);
    sandbox_free(hasty);
    sandbox_free(patient);
}

static void test_traceback(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_new(&small_limits, "test");
    struct buffer traceback = {.limit = 8192};
    postern_error error = ERROR_INIT;
    const char *source =
        "local function inner(x) return x.y.z end\nlocal function outer() inner {} return 1 end\nouter()";
    assert_int_equal(run(sandbox, source, &traceback, &error), POSTERN_E_INVALID);
    assert_string_equal(error.message, "test.lua:1: attempt to index a nil value (field 'y')");
    assert_string_equal(buffer_string(&traceback), "stack traceback:\n"
                                                   "  test.lua:1: in upvalue 'inner'\n"
                                                   "  test.lua:2: in local 'outer'\n"
                                                   "  test.lua:3: in the main chunk");
    /* Where time ran out, although pcall stood in between. */
    assert_int_equal(
        run(sandbox, "local function f()\n while true do end\nend\npcall(f)", &traceback, &error),
        POSTERN_E_LIMIT);
    assert_string_equal(error.message, "test.lua:2: " TIME);
    assert_non_null(strstr(buffer_string(&traceback), "\n  test.lua:2: in "));
    /* A deep stack is cut. */
    assert_int_equal(run(sandbox,
                         "local function f(n) if n == 0 then error 'deep' end f(n - 1) return 1 end f(1000)",
                         &traceback, &error),
                     POSTERN_E_INVALID);
    assert_non_null(strstr(buffer_string(&traceback), "levels left out)"));
    assert_true(traceback.size < 2000);
    buffer_free(&traceback);
    sandbox_free(sandbox);
}

/* Resident memory, KiB. */
static long resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (fscanf(file, "%ld %ld", &pages, &resident) != 2) resident = 0;
    fclose(file);
    return resident * 4;
}

/* 10,000 attempts of all kinds in one state, and states that come and go: memory stays. */
static void test_does_not_grow(void **state)
{
    (void)state;
#if FEW_ERRORS
    skip();
#endif
    static const char *const attempts[] = {
        "local t = {} while true do t[#t + 1] = {} end",
        "string.find(('a'):rep(4000), ('.-'):rep(6) .. 'b')",
        "local s = 'x' while true do s = s .. s end",
        "error(setmetatable({}, {__tostring = function() error {} end}))",
        "table.move({}, 1, 1 << 60, 2)",
        "local t = {} for i = 1, 20000 do t[i] = {i} end error 'x'",
        "local t = {} for i = 1, 20000 do t[i] = ('x'):rep(i % 300) .. i end error 'x'",
    };
    struct sandbox_limits limits = {.memory_bytes = 1 << 19, .time_ms = 10000, .instruction_limit = 20000};
    struct sandbox *sandbox = sandbox_new(&limits, "test");
    postern_error error = ERROR_INIT;
    long before = 0;
    for (int i = 0; i < 10000; i++) {
        if (i == 1000) before = resident_kib();
        assert_true(run(sandbox, attempts[i % 7], NULL, &error) < 0);
        if (i % 1000 == 0) {
            struct sandbox *other = sandbox_new(&limits, "other");
            assert_non_null(other);
            sandbox_free(other);
        }
    }
    size_t peak;
    assert_true(sandbox_memory(sandbox, &peak) <= 1 << 19);
    assert_true(peak <= (1 << 19) + 65536);
    if (!SANITIZED) assert_true(resident_kib() - before < 1024);
    sandbox_free(sandbox);
}

/* A call inside a call: the outer one goes on when the inner one has failed. */
static int call_inner(lua_State *L)
{
    postern_error error = ERROR_INIT;
    struct sandbox *inner = lua_touserdata(L, lua_upvalueindex(1));
    postern_status status = run(inner, "local x = nil + 1", NULL, &error);
    lua_pushinteger(L, status);
    lua_pushstring(L, error.message);
    return 2;
}

static void test_nested(void **state)
{
    (void)state;
    struct sandbox *outer = sandbox_new(&small_limits, "outer"), *inner = sandbox_new(&small_limits, "inner");
    lua_State *L = sandbox_lua(outer);
    lua_pushlightuserdata(L, inner);
    lua_pushcclosure(L, call_inner, 1);
    lua_setglobal(L, "inner");
    lua_pushlightuserdata(L, outer);
    lua_pushcclosure(L, call_inner, 1);
    lua_setglobal(L, "itself");
    postern_error error = ERROR_INIT;
    assert_int_equal(run(outer,
                         "for _, f in ipairs {inner, itself} do local status, message = f()\n"
                         "assert(status == -1 and message:find('arithmetic', 1, true), message) end",
                         NULL, &error),
                     POSTERN_OK);
    assert_int_equal(run(outer, "while true do inner() end", NULL, &error), POSTERN_E_LIMIT);
    assert_int_equal(run(outer, "return 1", NULL, &error), POSTERN_OK);
    sandbox_free(outer);
    sandbox_free(inner);
}

/* Threads that come and go: the watchdog ends the calls that hang and no others. */
static void *hang_and_work(void *argument)
{
    int *wrong = argument;
    sigset_t all;
    sigfillset(&all); /* as the program's own threads do */
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    struct sandbox *sandbox = sandbox_new(&small_limits, "thread");
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 200; i++) {
        bool hangs = i == 100;
        const char *source = hangs ? "while true do end" : "local n = 0 for i = 1, 10000 do n = n + i end";
        *wrong += run(sandbox, source, NULL, &error) != (hangs ? POSTERN_E_LIMIT : POSTERN_OK);
    }
    sandbox_free(sandbox);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        pthread_t threads[4];
        int wrong[4] = {0};
        for (int i = 0; i < 4; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, hang_and_work, &wrong[i]), 0);
        for (int i = 0; i < 4; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(wrong[i], 0);
        }
    }
}

/* A call behind a pause so long that the watchdog had gone to sleep. */
static void test_wakes_up(void **state)
{
    (void)state;
    struct sandbox *sandbox = sandbox_new(&small_limits, "test");
    postern_error error = ERROR_INIT;
    nanosleep(&(struct timespec){.tv_nsec = 800000000}, NULL); /* longer than it stays awake */
    assert_int_equal(run(sandbox, "while true do end", NULL, &error), POSTERN_E_LIMIT);
    sandbox_free(sandbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_traceback), cmocka_unit_test(test_does_not_grow),
        cmocka_unit_test(test_nested), cmocka_unit_test(test_threads),   cmocka_unit_test(test_wakes_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
