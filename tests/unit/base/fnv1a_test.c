#include "../unit.h"
#include "base/fnv1a.h"
#include "base/text.h"

/* The values that the authors of FNV publish. */
static void published_values(void **state)
{
    (void)state;
    assert_true(fnv1a(FNV1A_START, text_of("")) == UINT64_C(0xcbf29ce484222325));
    assert_true(fnv1a(FNV1A_START, text_of("a")) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(fnv1a(FNV1A_START, text_of("foobar")) == UINT64_C(0x85944171f73967e8));
    assert_true(fnv1a(fnv1a(FNV1A_START, text_of("foo")), text_of("bar")) == UINT64_C(0x85944171f73967e8));
    assert_true(fnv1a(FNV1A_START, text_of(NULL)) == FNV1A_START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(published_values)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
