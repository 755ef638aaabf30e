/* Dead letters by the hundred: in few batches, each letter once, and those that fail again keep their number.
 */
#include "world.h"
#include <sqlite3.h>

#define ALL "{}"

static struct world world;

static int64_t letters(void)
{
    postern_error error = ERROR_INIT;
    int64_t count = 0, bytes = 0;
    must(journal_dead_count(world.journal, &count, &bytes, &error), &error);
    return count;
}

/* So many letters, with the numbers 1 ... */
static void begin_with(int count, const char *script)
{
    begin(&world, "return function(event) error('broken') end");
    for (int i = 0; i < count; i += 100)
        add_page(&world, i, count - i < 100 ? count - i : 100);
    drain(&world);
    assert_int_equal(letters(), count);
    postern_error error = ERROR_INIT;
    write_script(&world, script);
    must(deliverer_reload(world.deliverer, &world.config, NULL, NULL, &error), &error);
}

static struct retry_tally retry(const char *filter)
{
    postern_error error = ERROR_INIT;
    struct bulk_retry *bulk = NULL;
    must(bulk_retry_new(world.journal, filter, 0, NULL, &bulk, &error), &error);
    while (bulk_retry_step(bulk, world.deliverer, NULL, &error))
        ;
    must(error.code, &error);
    struct retry_tally tally = *bulk_retry_tally(bulk);
    bulk_retry_free(bulk);
    return tally;
}

static void many_go_in_few_batches(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200,
               "return function(event) if event.n % 10 == 3 then error('a three') end return event end");
    struct retry_tally tally = retry(ALL);
    assert_int_equal(tally.wanted, 1200);
    assert_int_equal(tally.delivered, 1080);
    assert_int_equal(tally.failed, 120);
    assert_int_equal(tally.failures.count, 1);
    assert_non_null(strstr(tally.failures.list[0].text, "it failed again"));
    assert_non_null(strstr(tally.failures.list[0].text, "a three"));
    assert_int_equal(letters(), 120);
    assert_int_equal(toy.writes, 3);
    assert_true(toy.batches[0].id >> 63 && toy.batches[0].id != toy.batches[1].id);
    /* They are what they were, with the reason of today. */
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    postern_error error = ERROR_INIT;
    struct dead_letter *list = NULL;
    size_t count = 0;
    must(journal_dead_list(world.journal, arena, 0, 1, true, &list, &count, &error), &error);
    assert_int_equal(list->id, 4);
    assert_int_equal(list->retries, 1);
    assert_non_null(strstr(list->reason, "a three"));
    assert_memory_equal(list->bytes.data, "{\"n\":3}", 7);
    assert_int_equal(record_of(&world).delivered, 1080);
    assert_int_equal(record_of(&world).dead, 1200); /* none of them is a new one */
    finish(&world);
}

static void what_is_not_there_is_counted(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(3, "return function(event) return event end");
    struct retry_tally tally = retry("{\"ids\":[2,7,9]}");
    assert_int_equal(tally.wanted, 3);
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.missing, 2);
    assert_string_equal(toy.got, "{\"n\":1}");
    tally = retry("{\"reason\":\"nothing like it\"}");
    assert_int_equal(tally.wanted, 0);
    postern_error error = ERROR_INIT;
    struct bulk_retry *bulk = NULL;
    assert_int_equal(bulk_retry_new(world.journal, "{\"colour\":\"red\"}", 0, NULL, &bulk, &error),
                     POSTERN_E_INVALID);
    finish(&world);
}

/* The sink has them in hand when nobody waits any longer; who asks for the same again must not get them
 * twice. */
static void what_is_still_in_hand_is_not_delivered_twice(void **unused)
{
    (void)unused;
    world = (struct world){.patience_ms = 2000}; /* it must be in hand by then */
    postern_error error = ERROR_INIT;
    begin_with(5, "return function(event) return event end");
    set_blocks(true);
    struct retry_tally tally = retry(ALL);
    assert_int_equal(tally.delivered, 0);
    assert_int_equal(tally.failed, 5);
    assert_non_null(strstr(tally.failures.list[0].text, "busy"));
    assert_int_equal(retry_one(world.deliverer, world.journal, 2, &error), POSTERN_E_RETRY);
    /* This one waits behind it. */
    struct dead_retry *second = dead_retry_new("all/toys");
    for (int64_t id = 1; id <= 5; id++)
        assert_true(dead_retry_add(second, world.journal, id, &error));
    set_blocks(false);
    struct retry_tally after = {0};
    struct retry_outcome outcome = {.tally = &after, .error = ERROR_INIT};
    must(deliverer_retry_letters(world.deliverer, second, "all/toys", NULL, &outcome), &outcome.error);
    assert_int_equal(after.delivered, 0);
    assert_int_equal(after.missing, 5);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":1}{\"n\":2}{\"n\":3}{\"n\":4}");
    assert_int_equal(letters(), 0);
    finish(&world);
}

static void set_fails(int writes, postern_status failure)
{
    pthread_mutex_lock(&toy.lock);
    toy.fail_writes = writes;
    toy.failure = failure;
    toy.writes = toy.opens = 0;
    pthread_mutex_unlock(&toy.lock);
}

static void assert_reason(const struct retry_reason *reason, const char *text, int64_t count, int64_t first,
                          int64_t last)
{
    assert_string_equal(reason->text, text);
    assert_non_null(strstr(reason->remedy, "`postern status`"));
    assert_int_equal(reason->letters.count, count);
    assert_int_equal(reason->letters.first, first);
    assert_int_equal(reason->letters.last, last);
}

/* The letters 1 to 500, 501 to 1000, 1001 to 1200. */
static void one_part_that_fails_leaves_the_others_alone(postern_status failure)
{
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    set_fails(1, failure);
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(tally.delivered, 700);
    assert_int_equal(tally.failed, 500);
    assert_int_equal(tally.untried, 0);
    assert_int_equal(tally.failures.count, 1);
    assert_reason(&tally.failures.list[0], "all/toys: the toy is broken", 500, 1, 500);
    assert_int_equal(letters(), 500);
    assert_int_equal(retry(ALL).delivered, 500);
    finish(&world);
}

static void a_part_that_is_refused_leaves_the_others_alone(void **unused)
{
    (void)unused;
    one_part_that_fails_leaves_the_others_alone(POSTERN_E_CONFIG);
}

static void a_part_that_fails_once_leaves_the_others_alone(void **unused)
{
    (void)unused;
    one_part_that_fails_leaves_the_others_alone(POSTERN_E_RETRY);
}

/* It is there, and says so to each. */
static void a_sink_that_refuses_is_given_all_parts(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    set_fails(3, POSTERN_E_CONFIG);
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.writes, 3);
    assert_int_equal(tally.untried, 0);
    assert_int_equal(tally.failures.count, 1);
    assert_reason(&tally.failures.list[0], "all/toys: the toy is broken", 1200, 1, 1200);
    finish(&world);
}

static void a_sink_that_is_down_is_asked_with_two_parts_in_a_row(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    set_fails(3, POSTERN_E_RETRY);
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.writes, 2);
    assert_int_equal(tally.wanted, 1200);
    assert_int_equal(tally.failed, 1000);
    assert_int_equal(tally.untried, 200);
    assert_reason(&tally.failures.list[0], "all/toys: the toy is broken", 1000, 1, 1000);
    assert_int_equal(tally.stops.count, 1);
    assert_reason(&tally.stops.list[0], "all/toys: nothing was taken of 2 parts in a row: the toy is broken",
                  200, 1001, 1200);
    assert_int_equal(letters(), 1200);
    set_fails(0, POSTERN_OK);
    assert_int_equal(retry(ALL).delivered, 1200);
    finish(&world);
}

/* The sink accepts those with `text` at once; so many of its writes fail behind that. */
static void set_accepts(const char *text, int fails)
{
    pthread_mutex_lock(&toy.lock);
    toy.accept = text;
    toy.fail_late = fails;
    toy.got[0] = '\0';
    pthread_mutex_unlock(&toy.lock);
}

static void a_sink_that_cannot_be_opened_is_asked_once(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    toy.opens = toy.writes = 0;
    toy.fail_opens_from = 1;
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.opens, 1);
    assert_int_equal(toy.writes, 0);
    const char *why = "all/toys: the sink cannot be opened: the toy is not there";
    assert_int_equal(tally.failed, 500);
    assert_reason(&tally.failures.list[0], why, 500, 1, 500);
    assert_int_equal(tally.untried, 700);
    assert_reason(&tally.stops.list[0], why, 700, 501, 1200);
    toy.fail_opens_from = 0;
    assert_int_equal(retry(ALL).delivered, 1200);
    finish(&world);
}

/* It took one, failed for the rest and was gone. */
static void a_sink_that_goes_away_is_left_alone(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    set_fails(0, POSTERN_OK);
    set_accepts("{\"n\":7}", 1000);
    toy.fail_opens_from = 2;
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.opens, 2);
    assert_int_equal(toy.writes, 1);
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.failed, 499);
    assert_int_equal(tally.untried, 700);
    set_accepts(NULL, 0);
    toy.fail_opens_from = 0;
    assert_int_equal(retry(ALL).delivered, 1199);
    finish(&world);
}

static void run_sql(const char *sql)
{
    sqlite3 *handle = NULL;
    char path[OWN_FOLDER_SIZE + 32];
    snprintf(path, sizeof path, "%s/journal.db", world.directory);
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

/* It will come again; others must not come twice, too. */
static void what_cannot_be_committed_is_the_last_that_is_written(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(1200, "return function(event) return event end");
    set_fails(0, POSTERN_OK);
    run_sql("CREATE TRIGGER kept BEFORE DELETE ON dead_letter WHEN old.id = 3"
            " BEGIN SELECT RAISE(ABORT, 'the disk is bad'); END");
    struct retry_tally tally = retry(ALL);
    assert_int_equal(toy.writes, 1);
    assert_int_equal(tally.delivered, 0);
    assert_int_equal(tally.failed, 500);
    assert_int_equal(tally.untried, 700);
    assert_non_null(strstr(tally.stops.list[0].text, "the disk is bad"));
    assert_int_equal(letters(), 1200);
    run_sql("DROP TRIGGER kept");
    assert_int_equal(retry(ALL).delivered, 1200);
    finish(&world);
}

static struct dead_letter *letter(postern_arena *arena, int64_t id)
{
    postern_error error = ERROR_INIT;
    struct dead_letter *found = NULL;
    size_t count = 0;
    must(journal_dead_list(world.journal, arena, id - 1, 1, true, &found, &count, &error), &error);
    assert_int_equal(count, 1);
    assert_int_equal(found->id, id);
    return found;
}

static void what_was_accepted_goes_though_the_write_fails(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(5, "return function(event) return event end");
    set_accepts("{\"n\":1}", 1000);
    set_reject("{\"n\":2}");
    struct retry_tally tally = retry(ALL);
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.failed, 4);
    assert_int_equal(tally.failures.count, 2);
    assert_string_equal(toy.got, "{\"n\":1}");
    assert_int_equal(record_of(&world).delivered, 1);
    assert_int_equal(letters(), 4);
    /* What was left came once more, as the same batch. */
    assert_int_equal(toy.writes, 2);
    assert_true(toy.batches[0].id == toy.batches[1].id);
    assert_int_equal(toy.batches[0].attempt, 1);
    assert_int_equal(toy.batches[1].attempt, 2);
    assert_int_equal(toy.batches[1].count, 3);
    /* The rejected one has a new reason; of the others the sink said nothing. */
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    assert_int_equal(letter(arena, 3)->retries, 1);
    assert_non_null(strstr(letter(arena, 3)->reason, "the toy does not want it"));
    assert_int_equal(letter(arena, 4)->retries, 0);
    assert_non_null(strstr(letter(arena, 4)->reason, "broken"));
    set_reject(NULL);
    set_accepts(NULL, 0);
    assert_int_equal(retry(ALL).delivered, 4);
    assert_string_equal(toy.got, "{\"n\":0}{\"n\":2}{\"n\":3}{\"n\":4}");
    assert_string_equal(toy.state, ""); /* what a failed write says of it is forgotten */
    assert_int_equal(letters(), 0);
    finish(&world);
}

static void a_sink_that_goes_forward_is_given_the_rest(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(5, "return function(event) return event end");
    set_accepts("{\"n\":1}", 1);
    assert_int_equal(retry(ALL).delivered, 5);
    assert_string_equal(toy.got, "{\"n\":1}{\"n\":0}{\"n\":2}{\"n\":3}{\"n\":4}");
    assert_int_equal(record_of(&world).delivered, 5);
    assert_string_equal(toy.state, "");
    assert_int_equal(letters(), 0);
    finish(&world);
}

/* A letter of which the sink has taken a part only is not delivered. */
static void a_letter_goes_with_all_its_events(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_with(2, "return function(event) return {event, {n = event.n + 10}} end");
    set_accepts("1}", 1000); /* 1, 11 and none of 0's */
    struct retry_tally tally = retry(ALL);
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.failed, 1);
    assert_string_equal(toy.got, "{\"n\":1}{\"n\":11}");
    set_accepts("10}", 1000);
    assert_int_equal(retry(ALL).delivered, 0);
    assert_int_equal(letters(), 1);
    /* Though the write failed, that part is settled: it does not come again. */
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    assert_non_null(letter(arena, 1)->settled);
    assert_string_equal(letter(arena, 1)->settled, "2");
    assert_int_equal(letter(arena, 1)->retries, 0);
    assert_non_null(strstr(letter(arena, 1)->reason, "broken"));
    assert_memory_equal(letter(arena, 1)->bytes.data, "{\"n\":0}", 7);
    set_accepts("nothing", 1);
    assert_int_equal(retry(ALL).delivered, 0);
    assert_string_equal(letter(arena, 1)->settled, "2");
    set_accepts(NULL, 0);
    assert_int_equal(retry(ALL).delivered, 1);
    assert_string_equal(toy.got, "{\"n\":0}");
    assert_int_equal(record_of(&world).delivered, 4);
    finish(&world);
}

/* The request goes on with what the sink did not take before it stopped. */
static void a_stop_leaves_the_rest_to_the_request(void **unused)
{
    (void)unused;
    world = (struct world){0};
    postern_error error = ERROR_INIT;
    int64_t id = 0, after = -1;
    begin_with(5, "return function(event) return event end");
    set_accepts("{\"n\":1}", 1000);
    toy.failure = POSTERN_E_STOPPED;
    must(journal_request_put(world.journal, "dead retry", ALL, &id, &error), &error);
    struct dead_retry *part = dead_retry_new("all/toys");
    for (int64_t one = 1; one <= 5; one++)
        assert_true(dead_retry_add(part, world.journal, one, &error));
    struct retry_request request = {.id = id, .after = 5, .from = 0};
    struct retry_tally tally = {0};
    struct retry_outcome came = {.tally = &tally, .error = ERROR_INIT};
    must(deliverer_retry_letters(world.deliverer, part, "all/toys", &request, &came), &came.error);
    assert_int_equal(toy.writes, 1);
    assert_int_equal(letters(), 4);
    _cleanup_(freep) char *outcome = NULL, *progress = NULL;
    must(journal_request_look(world.journal, id, &outcome, &progress, &error), &error);
    assert_true(retry_tally_read(progress, &tally, &after));
    assert_int_equal(after, 0);
    assert_int_equal(tally.delivered, 1);
    assert_int_equal(tally.failed, 0);
    finish(&world);
}

static void a_tally_comes_back_from_its_text(void **unused)
{
    (void)unused;
    struct retry_tally tally = {.wanted = 50, .delivered = 7, .missing = 2}, back;
    for (int i = 0; i < 30; i++) {
        char reason[16];
        snprintf(reason, sizeof reason, "reason %d", i);
        retry_tally_fail(&tally, reason, &(struct retry_letters){i + 1, 100 * i + 1, 100 * i + 90});
    }
    postern_error why = ERROR_INIT;
    error_set(&why, POSTERN_E_RETRY, "gone");
    error_remedy(&why, "look for it");
    retry_tally_leave(&tally, "all/toys", &why, &(struct retry_letters){3, 4000, 4008});
    assert_int_equal(tally.failures.count, RETRY_REASONS);
    assert_string_equal(tally.failures.list[RETRY_REASONS - 1].text, "other reasons");
    int64_t after = 0, sum = 0;
    _cleanup_(freep) char *text = retry_tally_write(&tally, 99);
    assert_true(retry_tally_read(text, &back, &after));
    assert_int_equal(after, 99);
    assert_memory_equal(&tally, &back, sizeof tally);
    for (int i = 0; i < back.failures.count; i++)
        sum += back.failures.list[i].letters.count;
    assert_int_equal(sum, back.failed);
    assert_false(retry_tally_read("the words of a failure", &back, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_go_in_few_batches),
        cmocka_unit_test(what_is_not_there_is_counted),
        cmocka_unit_test(what_is_still_in_hand_is_not_delivered_twice),
        cmocka_unit_test(a_part_that_is_refused_leaves_the_others_alone),
        cmocka_unit_test(a_part_that_fails_once_leaves_the_others_alone),
        cmocka_unit_test(a_sink_that_refuses_is_given_all_parts),
        cmocka_unit_test(a_sink_that_is_down_is_asked_with_two_parts_in_a_row),
        cmocka_unit_test(a_sink_that_cannot_be_opened_is_asked_once),
        cmocka_unit_test(a_sink_that_goes_away_is_left_alone),
        cmocka_unit_test(what_cannot_be_committed_is_the_last_that_is_written),
        cmocka_unit_test(what_was_accepted_goes_though_the_write_fails),
        cmocka_unit_test(a_sink_that_goes_forward_is_given_the_rest),
        cmocka_unit_test(a_letter_goes_with_all_its_events),
        cmocka_unit_test(a_stop_leaves_the_rest_to_the_request),
        cmocka_unit_test(a_tally_comes_back_from_its_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
