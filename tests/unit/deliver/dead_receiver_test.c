/* A sink whose receiver is dead: how often it is asked meanwhile, what is known of that, and what its other
 * deliveries get. */
#include "hand_clock.h"
#include "world.h"

static void set_failing(bool fails)
{
    pthread_mutex_lock(&toy.lock);
    toy.fail_writes = fails ? INT32_MAX : 0;
    toy.failure = POSTERN_E_RETRY;
    pthread_mutex_unlock(&toy.lock);
}

static void begin_parallel(struct world *world)
{
    toy_sink.flags = POSTERN_SINK_CONCURRENT;
    world->clock = &hand_clock;
    world->sink.batching = (struct config_batching){.events = 1, .parallel = 4};
    atomic_store(&passed_ms, 0);
    begin(world, NULL);
}

static void one_try_at_a_time(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    set_failing(true);
    for (int i = 0; i < 20; i++)
        add_page(&world, i, 1);
    WAIT_UNTIL(is_left_alone_until(&world, 0));
    int before = writes();
    assert_in_range(before, 1, 4); /* those that were under way when the first came back */
    int64_t since_ms = breaker_of(&world).since_ms;
    for (int i = 1; i <= 10; i++) {
        go_to_next_try(&world);
        assert_int_equal(writes(), before + i);
    }
    assert_int_equal(breaker_of(&world).since_ms, since_ms);
    set_failing(false);
    pthread_mutex_lock(&toy.lock);
    toy.most_in_flight = 0;
    pthread_mutex_unlock(&toy.lock);
    atomic_store(&passed_ms, breaker_of(&world).next_ms - 1767225600000);
    drain(&world);
    assert_int_equal(breaker_of(&world).state, BREAKER_CLOSED);
    assert_int_equal(writes(), before + 10 + 20);
    finish(&world);
    toy_sink.flags = 0;
}

/* A restart is no reason to ask a dead receiver with all that there is. */
static void a_restart_tries_once(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    set_failing(true);
    for (int i = 0; i < 20; i++)
        add_page(&world, i, 1);
    WAIT_UNTIL(is_left_alone_until(&world, 0));
    int64_t next_ms = breaker_of(&world).next_ms, since_ms = breaker_of(&world).since_ms;
    stop(&world);
    int before = writes();
    atomic_store(&passed_ms, 500); /* so that the next try is a later one */
    open_journal(&world);
    start_deliverer(&world);
    WAIT_UNTIL(writes() > before && breaker_of(&world).state == BREAKER_OPEN &&
               breaker_of(&world).next_ms != next_ms);
    assert_int_equal(writes(), before + 1);
    assert_int_equal(breaker_of(&world).since_ms, since_ms);
    finish(&world);
    toy_sink.flags = 0;
}

/* A receiver that takes a little at each try is not left alone for longer and longer. */
static void what_takes_a_little_is_tried_soon_again(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    world.sink.batching = (struct config_batching){.events = 20, .parallel = 1};
    pthread_mutex_lock(&toy.lock);
    toy.accept_first = true;
    toy.failure = POSTERN_E_RETRY;
    pthread_mutex_unlock(&toy.lock);
    add_page(&world, 1, 20);
    WAIT_UNTIL(is_left_alone_until(&world, 0));
    for (int i = 1; i < 20; i++) {
        int64_t now_ms = hand_wall_ms(NULL), next_ms = breaker_of(&world).next_ms;
        assert_in_range(next_ms - now_ms, 0, 2000);
        if (i < 19) go_to_next_try(&world);
    }
    pthread_mutex_lock(&toy.lock);
    toy.accept_first = false;
    pthread_mutex_unlock(&toy.lock);
    atomic_store(&passed_ms, breaker_of(&world).next_ms - 1767225600000);
    drain(&world);
    assert_int_equal(writes(), 20);
    finish(&world);
    toy_sink.flags = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_try_at_a_time),
        cmocka_unit_test(a_restart_tries_once),
        cmocka_unit_test(what_takes_a_little_is_tried_soon_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
