/* Delivering with a real journal and a toy sink that does whatever a test wants: order, rejects, failures,
 * its state, dead letters and their retry, a reload that is refused. */
#include "world.h"

/* ---- Tests ---- */

static void pages_arrive_in_order(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    _cleanup_(buffer_free) struct buffer wanted = {.limit = 1 << 20};
    for (int i = 0; i < 200; i += 10)
        add_page(&world, i, 10);
    for (int i = 0; i < 200; i++)
        buffer_printf(&wanted, "{\"n\":%d}", i);
    drain(&world);
    assert_string_equal(toy.got, buffer_string(&wanted));
    struct delivery_record record = record_of(&world);
    assert_string_equal(record.name, "all/toys");
    assert_int_equal(record.delivered, 200);
    assert_int_equal(record.backlog_events, 0);
    finish(&world);
}

/* The cursor and the sink's state survive; nothing is sent again. */
static void a_restart_goes_on_where_it_stood(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    add_page(&world, 0, 2);
    drain(&world);
    stop(&world);
    open_journal(&world);
    start_deliverer(&world);
    add_page(&world, 2, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}");
    assert_string_equal(toy.state, "writes=1;");
    finish(&world);
}

/* A failing write closes, opens and sends the same batch again; what it set is forgotten. */
static void failures_are_tried_again(void **unused)
{
    (void)unused;
    static const postern_status failures[] = {POSTERN_E_RETRY, POSTERN_E_IO, POSTERN_E_CONFIG, -99};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        struct world world = {0};
        begin(&world, NULL);
        toy.fail_writes = 2;
        toy.failure = failures[i];
        add_page(&world, 0, 1);
        drain(&world);
        assert_string_equal(toy.got, "{\"n\":0}");
        assert_int_equal(toy.writes, 3);
        assert_int_equal(toy.opens, 3);
        assert_int_equal(toy.closes, 2);
        assert_int_equal(toy.last_attempt, 3);
        assert_int_equal(toy.last_batch, 1);
        assert_int_equal(record_of(&world).state, DELIVERY_OK);
        assert_string_equal(record_of(&world).last_error, "");
        finish(&world);
    }
}

static void state_is_committed_before_the_write(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.ask_commits = 2;
    add_page(&world, 0, 1);
    drain(&world);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(toy.last_attempt, 1);
    assert_string_equal(toy.got, "{\"n\":0}");
    finish(&world);
}

static int64_t only_letter(struct world *world, enum dead_stage stage, const char *reason)
{
    postern_error error = ERROR_INIT;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    must(journal_dead_list(world->journal, arena, 0, 10, true, &letters, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_int_equal(letters->stage, stage);
    assert_non_null(strstr(letters->reason, reason));
    assert_string_equal(letters->delivery, "all/toys");
    assert_string_equal(letters->account, "acme");
    assert_true(text_is(letters->bytes, "{\"n\":1}"));
    return letters->id;
}

static void rejected_events_are_dead_letters_and_can_be_retried(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, NULL);
    toy.reject = "1";
    add_page(&world, 0, 3);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}");
    int64_t id = only_letter(&world, DEAD_SINK, "the toy does not want it");
    assert_true(retry_one(world.deliverer, world.journal, id, &error) < 0);
    toy.reject = NULL;
    must(retry_one(world.deliverer, world.journal, id, &error), &error);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}{\"n\":1}");
    int64_t count = 1, bytes = 1;
    must(journal_dead_count(world.journal, &count, &bytes, &error), &error);
    assert_int_equal(count, 0);
    assert_true(retry_one(world.deliverer, world.journal, id, &error) < 0);
    assert_non_null(strstr(error.message, "there is no dead letter"));
    finish(&world);
}

static void scripts_drop_split_and_fail(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, "return function(event)\n"
                  "  if event.n == 0 then return nil, 'no zero' end\n"
                  "  if event.n == 1 then error('one is bad') end\n"
                  "  if event.n == 2 then return { event, { twice = true } } end\n"
                  "  return event\n"
                  "end\n");
    add_page(&world, 0, 4);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":2}{\"twice\":true}{\"n\":3}");
    assert_string_equal(toy.ids, "02000000000000000000000000000000-1 02000000000000000000000000000000-2 "
                                 "03000000000000000000000000000000 ");
    struct delivery_record record = record_of(&world);
    assert_int_equal(record.delivered, 3);
    assert_int_equal(record.dropped, 1);
    assert_int_equal(record.dead, 1);
    int64_t id = only_letter(&world, DEAD_SCRIPT, "one is bad");
    assert_true(retry_one(world.deliverer, world.journal, id, &error) < 0);
    assert_non_null(strstr(error.message, "it failed again"));
    write_script(&world, "return function(event) event.again = true return event end");
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
    must(retry_one(world.deliverer, world.journal, id, &error), &error);
    assert_non_null(strstr(toy.got, "{\"n\":1,\"again\":true}"));
    finish(&world);
}

/* However many reasons a script makes up, each event that it dropped is counted under one. */
static void every_drop_has_a_counted_reason(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, "return function(event)\n"
                  "  if event.n < 20 then return nil, 'small' end\n"
                  "  if event.n == 20 then return nil, 'cut\\0here' end\n"
                  "  if event.n == 21 then return nil end\n"
                  "  return nil, 'reason ' .. event.n\n"
                  "end\n");
    add_page(&world, 0, 150);
    drain(&world);
    struct delivery_record record = record_of(&world);
    assert_int_equal(record.dropped, 150);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    const struct drop_count *counts = NULL;
    size_t count = 0;
    int64_t sum = 0, small = 0, others = 0, cut = 0;
    must(journal_drops(world.journal, record.id, arena, &counts, &count, &error), &error);
    for (size_t i = 0; i < count; i++) {
        sum += counts[i].count;
        if (strcmp(counts[i].reason, "small") == 0) small = counts[i].count;
        if (strcmp(counts[i].reason, "cut") == 0) cut = counts[i].count;
        if (strcmp(counts[i].reason, DROP_REASON_OTHERS) == 0) others = counts[i].count;
    }
    assert_int_equal(sum, 150);
    assert_int_equal(small, 20);
    assert_int_equal(cut, 1);
    assert_int_equal(others,
                     150 - 20 - (64 - 1)); /* of 64 reasons with a count of their own one is "small" */
    finish(&world);
}

static void a_bad_reload_changes_nothing(void **unused)
{
    (void)unused;
    struct world world = {0};
    postern_error error = ERROR_INIT;
    begin(&world, "return function(event) return event end");
    write_script(&world, "return function(event) this is no Lua");
    assert_true(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error) < 0);
    assert_non_null(strstr(error.message, "script.lua:1:"));
    add_page(&world, 0, 1);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}");
    finish(&world);
}

/* A sink that does not fill in the error: the status speaks for itself. */
static void a_failure_without_words_gets_some(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, NULL);
    toy.fail_writes = 1000;
    toy.failure = POSTERN_E_IO;
    toy.says_nothing = true;
    add_page(&world, 0, 1);
    WAIT_UNTIL(record_of(&world).last_error[0]);
    assert_string_equal(record_of(&world).last_error, "the sink failed and does not say why (io)");
    assert_int_equal(record_of(&world).state, DELIVERY_RETRYING);
    finish(&world);
}

/* When the dead letters are full the delivery stops and says so; nothing is thrown away. */
static void full_dead_letters_stop_the_delivery(void **unused)
{
    (void)unused;
    struct world world = {.dead_limit = 1};
    postern_error error = ERROR_INIT;
    int64_t end = 0;
    begin(&world, NULL);
    toy.reject = "1";
    add_page(&world, 0, 2); /* the first letter finds room, however small the limit is */
    add_page(&world, 9, 2);
    must(journal_end(world.journal, &end, &error), &error);
    WAIT_UNTIL(record_of(&world).state == DELIVERY_STOPPED);
    assert_true(record_of(&world).last_error[0] != '\0');
    assert_false(deliverer_has_passed(world.deliverer, end));
    finish(&world);
}

/* What one event makes of the memory for scripts is no other event's: not if it fails, and not if it is kept.
 */
static void an_event_that_makes_too_much_leaves_the_room_to_the_others(void **unused)
{
    (void)unused;
    struct world world = {0};
    begin(&world, "local map = postern.map { { 'n', postern.map.given 'n' } }\n"
                  "return function(event)\n"
                  "  local long, lines = string.rep('x', 1 << 20), event.n == 1 and 100 or 40\n"
                  "  for i = 1, lines do map(event, { n = long }) end\n" /* thrown away */
                  "  return event\n"
                  "end\n");
    add_page(&world, 0, 5);
    drain(&world);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}{\"n\":3}{\"n\":4}");
    only_letter(&world, DEAD_SCRIPT, "used more than 64.0 MiB of memory");
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_arrive_in_order),
        cmocka_unit_test(a_restart_goes_on_where_it_stood),
        cmocka_unit_test(failures_are_tried_again),
        cmocka_unit_test(state_is_committed_before_the_write),
        cmocka_unit_test(rejected_events_are_dead_letters_and_can_be_retried),
        cmocka_unit_test(scripts_drop_split_and_fail),
        cmocka_unit_test(an_event_that_makes_too_much_leaves_the_room_to_the_others),
        cmocka_unit_test(every_drop_has_a_counted_reason),
        cmocka_unit_test(a_bad_reload_changes_nothing),
        cmocka_unit_test(a_failure_without_words_gets_some),
        cmocka_unit_test(full_dead_letters_stop_the_delivery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
