/* Arrays grow by doubling, keep what they hold, and stop at their limit with everything as it was. */
#include "../unit.h"
#include "base/array.h"
#include <stdlib.h>

/* Sanitizers end the process at such sizes, unless told to fail as an allocator does. */
const char *__asan_default_options(void); // NOLINT(bugprone-reserved-identifier)
const char *__tsan_default_options(void); // NOLINT(bugprone-reserved-identifier)
__attribute__((visibility("default"))) const char *
__asan_default_options(void) // NOLINT(bugprone-reserved-identifier)
{
    return "allocator_may_return_null=1";
}
__attribute__((visibility("default"))) const char *
__tsan_default_options(void) // NOLINT(bugprone-reserved-identifier)
{
    return "allocator_may_return_null=1";
}

static void it_grows_up_to_its_limit(void **state)
{
    (void)state;
    int *numbers = NULL;
    size_t capacity = 0, moves = 0;
    for (int i = 0; i < 1000; i++) {
        size_t before = capacity;
        assert_true(array_reserve(&numbers, &capacity, (size_t)i + 1, sizeof *numbers, 1000));
        moves += capacity != before;
        numbers[i] = i;
    }
    assert_int_equal(capacity, 1000);
    assert_in_range(moves, 1, 7); /* 16, 32 ... 512, 1000 */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    int *kept = numbers;
    assert_false(array_reserve(&numbers, &capacity, 1001, sizeof *numbers, 1000));
    assert_ptr_equal(numbers, kept);
    assert_int_equal(capacity, 1000);
    free(numbers);
}

static void what_cannot_be_had_changes_nothing(void **state)
{
    (void)state;
    int *numbers = NULL;
    size_t capacity = 0;
    assert_false(array_reserve(&numbers, &capacity, SIZE_MAX / 8, sizeof *numbers, SIZE_MAX));
    assert_false(array_reserve(&numbers, &capacity, SIZE_MAX, sizeof *numbers, SIZE_MAX)); /* no overflow */
    assert_null(numbers);
    assert_int_equal(capacity, 0);
}

static void it_extends_one_by_one(void **state)
{
    (void)state;
    size_t *numbers = NULL;
    for (size_t i = 0; i < 1000; i++) {
        assert_true(array_extend(&numbers, i, sizeof *numbers));
        numbers[i] = i;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i);
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_up_to_its_limit),
        cmocka_unit_test(what_cannot_be_had_changes_nothing),
        cmocka_unit_test(it_extends_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
