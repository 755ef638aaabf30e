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
    static const char both[] = " (request id 4f,2c, id-2 vlR7/pnp+Q=)";
    for (size_t size = strlen(" (request id "); size <= strlen(both); size++) {
        char cut[sizeof both] = "";
        memcpy(cut, both, size);
        assert_int_equal(request_mark_size(cut), size); /* what a limit has left of it */
    }
    assert_int_equal(request_mark_size(" (request id 4f, id-2 vlR7) and more"),
                     strlen(" (request id 4f, id-2 vlR7)"));
    assert_int_equal(request_mark_size(" (request id 4f id-2 vlR7)"), 0);
    assert_int_equal(request_mark_size(" (request id 4f, id-3 vlR7)"), 0);
    assert_int_equal(request_mark_size(" (request id 4f, id-2 vlR7 x)"), 0);
    assert_int_equal(request_mark_size(" (request id , id-2 "), strlen(" (request id , id-2 "));
}

static void reasons_are_alike_without_it(void **unused)
{
    (void)unused;
    assert_true(request_mark_alike("no (request id a)", "no (request id b)"));
    assert_true(request_mark_alike("no (request id a)", "no"));
    assert_true(request_mark_alike("no (request id a, id-2 b): why", "no (request id c, id-2 de): why"));
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
