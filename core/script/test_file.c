/* `postern test`: runs the cases that lie beside a script. */
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/text.h"
#include "parse/json_difference.h"
#include "script/event/wrong_values.h"
#include "script/runner.h"
#include "script/test_case.h"
#include <limits.h>
#include <sys/stat.h>

#define SUFFIX          "_test.lua"
#define TEST_TEXT_LIMIT ((size_t)8 << 20)
#define CASE_LIMIT      ((size_t)64 << 20) /* memory for one case */
#define INDENT          "    "

struct test_run {
    struct script_runner *runner;
    const char *directory;              /* of the script */
    struct neighbour_files *neighbours; /* that the test file takes */
    const char *file;                   /* name of the test file, without directories */
    struct buffer *report;
    struct json_tape *expected, *actual;
    bool failed; /* the case at hand */
};

/* ---- Judging one case ---- */

/* Begins the report of a case with its first problem. */
static void begin_failure(struct test_run *run, const struct test_case *test)
{
    if (run->failed) return;
    run->failed = true;
    show_into(run->report, "FAILED %s: \"%.*s\"\n", run->file, TEXT_ARGS(test->name));
}

static void __attribute__((format(printf, 3, 4)))
problem(struct test_run *run, const struct test_case *test, const char *format, ...)
{
    char message[1200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    begin_failure(run, test);
    show_into(run->report, INDENT "%s\n", message);
}

/* Writes the differences only if there are some. */
static void compare(struct test_run *run, const struct test_case *test, struct json_side expected,
                    struct json_side actual, const char *path)
{
    _cleanup_(buffer_free) struct buffer differences = {.limit = 1 << 20};
    if (json_difference(expected, actual, INDENT, path, &differences) == 0) return;
    begin_failure(run, test);
    buffer_append_text(run->report, buffer_text(&differences));
}

static bool parse_side(struct test_run *run, const struct test_case *test, struct json_tape *tape,
                       postern_text json, const char *what, struct json_side *side)
{
    postern_error error = ERROR_INIT;
    side->tape = tape;
    if (json_parse(tape, json, &side->node, &error) >= 0) return true;
    problem(run, test, "%s is %s", what, error.message);
    return false;
}

static bool parse_output(struct test_run *run, const struct test_case *test,
                         const struct script_output *output, struct json_side *side)
{
    if (output->is_json) return parse_side(run, test, run->actual, output->text, "the output", side);
    problem(run, test, "the output is a ready line, to be tested with line = \"...\": %.*s",
            TEXT_ARGS(output->text));
    return false;
}

static void judge_expected(struct test_run *run, const struct test_case *test,
                           const struct script_result *result)
{
    struct json_side expected, actual;
    if (!parse_side(run, test, run->expected, test->expect, "expect", &expected)) return;
    bool several = expected.node->type == POSTERN_JSON_ARRAY;
    size_t wanted = several ? json_count(expected.tape, expected.node) : 1;
    if (result->output_count != wanted)
        problem(run, test, "expected %zu event%s, got %zu", wanted, plural((int64_t)wanted),
                result->output_count);
    struct json_side one = {expected.tape,
                            several ? json_first(expected.tape, expected.node) : expected.node};
    for (size_t i = 0; i < result->output_count && one.node; i++) {
        char path[32];
        snprintf(path, sizeof path, "event %zu", i + 1);
        if (!parse_output(run, test, &result->outputs[i], &actual)) return;
        compare(run, test, one, actual, several ? path : "");
        one.node = several ? json_after(one.tape, one.node) : NULL;
    }
}

static void judge_matches(struct test_run *run, const struct test_case *test,
                          const struct script_result *result)
{
    struct json_side root;
    if (!parse_output(run, test, &result->outputs[0], &root)) return;
    for (size_t i = 0; i < test->match_count; i++) {
        const struct test_match *match = &test->matches[i];
        struct json_side expected, actual = json_follow(root, match->path);
        if (!parse_side(run, test, run->expected, match->json, "matches", &expected)) continue;
        if (expected.node->type == POSTERN_JSON_NULL) expected.node = NULL;
        if (actual.node && actual.node->type == POSTERN_JSON_NULL && !expected.node) actual.node = NULL;
        if (expected.node || actual.node) compare(run, test, expected, actual, match->path.data);
    }
}

static void judge_line(struct test_run *run, const struct test_case *test, const struct script_result *result)
{
    const struct script_output *output = &result->outputs[0];
    if (result->output_count != 1)
        problem(run, test, "expected one ready line, got %zu outputs", result->output_count);
    else if (output->is_json)
        problem(run, test, "expected a ready line (postern.line), got JSON: %.*s", TEXT_ARGS(output->text));
    else if (!text_equal(output->text, test->line))
        problem(run, test, "expected the line %.*s, got %.*s", TEXT_ARGS(test->line),
                TEXT_ARGS(output->text));
}

static void judge(struct test_run *run, const struct test_case *test, const struct script_result *result)
{
    if (result->verdict == SCRIPT_FAILED) {
        if (!test->fails.data)
            problem(run, test, "the script failed: %s", result->error.message);
        else if (!strstr(result->error.message, test->fails.data))
            problem(run, test, "expected an error with \"%.*s\", got: %s", TEXT_ARGS(test->fails),
                    result->error.message);
    } else if (test->fails.data) {
        problem(run, test, "expected an error with \"%.*s\", but the script did not fail",
                TEXT_ARGS(test->fails));
    } else if (result->verdict == SCRIPT_DROPPED) {
        if (!test->drops)
            problem(run, test, "the event was dropped: \"%.*s\"", TEXT_ARGS(result->reason));
        else if (test->drop_reason.data && !text_equal(test->drop_reason, result->reason))
            problem(run, test, "expected to be dropped with \"%.*s\", got \"%.*s\"",
                    TEXT_ARGS(test->drop_reason), TEXT_ARGS(result->reason));
    } else if (test->drops) {
        problem(run, test, "expected to be dropped, got %.*s", TEXT_ARGS(result->outputs[0].text));
    } else {
        if (test->line.data) judge_line(run, test, result);
        if (test->has_expect) judge_expected(run, test, result);
        if (test->matches) judge_matches(run, test, result);
    }
}

/* What its maps could not read, and what its scripts noted: likely why a case failed. */
static void tell_notes(struct test_run *run, const struct wrong_values *values)
{
    for (size_t i = 0; values && i < wrong_values_count(values); i++) {
        const struct wrong_value *note = wrong_values_at(values, i);
        if (note->events == 0) continue;
        show_into(run->report, INDENT "noted: %s", note->words);
        if (note->map[0]) show_into(run->report, ": %s (map at %s)", note->value, note->map);
        show_into(run->report, "\n");
    }
}

/* ---- The cases of a file ---- */

/* Arguments: the table of cases, a number, the struct test_case, the bridge. */
static int read_case(lua_State *L)
{
    lua_Integer number = lua_tointeger(L, 2);
    struct test_case *test = lua_touserdata(L, 3);
    struct bridge *bridge = lua_touserdata(L, 4);
    lua_geti(L, 1, number);
    test_case_read(L, bridge, -1, test);
    return 0;
}

static postern_status run_case(struct test_run *run, int cases, size_t number,
                               struct script_test_totals *totals, postern_error *error)
{
    struct bridge *bridge = script_runner_bridge(run->runner);
    lua_State *L = bridge->L;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(CASE_LIMIT);
    if (!arena) return error_no_memory(error, NULL);
    struct test_case test = {.arena = arena};
    buffer_clear(&bridge->line);
    lua_pushcfunction(L, read_case);
    lua_rawgeti(L, LUA_REGISTRYINDEX, cases);
    lua_pushinteger(L, (lua_Integer)number);
    lua_pushlightuserdata(L, &test);
    lua_pushlightuserdata(L, bridge);
    postern_status status = sandbox_call(script_runner_sandbox(run->runner), 4, 0, NULL, error);
    if (status < 0) return error_prefix(error, "%s: test %zu: ", run->file, number), status;
    test.event.file = run->file; /* so that notes go to no log */
    test.event.line = number;
    if (!test.name.data) test.name = arena_printf(arena, "test %zu", number);
    struct script_result result;
    wrong_values_free(*bridge->wrong_values); /* those of the case before */
    *bridge->wrong_values = NULL;
    script_run(run->runner, &test.event, &result);
    run->failed = false;
    judge(run, &test, &result);
    if (run->failed) tell_notes(run, *bridge->wrong_values);
    *(run->failed ? &totals->failed : &totals->passed) += 1;
    script_runner_reset(run->runner);
    return POSTERN_OK;
}

/* Runs a test file, which may take pieces: those of the script have been read, others are read now. They are
 * named from the folder of the script. */
static postern_status run_file(struct test_run *run, postern_text text, const char *path,
                               postern_error *error)
{
    struct sandbox *sandbox = script_runner_sandbox(run->runner);
    struct neighbour_context *neighbours = script_runner_neighbours(run->runner);
    struct neighbour_files *files = neighbours->files;
    neighbours->files = run->neighbours;
    neighbours->path = path;
    neighbours->directory = run->directory;
    postern_status status = sandbox_run(sandbox, text, path, error);
    neighbours->files = files;
    neighbours->path = neighbours->directory = NULL;
    return status;
}

/* The list of cases that the test file returns; *cases becomes a registry reference to it. */
static postern_status load_cases(struct test_run *run, const char *path, int *cases, size_t *count,
                                 postern_error *error)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = TEST_TEXT_LIMIT};
    lua_State *L = script_runner_bridge(run->runner)->L;
    postern_status status = file_read(path, TEST_TEXT_LIMIT, &text, error);
    if (status >= 0) status = run_file(run, buffer_text(&text), path, error);
    if (status < 0) return status;
    bool is_list = lua_istable(L, -1);
    *count = is_list ? lua_rawlen(L, -1) : 0;
    *cases = luaL_ref(L, LUA_REGISTRYINDEX);
    if (is_list && *count > 0) return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG,
              "%s: a test file returns a list of tests: return { { name = ... }, ... }", path);
    return POSTERN_E_CONFIG;
}

static postern_status run_cases(struct test_run *run, const char *path, struct script_test_totals *totals,
                                postern_error *error)
{
    int cases;
    size_t count;
    postern_status status = load_cases(run, path, &cases, &count, error);
    for (size_t i = 1; status >= 0 && i <= count; i++)
        status = run_case(run, cases, i, totals, error);
    return status;
}

/* NAME.lua beside NAME_test.lua; but in a folder beside a script of the folder's name lie this script's
 * pieces, and their tests are of the whole. malloc'ed. */
static char *find_script(postern_text test_path)
{
    char real[PATH_MAX], *path = NULL;
    struct stat status;
    _cleanup_(freep) char *directory = path_directory(test_path.data);
    if (!directory) return NULL;
    if (realpath(directory, real)) {
        if (asprintf(&path, "%s.lua", real) < 0) return NULL;
        if (stat(path, &status) == 0 && S_ISREG(status.st_mode)) return path;
        free(path);
    }
    int kept = (int)(test_path.size - strlen(SUFFIX));
    return asprintf(&path, "%.*s.lua", kept, test_path.data) < 0 ? NULL : path;
}

postern_status script_test_file(const char *test_path, const char *packaged,
                                const struct sandbox_limits *limits, struct buffer *report,
                                struct script_test_totals *totals, postern_error *error)
{
    postern_text path = text_of(test_path);
    if (!text_ends_with(path, SUFFIX)) {
        error_set(error, POSTERN_E_CONFIG, "%s: tests lie beside their script, in NAME" SUFFIX, test_path);
        return POSTERN_E_CONFIG;
    }
    _cleanup_(freep) char *script_path = find_script(path);
    _cleanup_(freep) char *directory = script_path ? path_directory(script_path) : NULL;
    if (!directory) return error_no_memory(error, NULL);
    const char *given = script_path, *slash = strrchr(given, '/'), *name = slash ? slash + 1 : given;
    struct script_set *set;
    postern_status status = script_set_load(&name, &given, 1, packaged, limits, &set, error);
    if (status < 0) return status;
    const char *file = strrchr(test_path, '/');
    struct test_run run = {.directory = directory, .file = file ? file + 1 : test_path, .report = report};
    run.runner = script_runner_new(set, error);
    run.neighbours = neighbour_files_new(packaged, NULL);
    run.expected = json_tape_new();
    run.actual = json_tape_new();
    if (!run.runner)
        status = POSTERN_E_CONFIG;
    else if (!run.expected || !run.actual || !run.neighbours)
        status = error_no_memory(error, NULL);
    else
        status = run_cases(&run, test_path, totals, error);
    json_tape_free(run.expected);
    json_tape_free(run.actual);
    script_runner_free(run.runner);
    neighbour_files_free(run.neighbours);
    script_set_release(set);
    return status;
}
