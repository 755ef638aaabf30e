/* The set of ids: exact, small, at any size. */
#include "fixture.h"
#include "journal/id_set.h"

static void it_holds_exactly_what_was_added(void **state)
{
    (void)state;
    struct id_set set = {0};
    unsigned char id[EVENT_ID_SIZE];
    for (int64_t n = 1; n <= 100000; n++) {
        event_id(n, id);
        assert_false(id_set_has(&set, id));
        assert_true(id_set_add(&set, id));
        assert_true(id_set_add(&set, id)); /* twice changes nothing */
        assert_int_equal(set.count, n);
    }
    for (int64_t n = 1; n <= 200000; n++) {
        event_id(n, id);
        assert_int_equal(id_set_has(&set, id), n <= 100000);
    }
    assert_in_range(id_set_bytes(&set) / set.count, 16, 24);
    id_set_free(&set);
}

static void ids_that_fall_together_are_kept_apart(void **state)
{
    (void)state;
    struct id_set set = {0};
    unsigned char id[EVENT_ID_SIZE];
    for (int end = 0; end < 2; end++) { /* all at the beginning of the table, all at its end (going round) */
        memset(id, end ? 0xff : 0, sizeof id);
        for (int n = 0; n < 256; n++) {
            id[15] = (unsigned char)n; /* n = 0 and end = 0: the id of zeros, which a slot cannot hold */
            assert_false(id_set_has(&set, id));
            assert_true(id_set_add(&set, id));
            assert_true(id_set_has(&set, id));
        }
    }
    id_set_free(&set);
    assert_false(id_set_has(&set, id));
}

static void reserved_room_is_not_much_more_than_needed(void **state)
{
    (void)state;
    for (size_t count = 1; count < 3000000; count = count * 3 + 1) {
        struct id_set set = {0};
        assert_true(id_set_reserve(&set, count));
        size_t bytes = id_set_bytes(&set);
        unsigned char id[EVENT_ID_SIZE];
        for (size_t n = 1; n <= count; n++) {
            event_id((int64_t)n, id);
            assert_true(id_set_add(&set, id));
        }
        assert_int_equal(id_set_bytes(&set), bytes);
        assert_true(bytes <= count * 20 + 1600);
        id_set_free(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_exactly_what_was_added),
        cmocka_unit_test(ids_that_fall_together_are_kept_apart),
        cmocka_unit_test(reserved_room_is_not_much_more_than_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
