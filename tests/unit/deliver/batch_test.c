/* Batches: gathered from pages, planned before they are written, and what a sink says of their events. */
#include "world.h"
#include <sqlite3.h>

static int64_t dead_letters(struct world *world)
{
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    must(journal_dead_count(world->journal, &count, &bytes, &error), &error);
    return count;
}

/* Lives until the next call. */
static const char *reason_of_first(struct world *world)
{
    static char reason[100];
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    must(journal_dead_list(world->journal, arena, 0, 1, true, &letters, &count, &error), &error);
    assert_int_equal(count, 1);
    snprintf(reason, sizeof reason, "%s", letters->reason);
    return reason;
}

static bool has_failed(void)
{
    pthread_mutex_lock(&toy.lock);
    bool failed = toy.writes > 0;
    pthread_mutex_unlock(&toy.lock);
    return failed;
}

/* ---- Gathering ---- */

static bool are_eight(void)
{
    pthread_mutex_lock(&toy.lock);
    bool are = toy.writes == 8;
    pthread_mutex_unlock(&toy.lock);
    return are;
}

/* Waiting pages come together up to the limit, none is split. */
static void pages_are_gathered(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 10, .wait_ms = 3600000}};
    begin(&world, NULL);
    for (int i = 0; i < 100; i += 4)
        add_page(&world, i, 4);
    wait_for(are_eight);
    drain(&world);
    assert_int_equal(toy.writes, 9); /* 8 of 12 events, and the rest once nothing more is waited for */
    for (int i = 0; i < 8; i++)
        assert_int_equal(toy.batches[i].count, 12);
    assert_int_equal(toy.batches[0].id, 3);
    assert_int_equal(toy.batches[8].count, 4);
    assert_int_equal(record_of(&world).delivered, 100);
    finish(&world);
}

static void a_batch_waits_no_longer_than_told(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 1000, .wait_ms = 50}};
    begin(&world, NULL);
    add_page(&world, 0, 2);
    wait_for(has_failed); /* it came though nobody drains */
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    finish(&world);
}

/* Scripts that drop everything leave nothing to write, but the cursor moves. */
static void batches_may_be_empty(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 10}};
    begin(&world, "return function(event) return nil, 'no' end");
    for (int i = 0; i < 20; i++)
        add_page(&world, i, 1);
    drain(&world);
    assert_int_equal(toy.writes, 0);
    assert_int_equal(record_of(&world).dropped, 20);
    finish(&world);
}

/* A sink that returns a count of bytes has not said that anything is safe. */
static void an_unknown_success_is_none(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.fail_writes = 1;
    toy.failure = 7;
    add_page(&world, 0, 2);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    assert_int_equal(toy.writes, 2);
    finish(&world);
}

/* ---- After a crash ---- */

/* A batch that was begun comes again with the same events, however many are there by now; and so do the ones
 * behind it. */
static void planned_batches_stay_as_planned(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 1000}};
    toy_sink.flags = POSTERN_SINK_STABLE_BATCHES;
    begin(&world, NULL);
    toy.fail_writes = 1000000; /* until it is stopped */
    toy.failure = POSTERN_E_RETRY;
    add_page(&world, 0, 2);
    wait_for(has_failed);
    add_page(&world, 2, 3);
    add_page(&world, 5, 1);
    stop(&world); /* as a crash: nothing of the batch was committed */
    struct toy_batch first = toy.batches[0];
    memset(toy.batches, 0, sizeof toy.batches);
    toy.fail_writes = toy.writes = 0;
    open_journal(&world);
    start_deliverer(&world);
    drain(&world);
    assert_int_equal(first.count, 2);
    assert_int_equal(toy.batches[0].count, 2);
    assert_int_equal(toy.batches[0].id, first.id);
    assert_int_equal(toy.batches[0].attempt, 1);
    assert_string_equal(toy.batches[0].delivery, first.delivery);
    assert_int_equal(strlen(first.delivery), 32);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}{\"n\":3}{\"n\":4}{\"n\":5}");
    finish(&world);
    toy_sink.flags = 0;
}

/* Without the flag nobody relies on it: it takes what is there. */
static void other_batches_are_gathered_anew(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 1000}};
    begin(&world, NULL);
    toy.fail_writes = 1000000; /* until it is stopped */
    toy.failure = POSTERN_E_RETRY;
    add_page(&world, 0, 2);
    wait_for(has_failed);
    add_page(&world, 2, 3);
    stop(&world);
    assert_string_equal(toy.got, "");
    toy.fail_writes = toy.writes = 0;
    open_journal(&world);
    assert_string_equal(record_of(&world).planned, "");
    start_deliverer(&world);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}{\"n\":3}{\"n\":4}");
    finish(&world);
}

/* ---- What the sink says ---- */

static void accepted_events_do_not_come_again(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.accept = "1";
    toy.fail_late = 1;
    add_page(&world, 0, 3);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":1}{\"n\":0}{\"n\":2}");
    assert_int_equal(toy.writes, 2);
    assert_int_equal(toy.batches[0].count, 3);
    assert_int_equal(toy.batches[1].count, 2);
    assert_int_equal(toy.batches[1].id, toy.batches[0].id);
    assert_int_equal(record_of(&world).delivered, 3);
    finish(&world);
}

/* The write that rejects fails; the one after it rejects again: one dead letter. */
static void dead_letters_of_a_failed_write_are_kept_once(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.reject = "1";
    toy.fail_late = 2;
    add_page(&world, 0, 3);
    drain(&world);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(dead_letters(&world), 1);
    assert_int_equal(record_of(&world).dead, 1);
    assert_int_equal(record_of(&world).delivered, 2);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}");
    finish(&world);
}

/* An event was taken beside it, so the refusal is about the event: the batch that comes again is without
 * both. */
static void rejections_stand_beside_accepted_events(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.accept = "0";
    toy.reject = "1";
    toy.fail_late = 2;
    add_page(&world, 0, 3);
    drain(&world);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(toy.batches[0].count, 3);
    assert_int_equal(toy.batches[1].count, 1);
    assert_int_equal(toy.batches[2].count, 1);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}");
    assert_int_equal(dead_letters(&world), 1);
    assert_string_equal(reason_of_first(&world), "the toy does not want it");
    assert_int_equal(record_of(&world).delivered, 2);
    finish(&world);
}

/* What the user must mend may be why they were refused. */
static void rejections_beside_a_mistake_of_settings_are_forgotten(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.accept = "0";
    toy.reject = "1";
    toy.failure = POSTERN_E_CONFIG;
    toy.fail_late = 2;
    add_page(&world, 0, 3);
    drain(&world);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(toy.batches[1].count, 2);
    assert_int_equal(toy.batches[2].count, 2);
    assert_int_equal(dead_letters(&world), 1);
    finish(&world);
}

/* Every event, and for one reason: nothing is buried, and the reason is advice. */
static void a_batch_rejected_as_one_is_a_mistake_of_settings(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.reject = "n";
    toy.names_calls = true;
    add_page(&world, 0, 2);
    WAIT_UNTIL(record_of(&world).state == DELIVERY_STOPPED);
    struct delivery_record record = record_of(&world);
    assert_non_null(strstr(record.last_error, "the toy does not want it"));
    assert_non_null(strstr(record.remedy, "settings"));
    assert_int_equal(dead_letters(&world), 0);
    assert_int_equal(record.cursor, 0);
    assert_int_equal(toy.writes, 1); /* and again only much later */
    finish(&world);
}

/* A single event, or a dead letter that is tried again alone, says nothing about the settings. */
static void a_single_rejected_event_is_a_dead_letter(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    toy.reject = "n";
    add_page(&world, 0, 1);
    drain(&world);
    assert_int_equal(dead_letters(&world), 1);
    assert_int_equal(retry_one(world.deliverer, world.journal, 1, &error), POSTERN_E_RETRY);
    assert_non_null(strstr(error.message, "it failed again"));
    assert_int_equal(dead_letters(&world), 1);
    finish(&world);
}

/* ---- One unconfirmed batch per sink ---- */

static void run_sql(const struct world *world, const char *sql)
{
    char path[128];
    sqlite3 *database = NULL;
    snprintf(path, sizeof path, "%s/journal.db", world->directory);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    sqlite3_busy_timeout(database, HANGS_MS);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

/* A thousand times as fast: back-offs pass in moments. */
enum { fast_clock_speed = 1000 };

static int64_t fast_ms(const struct clock *clock)
{
    (void)clock;
    return clock_monotonic_ms(clock_process()) * fast_clock_speed;
}

static int64_t wall_ms(const struct clock *clock)
{
    (void)clock;
    return clock_wall_ms(clock_process());
}

static const struct clock fast_clock = {
    .wall_ms = wall_ms, .monotonic_ms = fast_ms, .rate = fast_clock_speed};

/* Every back-off asks for a random number, so this counts them (and calls of the sink). */
static atomic_int randoms;

static void count_random(struct random_source *source, void *out, size_t size)
{
    (void)source;
    random_system()->fill(random_system(), out, size);
    atomic_fetch_add(&randoms, 1);
}

static void wait_for_tries(int count)
{
    int from = atomic_load(&randoms);
    WAIT_UNTIL(atomic_load(&randoms) >= from + count);
}

static void reload(struct world *world)
{
    postern_error error = ERROR_INIT;
    must(deliverer_reload(world->deliverer, &world->config, NULL, NULL, &error), &error);
}

/* Two deliveries share a sink, and the commits of one of them fail. */
static void begin_held_up(struct world *world, struct config_pipeline both[2], int64_t delivery_id)
{
    char trigger[256];
    begin(world, NULL);
    both[0] = both[1] = world->pipeline;
    snprintf(both[1].name, sizeof both[1].name, "also");
    world->config.pipelines = both;
    world->config.pipeline_count = 2;
    reload(world);
    snprintf(trigger, sizeof trigger,
             "CREATE TRIGGER no BEFORE UPDATE ON delivery WHEN new.cursor <> old.cursor AND new.id = %d"
             " BEGIN SELECT RAISE(ABORT, 'the journal says no'); END",
             (int)delivery_id);
    run_sql(world, trigger);
    add_page(world, 0, 1);
    wait_for_tries(4);
}

/* The batch of one is written, but its commit fails: until that is done nothing of the other is written,
 * since the sink's state tells of both. */
static void hold_up(int64_t delivery_id)
{
    struct random_source random = {.fill = count_random};
    struct world world = {.clock = &fast_clock, .random = &random};
    struct config_pipeline both[2];
    begin_held_up(&world, both, delivery_id);
    int written = toy.writes; /* of one delivery, or of both: one may have been committed before */
    add_page(&world, 1, 1);
    wait_for_tries(4);
    assert_int_equal(toy.writes, written);
    run_sql(&world, "DROP TRIGGER no");
    assert_true(deliverer_drain(world.deliverer, 2, INT64_MAX, 60000 * fast_clock_speed));
    assert_int_equal(toy.writes, 4); /* none was written again */
    assert_int_equal(toy.closes, 0);
    assert_string_not_equal(toy.batches[0].delivery, toy.batches[1].delivery);
    finish(&world);
}

static void one_unconfirmed_batch_per_sink(void **unused)
{
    (void)unused;
    hold_up(1);
    hold_up(2);
}

/* One that is removed by a reload, wherever it stands in the list, takes its unconfirmed batch with it: the
 * sink goes back to what is committed. */
static void what_leaves_unconfirmed_closes_the_sink(void **unused)
{
    (void)unused;
    struct random_source random = {.fill = count_random};
    struct world world = {.clock = &fast_clock, .random = &random};
    struct config_pipeline both[2];
    begin_held_up(&world, both, 2);
    bool other_was_first = toy.writes == 2; /* and is committed */
    world.config.pipeline_count = 1;
    reload(&world);
    add_page(&world, 1, 1);
    assert_true(deliverer_drain(world.deliverer, 2, INT64_MAX, 60000 * fast_clock_speed));
    assert_int_equal(toy.writes, 3);
    assert_int_equal(toy.closes, 1);
    assert_int_equal(toy.opens, 2);
    assert_string_equal(toy.state, other_was_first ? "writes=1;" : "");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_gathered),
        cmocka_unit_test(a_batch_waits_no_longer_than_told),
        cmocka_unit_test(batches_may_be_empty),
        cmocka_unit_test(an_unknown_success_is_none),
        cmocka_unit_test(planned_batches_stay_as_planned),
        cmocka_unit_test(other_batches_are_gathered_anew),
        cmocka_unit_test(accepted_events_do_not_come_again),
        cmocka_unit_test(rejections_stand_beside_accepted_events),
        cmocka_unit_test(rejections_beside_a_mistake_of_settings_are_forgotten),
        cmocka_unit_test(dead_letters_of_a_failed_write_are_kept_once),
        cmocka_unit_test(a_batch_rejected_as_one_is_a_mistake_of_settings),
        cmocka_unit_test(a_single_rejected_event_is_a_dead_letter),
        cmocka_unit_test(one_unconfirmed_batch_per_sink),
        cmocka_unit_test(what_leaves_unconfirmed_closes_the_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
