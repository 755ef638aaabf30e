/* The receiver's id of a call in a reason: found, whole or cut off, and left out where reasons are compared.
 */
#include "../unit.h"
#include "base/request_mark.h"
#include <string.h>

static void a_mark_is_found(void **unused)
{
    (void)unused;
    assert_int_equal(request_mark_size(" (request id 4f-2c)"), strlen(" (request id 4f-2c)"));
    assert_int_equal(request_mark_size(" (request id 4f-2c) and more"), strlen(" (request id 4f-2c)"));
    assert_int_equal(request_mark_size(" (request id 4f"), strlen(" (request id 4f"));
    assert_int_equal(request_mark_size(" (request id "), strlen(" (request id "));
    assert_int_equal(request_mark_size("(request id 4f)"), 0);
    assert_int_equal(request_mark_size(" (request id is missing)"), 0);
    assert_int_equal(request_mark_size(" (request"), 0);
    assert_int_equal(request_mark_size(""), 0);
}

static void reasons_are_alike_without_it(void **unused)
{
    (void)unused;
    assert_true(request_mark_alike("no (request id a)", "no (request id b)"));
    assert_true(request_mark_alike("no (request id a)", "no"));
    assert_true(request_mark_alike("no (request id a): why", "no (request id bcd): why"));
    assert_false(request_mark_alike("no (request id a)", "not (request id a)"));
    assert_false(request_mark_alike("no (request id a): why", "no (request id a): who"));
    assert_false(request_mark_alike("no", "no!"));
    assert_true(request_mark_alike("", ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_found),
        cmocka_unit_test(reasons_are_alike_without_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
