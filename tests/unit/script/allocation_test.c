/* Memory runs out at every single place where a script set asks for some: each time a clean error, and after
 * it the next event works. Leaks and wrong accesses are found by the sanitizer. */
#include "failing_allocator.h"
#include "script_fixture.h"

#define EVENT                                                                                                \
    "{\"Sender\":\"Ada <ADA@Example.com>\",\"list\":[1,2,{\"a\":\"\\u0041\"}],\"json\":\"{\\\"b\\\":[]}\","  \
    "\"IP\":\"192.0.2.1\",\"when\":1767322800000,\"n\":5}"
#define OUTPUT                                                                                               \
    "{\"@timestamp\":\"2026-01-02T03:00:00.000Z\",\"from\":\"ADA@Example.com\",\"list\":[1,2,{\"a\":\"A\"}]" \
    ","                                                                                                      \
    "\"sum\":10,\"json\":{\"b\":[]},\"id\":\"00112233445566778899aabbccddeeff-siem\",\"more\":{\"added\":"   \
    "[1,2,3]},\"rest\":{\"Sender\":\"Ada <ADA@Example.com>\",\"IP\":\"192.0.2.1\",\"team\":\"red "           \
    "team\",\"more\":{\"added\":[1,2,3]}}}"

/* The first changes the event, looks something up and splits; the second is a map. */
static const char *const texts[] = {
    "local piece = postern.script 'piece'\n"
    "return function(event, ctx)\n"
    "  event.team = ctx.lookup('teams.csv', 'red')\n"
    "  event.list[3].a = postern.lower(event.list[3].a):upper()\n"
    "  event.more = { added = piece.added }\n"
    "  local copy = postern.copy(event)\n"
    "  copy.text = string.rep('x', 2000)\n"
    "  return { event, copy, postern.table(event) }\n"
    "end",
    "local map = postern.map\n"
    "local field = map.field\n"
    "local shaped = map {\n"
    "  { '@timestamp', field 'when':time() },\n"
    "  { 'from', field 'Sender':email 'address' },\n"
    "  { 'list', map.list(field 'list') },\n"
    "  { 'sum', map.call(function(n) return n * 2 end, field 'n') },\n"
    "  { 'json', field 'json':json() },\n"
    "  { 'id', map.concat(map.meta 'id', '-', map.meta 'source') },\n"
    "  { 'rest', map.rest():without 'text' },\n"
    "  { 'more', map.object { { 'added', field 'more.added' } } },\n"
    "}\n"
    "return function(event)\n"
    "  if event.text then return postern.line(event.text) end\n"
    "  return shaped(event)\n"
    "end",
};

static postern_status load_and_run(struct scripts *scripts, struct script_result *result)
{
    char paths[2][128];
    const char *names[] = {"1.lua", "2.lua"}, *path_list[] = {paths[0], paths[1]};
    for (size_t i = 0; i < 2; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", scripts->directory, names[i]);
    postern_status status =
        script_set_load(names, path_list, 2, NULL, patiently(), &scripts->set, &scripts->error);
    if (status < 0) return status;
    scripts->runner = script_runner_new(scripts->set, &scripts->error);
    if (!scripts->runner) return scripts->error.code;
    struct script_event event = scripts_event(EVENT);
    script_run(scripts->runner, &event, result);
    return POSTERN_OK;
}

static void expect_right(const struct script_result *result)
{
    if (result->verdict == SCRIPT_FAILED) fail_msg("%s", result->error.message);
    assert_int_equal(result->output_count, 3);
    if (!text_is(result->outputs[0].text, OUTPUT)) fail_msg("%.*s", TEXT_ARGS(result->outputs[0].text));
}

static void expect_clean_error(postern_status status, const postern_error *error)
{
    assert_true(status < 0);
    assert_true(error->message[0]);
    assert_int_not_equal(error->code, POSTERN_OK);
}

static void write_scripts(struct scripts *scripts)
{
    scripts_begin(scripts);
    write_file(scripts, "teams.csv", "key,name\nred,red team\nblue,blue team\n");
    write_file(scripts, "piece.lua", "return { added = postern.script 'inner' }");
    write_file(scripts, "inner.lua", "return { 1, 2, 3 }");
    write_file(scripts, "1.lua", texts[0]);
    write_file(scripts, "2.lua", texts[1]);
}

/* From nothing to the first event. */
static void fail_while_loading(enum allocation_failure failure)
{
    struct scripts scripts;
    write_scripts(&scripts);
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        struct script_result result = {.error = ERROR_INIT};
        scripts.error = (postern_error)ERROR_INIT;
        scripts.set = NULL;
        scripts.runner = NULL;
        failing_allocator_arm(n, failure);
        postern_status status = load_and_run(&scripts, &result);
        bool has_failed = failing_allocator_disarm();
        if (status < 0) {
            expect_clean_error(status, &scripts.error);
        } else if (result.verdict == SCRIPT_FAILED) {
            expect_clean_error(result.error.code, &result.error);
        } else {
            expect_right(&result);
        }
        failures += status < 0 || result.verdict == SCRIPT_FAILED;
        if (scripts.runner) script_runner_free(scripts.runner);
        if (scripts.set) script_set_release(scripts.set);
        if (!has_failed) break;
    }
    assert_true(failures > 20);
    scripts.runner = NULL;
    scripts.set = NULL;
    scripts_close(&scripts);
}

/* A runner that has seen nothing yet runs out in its first event, and runs the next one as if nothing had
 * been. */
static void fail_in_an_event(enum allocation_failure failure)
{
    struct scripts scripts;
    struct script_result result = {.error = ERROR_INIT};
    write_scripts(&scripts);
    if (load_and_run(&scripts, &result) < 0) fail_msg("%s", scripts.error.message);
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        script_runner_free(scripts.runner);
        scripts.runner = script_runner_new(scripts.set, &scripts.error);
        assert_non_null(scripts.runner);
        struct script_event event = scripts_event(EVENT);
        failing_allocator_arm(n, failure);
        script_run(scripts.runner, &event, &result);
        bool has_failed = failing_allocator_disarm();
        if (result.verdict == SCRIPT_FAILED) {
            failures++;
            expect_clean_error(result.error.code, &result.error);
            assert_int_equal(result.output_count, 0);
        } else {
            expect_right(&result);
        }
        script_run(scripts.runner, &event, &result);
        expect_right(&result);
        script_runner_reset(scripts.runner);
        if (!has_failed) break;
    }
    assert_true(failures > 3);
    scripts_close(&scripts);
}

static void test_loading_with_one_failure(void **state)
{
    (void)state;
    fail_while_loading(FAIL_ONE);
}

static void test_loading_with_no_more_memory(void **state)
{
    (void)state;
    fail_while_loading(FAIL_REST);
}

static void test_event_with_one_failure(void **state)
{
    (void)state;
    fail_in_an_event(FAIL_ONE);
}

static void test_event_with_no_more_memory(void **state)
{
    (void)state;
    fail_in_an_event(FAIL_REST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loading_with_one_failure),
        cmocka_unit_test(test_loading_with_no_more_memory),
        cmocka_unit_test(test_event_with_one_failure),
        cmocka_unit_test(test_event_with_no_more_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
