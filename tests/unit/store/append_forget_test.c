/* What is forgotten of blobs that grow, and what must not be, over crashes. */
#include "append_world.h"

static size_t names_kept(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ENTRIES; i++)
        count += state_of_sink.names[i][0] != '\0';
    return count;
}

/* A name whose blobs were full and are forgotten goes on behind all of them, and a crash then makes no
 * further one. */
static void successors_that_are_forgotten(void **state)
{
    (void)state;
    service.most_blocks = 1;
    for (uint64_t id = 1; id <= 2; id++)
        assert_int_equal(write_text(id, 0, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0001", "{}\n");
    assert_int_equal(write_text(3, FORGET_MS + 1, "b", "{}"), POSTERN_OK);
    assert_int_equal(names_kept(), 1);
    restart();
    state_of_sink.crashes = true;
    assert_int_equal(write_text(4, FORGET_MS + 2, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0002", "{}\n");
    assert_int_equal(write_text(4, FORGET_MS + 3, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0002", "{}\n");
    assert_null(blob_named("a/01234567-0003"));
    assert_int_equal(write_text(5, FORGET_MS + 4, "a", "{}"), POSTERN_OK);
    assert_blob("a/01234567-0003", "{}\n");
}

/* Postern was killed behind a block in a successor, and is started again after long. Before that batch comes
 * again, a batch of another delivery, or a dead letter, is written. */
static void a_batch_that_waits_is_not_forgotten(void **state)
{
    (void)state;
    static const struct {
        const char *delivery;
        uint64_t id;
    } others_first[] = {{ANOTHER_DELIVERY, 9}, {ONE_DELIVERY, UINT64_C(1) << 63 | 5}};
    for (size_t i = 0; i < COUNT(others_first); i++) {
        end(NULL);
        begin(NULL);
        service.most_blocks = 2;
        for (uint64_t id = 1; id <= 3; id++)
            assert_int_equal(write_text(id, 0, "a", "{}"), POSTERN_OK);
        state_of_sink.crashes = true;
        assert_int_equal(write_text(4, 0, "a", "[]"), POSTERN_OK);
        assert_blob("a/01234567-0001", "{}\n[]\n");
        state_of_sink.delivery = others_first[i].delivery;
        assert_int_equal(write_text(others_first[i].id, FORGET_MS + 1, "b", "{}"), POSTERN_OK);
        state_of_sink.delivery = ONE_DELIVERY;
        assert_int_equal(write_text(4, FORGET_MS + 2, "a", "[]"), POSTERN_OK);
        assert_blob("a/01234567-0001", "{}\n[]\n");
        assert_null(blob_named("a/01234567-0002"));
    }
}

/* Of a delivery that is gone nothing stays for ever. */
static void names_of_a_delivery_that_is_gone(void **state)
{
    (void)state;
    assert_int_equal(write_text(1, 0, "a", "{}"), POSTERN_OK);
    state_of_sink.delivery = ANOTHER_DELIVERY;
    assert_int_equal(write_text(1, FORGET_MS + 1, "a", "{}"), POSTERN_OK);
    assert_int_equal(names_kept(), 2);
    assert_int_equal(write_text(2, FORGET_MS + APPEND_OTHERS_MS + 1, "a", "{}"), POSTERN_OK);
    assert_int_equal(names_kept(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(successors_that_are_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(a_batch_that_waits_is_not_forgotten, begin, end),
        cmocka_unit_test_setup_teardown(names_of_a_delivery_that_is_gone, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
