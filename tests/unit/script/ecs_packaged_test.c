/* The packaged mapping passes the tests beside it, as `postern test` would run them. */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "script/script.h"
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
// cmocka needs the headers above
#include <cmocka.h>

/* Runs a file of tests; none may fail. How many there are. */
static size_t check_file(const char *path)
{
    struct buffer report = {.limit = 1 << 20};
    struct script_test_totals totals = {0};
    postern_error error = ERROR_INIT;
    if (script_test_file(path, NULL, patiently(), &report, &totals, &error) < 0)
        fail_msg("%s %s", error.message, error.remedy);
    if (totals.failed) fail_msg("%zu failed\n%.*s", totals.failed, TEXT_ARGS(buffer_text(&report)));
    buffer_free(&report);
    return totals.passed;
}

static void passes_its_tests(void **state)
{
    (void)state;
    glob_t files = {0};
    size_t passed = 0;
    assert_int_equal(glob(TEST_SOURCE_DIR "/scripts/ecs/*_test.lua", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        passed += check_file(files.gl_pathv[i]);
    globfree(&files);
    if (passed < 150) fail_msg("%zu tests only", passed);
}

/* An event of each source, and no event at all, leave the map as one line of JSON. */
static void maps_every_source(void **state)
{
    (void)state;
    static const char *const sources[] = {
        "siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp", "unheard-of", ""};
    const char *name = "ecs", *path = TEST_SOURCE_DIR "/scripts/ecs.lua";
    struct script_set *set = NULL;
    postern_error error = ERROR_INIT;
    if (script_set_load(&name, &path, 1, NULL, patiently(), &set, &error) < 0) fail_msg("%s", error.message);
    struct script_runner *runner = script_runner_new(set, &error);
    assert_non_null(runner);
    struct json_tape *tape = json_tape_new();
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        struct script_event event = {.json = TEXT("{\"x\":[1.0,[null,\"y\"]],\"x\":2}"),
                                     .account = TEXT("acme"),
                                     .source = text_of(sources[i]),
                                     .stream = text_of(sources[i]),
                                     .id = TEXT("00112233445566778899aabbccddeeff"),
                                     .pipeline = "default",
                                     .received_ms = 1767225900000};
        struct script_result result = {0};
        script_run(runner, &event, &result);
        if (result.verdict != SCRIPT_KEPT || result.output_count != 1)
            fail_msg("%s: %s", sources[i], result.error.message);
        const struct json_node *root;
        assert_int_equal(json_parse(tape, result.outputs[0].text, &root, NULL), POSTERN_OK);
        const struct json_node *rest = json_get(tape, root, "mimecast");
        assert_true(text_equal(json_raw(tape, json_get(tape, rest, "x")), TEXT("[1.0,[null,\"y\"]]")));
        script_runner_reset(runner);
    }
    json_tape_free(tape);
    script_runner_free(runner);
    script_set_release(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(passes_its_tests),
                                       cmocka_unit_test(maps_every_source)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
