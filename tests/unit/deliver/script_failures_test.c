/* A script that fails on most events: the delivery stops before the dead letters fill, and says so. */
#include "world.h"

static const struct failure_limit half = {50, 10};
static struct world world;

static bool is_stopped(void)
{
    return record_of(&world).state == DELIVERY_STOPPED;
}

static int64_t letters(void)
{
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    must(journal_dead_count(world.journal, &count, &bytes, &error), &error);
    return count;
}

static void begin_judged(const char *script)
{
    world = (struct world){.pipeline.failures = half};
    begin(&world, script);
}

static void wait_until_stopped(void)
{
    wait_for(is_stopped);
}

static void the_events_wait_until_the_script_is_mended(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    begin_judged("return function(event) if event.n >= 2 then error('broken') end return event end");
    add_page(&world, 0, 4); /* two of them fail: dead letters */
    add_page(&world, 4, 30);
    wait_until_stopped();
    must(journal_end(world.journal, &end, &error), &error);
    assert_int_equal(letters(), 2);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    struct delivery_record record = record_of(&world);
    assert_non_null(strstr(record.last_error, "the scripts failed on 30 of 30 events"));
    assert_non_null(strstr(record.last_error, "broken"));
    assert_non_null(strstr(record.remedy, "script_failures"));
    /* Nobody waits for what does not come. */
    assert_false(deliverer_drain(world.deliverer, end, INT64_MAX, 60000));
    write_script(&world, "return function(event) return event end");
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    drain(&world);
    assert_int_equal(letters(), 2);
    record = record_of(&world);
    assert_int_equal(record.state, DELIVERY_OK);
    assert_string_equal(record.last_error, "");
    assert_int_equal(record.delivered, 32);
    finish(&world);
}

static void a_restart_does_not_let_it_pass(void **unused)
{
    (void)unused;
    begin_judged("return function(event) error('broken') end");
    add_page(&world, 0, 30);
    wait_until_stopped();
    stop(&world);
    open_journal(&world);
    start_deliverer(&world);
    wait_until_stopped();
    assert_int_equal(letters(), 0);
    finish(&world);
}

static void a_higher_limit_lets_them_become_dead_letters(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    begin_judged("return function(event) error('broken') end");
    add_page(&world, 0, 30);
    wait_until_stopped();
    assert_int_equal(letters(), 0);
    world.pipeline.failures.percent = 100;
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    drain(&world);
    assert_int_equal(letters(), 30);
    assert_int_equal(record_of(&world).state, DELIVERY_OK);
    finish(&world);
}

/* Batches of several pages: what is before the bad page goes on at once, and a batch that was planned over it
 * stays the same. */
static void what_is_before_it_is_delivered(void **unused)
{
    (void)unused;
    postern_error error = ERROR_INIT;
    world = (struct world){.pipeline.failures = half, .sink.batching = {.events = 1000, .wait_ms = 3600000}};
    begin(&world, "return function(event) if event.n >= 100 then error('broken') end return event end");
    add_page(&world, 0, 2);
    add_page(&world, 2, 2);
    add_page(&world, 100, 30);
    add_page(&world, 4, 2);
    wait_until_stopped();
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}{\"n\":3}");
    assert_int_equal(letters(), 0);
    world.pipeline.failures.percent = 100;
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    drain(&world);
    assert_int_equal(letters(), 30);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}{\"n\":3}{\"n\":4}{\"n\":5}");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_events_wait_until_the_script_is_mended),
        cmocka_unit_test(a_restart_does_not_let_it_pass),
        cmocka_unit_test(a_higher_limit_lets_them_become_dead_letters),
        cmocka_unit_test(what_is_before_it_is_delivered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
