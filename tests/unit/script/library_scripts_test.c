/* The helper library inside scripts, with lookup files beside them: tests/unit/script/library_scripts. */
#include "../patient_limits.h"
#include "base/error.h"
#include "base/text.h"
#include "script/script.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
// cmocka needs the headers above
#include <cmocka.h>

static void scripts_find_their_files(void **state)
{
    (void)state;
    struct buffer report = {.limit = 1 << 20};
    struct script_test_totals totals = {0};
    postern_error error = ERROR_INIT;
    if (script_test_file(TEST_SOURCE_DIR "/tests/unit/script/library_scripts/enrich_test.lua", NULL,
                         patiently(), &report, &totals, &error) < 0)
        fail_msg("%s %s", error.message, error.remedy);
    if (totals.failed) fail_msg("%.*s", TEXT_ARGS(buffer_text(&report)));
    assert_int_equal(totals.passed, 4);
    buffer_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(scripts_find_their_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
