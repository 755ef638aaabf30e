/* SQLite's codes: what is tried again, what the user must mend, what is one event's fault. */
#include "../unit.h"
#include "sqlite_sink.h"

static void test_the_primary_code_counts(void **state)
{
    static const struct {
        int code;
        postern_status status;
    } cases[] = {
        {SQLITE_BUSY, POSTERN_E_RETRY},           {SQLITE_BUSY_SNAPSHOT, POSTERN_E_RETRY},
        {SQLITE_FULL, POSTERN_E_RETRY},           {SQLITE_IOERR_FSYNC, POSTERN_E_IO},
        {SQLITE_CANTOPEN_ISDIR, POSTERN_E_IO},    {SQLITE_READONLY_DIRECTORY, POSTERN_E_IO},
        {SQLITE_NOMEM, POSTERN_E_MEMORY},         {SQLITE_NOTADB, POSTERN_E_CONFIG},
        {SQLITE_CORRUPT_INDEX, POSTERN_E_CONFIG}, {SQLITE_ERROR, POSTERN_E_CONFIG},
        {SQLITE_CONSTRAINT_CHECK, EVENT_REFUSED}, {SQLITE_CONSTRAINT_UNIQUE, EVENT_REFUSED},
        {SQLITE_TOOBIG, EVENT_REFUSED},           {SQLITE_MISMATCH, EVENT_REFUSED},
        {SQLITE_PROTOCOL, POSTERN_E_RETRY},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *remedy;
        if (failure_of(cases[i].code, &remedy) != cases[i].status) fail_msg("%d", cases[i].code);
    }
}

static void test_the_words_are_sqlites_and_the_remedy_ours(void **state)
{
    const struct sqlite_sink closed = {0};
    postern_error error = {.size = sizeof error};
    (void)state;
    assert_int_equal(failure_take(&closed, SQLITE_FULL, "cannot commit", &error), POSTERN_E_RETRY);
    assert_string_equal(error.message, "cannot commit: database or disk is full");
    assert_contains(error.remedy, "make room");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_primary_code_counts),
        cmocka_unit_test(test_the_words_are_sqlites_and_the_remedy_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
