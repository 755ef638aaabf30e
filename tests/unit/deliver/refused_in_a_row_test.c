/* A sink that refuses event after event, each in a batch of its own: few become dead letters, then it stops.
 */
#include "hand_clock.h"

static int64_t letters(struct world *world)
{
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    must(journal_dead_count(world->journal, &count, &bytes, &error), &error);
    return count;
}

static void begin_refusing(struct world *world, int64_t most, int64_t parallel)
{
    toy_sink.flags = parallel > 1 ? POSTERN_SINK_CONCURRENT : 0;
    *world = (struct world){.clock = &hand_clock,
                            .sink.batching = {.events = 1, .parallel = parallel, .refused_in_a_row = most}};
    atomic_store(&passed_ms, 0);
    begin(world, NULL);
    toy.names_calls = true;
    set_reject("n");
}

static void stops_after(struct world *world, int64_t most)
{
    for (int i = 0; i < 20; i++)
        add_page(world, i, 1);
    WAIT_UNTIL(is_left_alone_until(world, 0) && record_of(world).state == DELIVERY_STOPPED);
    assert_int_equal(letters(world), most);
    struct delivery_record record = record_of(world);
    assert_int_equal(record.delivered, 0);
    assert_non_null(strstr(record.last_error, "in a row"));
    assert_non_null(strstr(record.last_error, "the toy does not want it"));
    assert_non_null(strstr(record.remedy, "refused_in_a_row"));
}

static void the_rest_waits(void **state)
{
    struct world world;
    begin_refusing(&world, 3, *(int *)*state);
    stops_after(&world, 3);
    for (int i = 0; i < 5; i++) { /* later each time, and none of them is one more letter */
        int64_t wait_ms = breaker_of(&world).next_ms - hand_wall_ms(NULL);
        go_to_next_try(&world);
        assert_true(breaker_of(&world).next_ms - hand_wall_ms(NULL) >= wait_ms / 2);
    }
    assert_int_equal(letters(&world), 3);
    set_reject(NULL);
    atomic_store(&passed_ms, breaker_of(&world).next_ms - 1767225600000);
    drain(&world);
    assert_int_equal(letters(&world), 3);
    assert_int_equal(record_of(&world).delivered, 17);
    assert_int_equal(record_of(&world).state, DELIVERY_OK);
    finish(&world);
    toy_sink.flags = 0;
}

static void an_event_that_is_taken_begins_anew(void **unused)
{
    (void)unused;
    struct world world;
    begin_refusing(&world, 3, 1);
    set_reject("1"); /* 1, 10 to 19 */
    add_page(&world, 1, 1);
    for (int i = 10; i < 12; i++)
        add_page(&world, i, 1);
    add_page(&world, 2, 1);
    for (int i = 12; i < 15; i++)
        add_page(&world, i, 1);
    drain(&world);
    assert_int_equal(letters(&world), 6);
    assert_string_equal(toy.got, "{\"n\":2}");
    finish(&world);
}

/* A batch that goes out again after a restart is refused again, and is no dead letter either as long as the
 * limit is not reached anew. */
static void a_stop_keeps_what_waits(void **unused)
{
    (void)unused;
    struct world world;
    begin_refusing(&world, 3, 1);
    stops_after(&world, 3);
    stop(&world);
    set_reject(NULL);
    open_journal(&world);
    atomic_store(&passed_ms, 3600000);
    start_deliverer(&world);
    drain(&world);
    assert_int_equal(letters(&world), 3);
    assert_int_equal(record_of(&world).delivered, 17);
    finish(&world);
}

/* As one pass after the other does, that a timer starts: each sees one event. */
static void runs_count_on_where_the_last_one_ended(void **unused)
{
    (void)unused;
    struct world world;
    begin_refusing(&world, 3, 1);
    for (int run = 0; run < 3; run++) {
        add_page(&world, run, 1);
        drain(&world);
        assert_int_equal(letters(&world), run + 1);
        stop(&world);
        open_journal(&world);
        start_deliverer(&world);
    }
    add_page(&world, 3, 1);
    WAIT_UNTIL(record_of(&world).state == DELIVERY_STOPPED || letters(&world) > 3);
    assert_int_equal(letters(&world), 3);
    assert_non_null(strstr(record_of(&world).last_error, "in a row"));
    finish(&world);
}

int main(void)
{
    static int one = 1, four = 4;
    const struct CMUnitTest tests[] = {
        {"the_rest_waits", the_rest_waits, NULL, NULL, &one},
        {"the_rest_waits_of_several_batches_at_once", the_rest_waits, NULL, NULL, &four},
        cmocka_unit_test(an_event_that_is_taken_begins_anew),
        cmocka_unit_test(a_stop_keeps_what_waits),
        cmocka_unit_test(runs_count_on_where_the_last_one_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
