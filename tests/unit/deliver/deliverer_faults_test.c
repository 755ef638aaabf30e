/* What one bad thing may not do to the rest: a sink that hangs, scripts that loop, dead letters that are
 * full, a reload that cannot be carried out. */
#include "base/real_time.h"
#include "world.h"
#include <sqlite3.h>

/* Its settings changed, so it has to end first. The old generation goes on with the batch that it has in
 * hand; a later reload works. */
static void a_reload_leaves_a_busy_sink_alone(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = 100};
    postern_error error = ERROR_INIT;
    struct changed changed;
    begin_blocked(&world);
    assert_int_equal(deliverer_reload(world.deliverer, change_sink(&world, &changed), NULL, NULL, &error),
                     POSTERN_E_RETRY);
    assert_non_null(strstr(error.message, "toys"));
    add_page(&world, 1, 1);
    set_blocks(false);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    /* Its patience may be too short for this machine, but not for ever. */
    WAIT_UNTIL(deliverer_reload(world.deliverer, change_sink(&world, &changed), NULL, NULL, &error) >= 0);
    add_page(&world, 2, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}");
    finish(&world);
}

static bool yes(void)
{
    return true;
}

/* Whoever is told to stop does not wait for a sink first. */
static void nothing_waits_once_told_to_stop(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = 60000, .told_to_stop = yes};
    postern_error error = ERROR_INIT;
    int64_t begun = real_ms(), end = 0;
    struct changed changed;
    begin_blocked(&world);
    assert_true(deliverer_reload(world.deliverer, change_sink(&world, &changed), NULL, NULL, &error) < 0);
    must(journal_end(world.journal, &end, &error), &error);
    assert_false(deliverer_drain(world.deliverer, end, INT64_MAX, 60000));
    assert_in_range(real_ms() - begun, 0, 10000);
    set_blocks(false);
    finish(&world);
}

static postern_status refuse(void *context, postern_error *error)
{
    (void)context;
    return error_set(error, POSTERN_E_IO, "the rest cannot take over");
}

static void a_reload_is_all_or_nothing(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    add_page(&world, 0, 1);
    drain(&world);
    struct config other = world.config;
    struct config_pipeline renamed = world.pipeline;
    snprintf(renamed.name, sizeof renamed.name, "other");
    other.pipelines = &renamed;
    assert_true(deliverer_reload(world.deliverer, &other, refuse, NULL, &error) < 0);
    add_page(&world, 1, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}");
    finish(&world);
}

/* The dead letter that a script made, and nothing else, waits for its retry. */
static int64_t first_letter(struct world *world)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    must(journal_dead_list(world->journal, arena, 0, 1, false, &letters, &count, &error), &error);
    assert_int_equal(count, 1);
    return letters->id;
}

/* The caller gets an answer, and the letter is not delivered behind its back. */
static void a_retry_does_not_wait_for_a_sink_that_hangs(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = 100};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    set_reject("1");
    add_page(&world, 1, 1);
    drain(&world);
    int64_t id = first_letter(&world);
    set_reject(NULL);
    set_blocks(true);
    add_page(&world, 2, 1);
    wait_for(is_blocked);
    assert_int_equal(retry_one(world.deliverer, world.journal, id, &error), POSTERN_E_RETRY);
    assert_non_null(strstr(error.message, "busy"));
    set_blocks(false);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":2}");
    stop(&world); /* so little patience may be too short for a sink that works, too */
    world.patience_ms = HANGS_MS;
    open_journal(&world);
    start_deliverer(&world);
    must(retry_one(world.deliverer, world.journal, id, &error), &error);
    assert_string_equal(toy.got, "{\"n\":2}{\"n\":1}");
    finish(&world);
}

/* One that the sink has in hand goes on without its caller, who gives up as soon as it has. */
static void a_retry_in_hand_outlives_its_caller(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = HANGS_MS, .told_to_stop = is_blocked};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    set_reject("1");
    add_page(&world, 1, 1);
    drain(&world);
    int64_t id = first_letter(&world), count = 1, bytes = 0;
    set_reject(NULL);
    set_blocks(true);
    assert_int_equal(retry_one(world.deliverer, world.journal, id, &error), POSTERN_E_RETRY);
    set_blocks(false);
    WAIT_UNTIL(journal_dead_count(world.journal, &count, &bytes, &error) >= 0 && count == 0);
    assert_string_equal(toy.got, "{\"n\":1}");
    finish(&world);
}

static bool has_come(void)
{
    pthread_mutex_lock(&toy.lock);
    bool came = strstr(toy.got, "{\"n\":4}") != NULL;
    pthread_mutex_unlock(&toy.lock);
    return came;
}

/* The retry that makes room again is served although the delivery stands still for want of it. */
static void full_dead_letters_do_not_stop_retries_nor_other_pipelines(void **unused)
{
    (void)unused;
    struct world world = {.dead_limit = 800, .patience_ms = HANGS_MS};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    stop(&world);
    /* The first pipeline's script fails for odd numbers, the second has none; both go to the same sink. */
    struct config_pipeline both[2] = {world.pipeline, world.pipeline};
    write_script(&world, "return function(event) if event.n % 2 == 1 then error('odd') end return nil end");
    both[0].transform.count = 1;
    snprintf(both[1].name, sizeof both[1].name, "second");
    world.config.pipelines = both;
    world.config.pipeline_count = 2;
    open_journal(&world);
    start_deliverer(&world);
    add_page(&world, 1, 1); /* fits into the dead letters */
    drain(&world);
    add_page(&world, 3, 1); /* does not */
    add_page(&world, 4, 1);
    wait_for(has_come);
    assert_string_equal(toy.got, "{\"n\":1}{\"n\":3}{\"n\":4}");
    int64_t begun = real_ms();
    assert_true(retry_one(world.deliverer, world.journal, first_letter(&world), &error) < 0);
    assert_non_null(strstr(error.message, "it failed again"));
    assert_in_range(real_ms() - begun, 0, HANGS_MS / 2);
    finish(&world);
}

/* A stop waits for the event in hand, not for the page: 400 of these take longer than finish() waits. */
static void a_stop_does_not_wait_for_looping_scripts(void **unused)
{
    (void)unused;
    struct world world = {.script_time_ms = 1000};
    begin(&world, "return function(event) while true do end end");
    add_page(&world, 0, 400);
    nanosleep(&(struct timespec){0, 200000000}, NULL); /* the worker has begun, most likely */
    finish(&world);
}

/* What a reload broke off and then did not carry out is run again: nothing is lost, nothing repeated. */
static void scripts_broken_off_in_vain_run_again(void **unused)
{
    (void)unused;
    struct world world = {.patience_ms = 1};
    postern_error error = ERROR_INIT;
    _cleanup_(buffer_free) struct buffer wanted = {.limit = 1 << 20};
    begin(&world, "return function(event) for i = 1, 20000 do end return event end");
    for (int i = 0; i < 400; i++)
        buffer_printf(&wanted, "{\"n\":%d}", i);
    set_blocks(true);
    for (int i = 0; i < 400; i += 50)
        add_page(&world, i, 50);
    for (int i = 0; i < 20; i++)
        deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error);
    set_blocks(false);
    for (int i = 0; i < 20; i++)
        deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error);
    drain(&world);
    assert_string_equal(toy.got, buffer_string(&wanted));
    finish(&world);
}

/* A page that was damaged on disk is passed over, and the dead letters say so. */
static void a_damaged_page_is_a_dead_letter(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    add_page(&world, 0, 1);
    drain(&world);
    assert_true(deliverer_stop(world.deliverer, HANGS_MS));
    workers_free(world.workers);
    add_page(&world, 1, 1);
    add_page(&world, 2, 1);
    journal_close(world.journal);
    char command[200];
    snprintf(command, sizeof command, "%s/journal.db", world.directory);
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(command, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, "UPDATE page_body SET body = x'00112233' WHERE sequence = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    open_journal(&world);
    start_deliverer(&world);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}");
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    must(journal_dead_list(world.journal, arena, 0, 10, true, &letters, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_int_equal(letters->stage, DEAD_JOURNAL);
    assert_string_equal(letters->name, "all/toys");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_leaves_a_busy_sink_alone),
        cmocka_unit_test(nothing_waits_once_told_to_stop),
        cmocka_unit_test(a_reload_is_all_or_nothing),
        cmocka_unit_test(a_retry_does_not_wait_for_a_sink_that_hangs),
        cmocka_unit_test(a_retry_in_hand_outlives_its_caller),
        cmocka_unit_test(full_dead_letters_do_not_stop_retries_nor_other_pipelines),
        cmocka_unit_test(a_stop_does_not_wait_for_looping_scripts),
        cmocka_unit_test(scripts_broken_off_in_vain_run_again),
        cmocka_unit_test(a_damaged_page_is_a_dead_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
