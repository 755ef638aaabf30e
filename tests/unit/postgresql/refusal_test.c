/* The server's codes: what is tried again, what the user must mend, what is one event's fault. */
#include "../unit.h"
#include "postgresql_sink.h"

static void test_the_longest_beginning_counts(void **state)
{
    static const struct {
        const char *code;
        postern_status status;
    } cases[] = {
        {"08006", POSTERN_E_RETRY},  {"57P01", POSTERN_E_RETRY},  {"57P03", POSTERN_E_RETRY},
        {"57P04", POSTERN_E_CONFIG}, {"57014", POSTERN_E_RETRY},  {"53100", POSTERN_E_RETRY},
        {"53300", POSTERN_E_RETRY},  {"40001", POSTERN_E_RETRY},  {"40P01", POSTERN_E_RETRY},
        {"55P03", POSTERN_E_RETRY},  {"25006", POSTERN_E_RETRY},  {"XX000", POSTERN_E_RETRY},
        {"28P01", POSTERN_E_CONFIG}, {"28000", POSTERN_E_CONFIG}, {"3D000", POSTERN_E_CONFIG},
        {"3F000", POSTERN_E_CONFIG}, {"42P01", POSTERN_E_CONFIG}, {"42501", POSTERN_E_CONFIG},
        {"42P10", POSTERN_E_CONFIG}, {"42804", POSTERN_E_CONFIG}, {"0A000", POSTERN_E_CONFIG},
        {"54001", POSTERN_E_CONFIG}, {"22P05", EVENT_REFUSED},    {"22021", EVENT_REFUSED},
        {"22001", EVENT_REFUSED},    {"23502", EVENT_REFUSED},    {"23505", EVENT_REFUSED},
        {"23514", EVENT_REFUSED},    {"54000", EVENT_REFUSED},    {"P0001", EVENT_REFUSED},
        {"99999", POSTERN_E_RETRY},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *remedy;
        if (refusal_of(cases[i].code, "named", &remedy) != cases[i].status) fail_msg("%s", cases[i].code);
    }
}

static void test_what_has_no_code_is_the_connection(void **state)
{
    const char *remedy = "";
    (void)state;
    assert_int_equal(refusal_of(NULL, NULL, &remedy), POSTERN_E_RETRY);
    assert_null(remedy);
}

/* Both have the code 23514. */
static void test_a_partition_that_is_missing_is_no_fault_of_the_event(void **state)
{
    const char *remedy = NULL;
    (void)state;
    assert_int_equal(refusal_of("23514", "modest", &remedy), EVENT_REFUSED);
    assert_int_equal(refusal_of("23514", NULL, &remedy), POSTERN_E_CONFIG);
    assert_contains(remedy, "partition");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_longest_beginning_counts),
        cmocka_unit_test(test_what_has_no_code_is_the_connection),
        cmocka_unit_test(test_a_partition_that_is_missing_is_no_fault_of_the_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
