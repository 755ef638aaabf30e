/* Sinks over a reload, several batches at once, and telling a sink to give up. */
#include "base/real_time.h"
#include "world.h"

#define SCRIPT(word) "return function(event) event.by = '" word "' return event end"

static void reload(struct world *world)
{
    postern_error error = ERROR_INIT;
    must(deliverer_reload(world->deliverer, &world->config, NULL, NULL, &error), &error);
}

/* ---- A reload ---- */

static void an_edited_script_closes_no_sink(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, SCRIPT("old"));
    add_page(&world, 0, 1);
    drain(&world);
    write_script(&world, SCRIPT("new"));
    reload(&world);
    add_page(&world, 1, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0,\"by\":\"old\"}{\"n\":1,\"by\":\"new\"}");
    assert_int_equal(toy.opens, 1);
    assert_int_equal(toy.closes, 0);
    finish(&world);
    assert_int_equal(toy.closes, 1);
}

/* Its settings did not change, so nobody waits for it; the new scripts begin with its next batch. */
static void a_stuck_sink_does_not_hold_up_a_reload(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = 60000};
    begin(&world, SCRIPT("old"));
    set_blocks(true);
    add_page(&world, 0, 1);
    wait_for(is_blocked);
    add_page(&world, 1, 1); /* has been through the old script by now, perhaps */
    write_script(&world, SCRIPT("new"));
    int64_t begun = real_ms();
    reload(&world);
    assert_in_range(real_ms() - begun, 0, 20000);
    assert_true(is_blocked());
    set_blocks(false);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0,\"by\":\"old\"}{\"n\":1,\"by\":\"new\"}");
    assert_int_equal(toy.opens, 1);
    finish(&world);
}

static void changed_settings_open_the_sink_anew(void **unused)
{
    (void)unused;
    struct world world = {0};
    struct changed changed;
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    add_page(&world, 0, 1);
    drain(&world);
    must(deliverer_reload(world.deliverer, change_sink(&world, &changed), NULL, NULL, &error), &error);
    add_page(&world, 1, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    assert_int_equal(toy.opens, 2);
    assert_int_equal(toy.closes, 1);
    finish(&world);
}

/* Pipelines come and go while the sink stays open. */
static void deliveries_come_and_go(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    struct config_pipeline both[] = {world.pipeline, world.pipeline};
    snprintf(both[1].name, sizeof both[1].name, "also");
    add_page(&world, 0, 1);
    drain(&world);
    world.config.pipelines = both;
    world.config.pipeline_count = 2;
    reload(&world);
    add_page(&world, 1, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":1}");
    world.config.pipeline_count = 1;
    reload(&world);
    add_page(&world, 2, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":1}{\"n\":2}");
    assert_int_equal(toy.opens, 1);
    finish(&world);
}

/* ---- Renamed ---- */

static const struct rename both_renamed[] = {{NAMED_SINK, "toys", "things"},
                                             {NAMED_PIPELINE, "all", "every"}};
static const struct journal_renames renames = {.renames = both_renamed, .rename_count = 2};

/* The same world under the new names. */
static const struct config *rename_both(const struct world *world, struct changed *changed,
                                        struct config_pipeline *pipeline)
{
    static char *things[] = {(char *)(uintptr_t) "things"};
    changed->config = world->config;
    changed->sink = world->sink;
    *pipeline = world->pipeline;
    snprintf(changed->sink.name, sizeof changed->sink.name, "things");
    snprintf(pipeline->name, sizeof pipeline->name, "every");
    pipeline->to = (struct config_names){things, 1};
    changed->config.sinks = &changed->sink;
    changed->config.pipelines = pipeline;
    return &changed->config;
}

/* What waits is delivered by the successor, which has the sink's state and the delivery's key. */
static void what_is_renamed_goes_on(void **unused)
{
    (void)unused;
    struct world world = {0};
    struct changed changed;
    struct config_pipeline pipeline;
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    add_page(&world, 0, 1);
    drain(&world);
    struct delivery_record before = record_of(&world);
    toy.fail_writes = 1000000; /* until it is renamed */
    toy.failure = POSTERN_E_RETRY;
    add_page(&world, 1, 1);
    const struct config *config = rename_both(&world, &changed, &pipeline);
    must(deliverer_reload_renamed(world.deliverer, config, &renames, NULL, NULL, &error), &error);
    pthread_mutex_lock(&toy.lock);
    toy.fail_writes = 0;
    pthread_mutex_unlock(&toy.lock);
    add_page(&world, 2, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}");
    assert_string_not_equal(toy.state, "");
    struct delivery_record after = record_of(&world); /* and there is no other */
    assert_string_equal(after.name, "every/things");
    assert_int_equal(after.id, before.id);
    assert_memory_equal(after.key, before.key, sizeof after.key);
    assert_int_equal(after.delivered, 3);
    finish(&world);
}

static postern_status fail_between(void *context, postern_error *error)
{
    (void)context;
    return error_set(error, POSTERN_E_IO, "it was not to be");
}

/* All of it is taken back. */
static void a_reload_that_fails_renames_nothing(void **unused)
{
    (void)unused;
    struct world world = {0};
    struct changed changed;
    struct config_pipeline pipeline;
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    add_page(&world, 0, 1);
    drain(&world);
    const struct config *config = rename_both(&world, &changed, &pipeline);
    assert_int_equal(deliverer_reload_renamed(world.deliverer, config, &renames, fail_between, NULL, &error),
                     POSTERN_E_IO);
    add_page(&world, 1, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    assert_string_not_equal(toy.state, "");
    assert_string_equal(record_of(&world).name, "all/toys");
    assert_int_equal(record_of(&world).removed_ms, 0);
    finish(&world);
}

/* ---- Giving up ---- */

static bool is_waiting(void)
{
    pthread_mutex_lock(&toy.lock);
    bool waits = toy.in_flight > 0 && toy.is_blocked;
    pthread_mutex_unlock(&toy.lock);
    return waits;
}

/* It would wait for ever; told to stop it is first left a moment, then interrupted. */
static void a_write_that_blocks_is_interrupted(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.waits = true;
    add_page(&world, 0, 1);
    wait_for(is_waiting);
    stop(&world);
    int64_t ended = real_ms();
    assert_int_equal(toy.interrupts, 1);
    assert_in_range(ended - toy.interrupted_ms, 0, 20000);
    assert_int_equal(toy.closes, 1);
    toy.waits = false;
    open_journal(&world);
    start_deliverer(&world);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}");
    finish(&world);
}

/* The same for a reload that changes the sink: the batch is written by its successor. */
static void a_changed_sink_is_interrupted(void **unused)
{
    (void)unused;
    struct world world = {0};
    struct changed changed;
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    toy.waits = true;
    add_page(&world, 0, 1);
    wait_for(is_waiting);
    pthread_mutex_lock(&toy.lock);
    toy.waits = false; /* of the next one; this one does not notice */
    pthread_mutex_unlock(&toy.lock);
    must(deliverer_reload(world.deliverer, change_sink(&world, &changed), NULL, NULL, &error), &error);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}");
    assert_int_equal(toy.interrupts, 1);
    finish(&world);
}

/* ---- Several batches at once ---- */

static int times_got(int n)
{
    char wanted[32];
    int times = 0;
    snprintf(wanted, sizeof wanted, "{\"n\":%d}", n);
    for (const char *at = toy.got; (at = strstr(at, wanted)) != NULL; at++)
        times++;
    return times;
}

static void begin_parallel(struct world *world)
{
    toy_sink.flags = POSTERN_SINK_CONCURRENT | POSTERN_SINK_STABLE_BATCHES;
    world->sink.batching = (struct config_batching){.events = 1, .parallel = 4};
    begin(world, NULL);
}

static void several_batches_are_written_at_once(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    toy.together = 4; /* none comes back before four are in flight */
    for (int i = 0; i < 20; i++)
        add_page(&world, i, 1);
    drain(&world);
    assert_int_equal(toy.most_in_flight, 4);
    for (int i = 0; i < 20; i++)
        assert_int_equal(times_got(i), 1);
    struct delivery_record record = record_of(&world);
    assert_int_equal(record.cursor, 20);
    assert_int_equal(record.delivered, 20);
    assert_string_equal(toy.state, ""); /* such a sink has none */
    finish(&world);
    toy_sink.flags = 0;
}

/* Failures and dead letters among them: everything arrives, in batches that stay what they are. */
static void several_batches_at_once_may_fail(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    toy.fail_writes = 7;
    toy.failure = POSTERN_E_IO;
    toy.reject = "13";
    for (int i = 0; i < 20; i++)
        add_page(&world, i, 1);
    drain(&world);
    for (int i = 0; i < 20; i++)
        assert_in_range(times_got(i), i == 13 ? 0 : 1, i == 13 ? 0 : 1);
    assert_int_equal(record_of(&world).dead, 1);
    assert_int_equal(record_of(&world).cursor, 20);
    assert_in_range(toy.opens, 2, 8);
    for (int i = 0; i < toy.writes; i++)
        for (int k = 0; k < i; k++)
            if (toy.batches[k].id == toy.batches[i].id)
                assert_true(toy.batches[k].attempt < toy.batches[i].attempt);
    finish(&world);
    toy_sink.flags = 0;
}

/* Stopped in the middle: what was not confirmed comes again in the same batches. */
static void several_batches_at_once_are_interrupted(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin_parallel(&world);
    toy.together = 4;
    for (int i = 0; i < 3; i++)
        add_page(&world, i, 1);
    pthread_mutex_lock(&toy.lock);
    while (toy.most_in_flight < 3)
        pthread_cond_wait(&toy_changed, &toy.lock);
    pthread_mutex_unlock(&toy.lock);
    stop(&world);
    assert_int_equal(toy.interrupts, 1);
    assert_int_equal(toy.in_flight, 0);
    assert_string_equal(toy.got, "");
    toy.together = 0;
    open_journal(&world);
    assert_string_equal(record_of(&world).planned, "1 2 3");
    start_deliverer(&world);
    drain(&world);
    for (int i = 0; i < 3; i++)
        assert_int_equal(times_got(i), 1);
    finish(&world);
    toy_sink.flags = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_edited_script_closes_no_sink),
        cmocka_unit_test(a_stuck_sink_does_not_hold_up_a_reload),
        cmocka_unit_test(changed_settings_open_the_sink_anew),
        cmocka_unit_test(deliveries_come_and_go),
        cmocka_unit_test(what_is_renamed_goes_on),
        cmocka_unit_test(a_reload_that_fails_renames_nothing),
        cmocka_unit_test(a_write_that_blocks_is_interrupted),
        cmocka_unit_test(a_changed_sink_is_interrupted),
        cmocka_unit_test(several_batches_are_written_at_once),
        cmocka_unit_test(several_batches_at_once_may_fail),
        cmocka_unit_test(several_batches_at_once_are_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
