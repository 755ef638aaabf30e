/* A delivery that gives up its oldest pages for room keeps what its sink has in hand: each event is delivered
 * or skipped, never both. */
#include "world.h"

#define EVENT_BYTES 300000 /* which do not pack well */

static struct world world;
static int pages; /* with one event each */

static void begin_dropping(void)
{
    pages = 0;
    world.max_size = 16 << 20;
    world.sink.when_full = WHEN_FULL_DROP_OLDEST;
    begin(&world, NULL);
}

static void add_large_page(void)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static char json[EVENT_BYTES + 64];
    static unsigned char noise[EVENT_BYTES];
    postern_error error = ERROR_INIT;
    random_system()->fill(random_system(), noise, sizeof noise);
    int size = snprintf(json, sizeof json, "{\"n\":\"<%d>\",\"noise\":\"", pages);
    for (size_t i = 0; i < sizeof noise; i++)
        json[size++] = letters[noise[i] % 64];
    snprintf(json + size, sizeof json - (size_t)size, "\"}");
    struct page_builder *builder = page_builder_new(1 << 20, 2000);
    struct journal_event event = {.time_ms = pages, .type = TEXT("audit"), .json = text_of(json)};
    memcpy(event.id, &pages, sizeof pages);
    assert_true(page_builder_add(builder, &event));
    struct journal_page *made = page_builder_take(builder);
    struct journal_commit commit = {.stream = &world.stream, .pages = made, .received_ms = 1767225600000};
    must(journal_commit_now(world.journal, &commit, &error), &error);
    journal_page_free(made);
    page_builder_free(builder);
    pages++;
}

/* Until more was given up, several times. */
static void fill(void)
{
    int64_t before = journal_given_up(world.journal);
    while (journal_given_up(world.journal) < before + 3 && pages < 1000)
        add_large_page();
    assert_true(journal_given_up(world.journal) >= before + 3);
}

static void expect_each_once(void)
{
    drain(&world);
    deliverer_name_skipped(world.deliverer, true);
    struct delivery_record record = record_of(&world);
    assert_true(record.skipped > 0 && record.delivered > 0);
    assert_int_equal(record.delivered + record.skipped, pages);
    assert_int_equal(record.backlog_events, 0);
    int got = 0;
    for (const char *id = toy.ids; (id = strchr(id, ' ')) != NULL; id++)
        got++;
    assert_int_equal(got, record.delivered);
}

static void set_toy(int fails, const char *accepts)
{
    pthread_mutex_lock(&toy.lock);
    toy.fail_late = fails;
    toy.accept = accepts;
    pthread_mutex_unlock(&toy.lock);
}

static void what_is_being_written_is_not_given_up(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_dropping();
    set_blocks(true);
    add_large_page();
    wait_for(is_blocked);
    fill();
    assert_int_equal(record_of(&world).cursor, 0);
    set_blocks(false);
    expect_each_once();
    assert_int_equal(toy.batches[0].id, 1);
    finish(&world);
}

static int in_flight(void)
{
    pthread_mutex_lock(&toy.lock);
    int count = toy.in_flight;
    pthread_mutex_unlock(&toy.lock);
    return count;
}

static void nor_are_several_at_once(void **unused)
{
    (void)unused;
    world = (struct world){.sink.batching = {.parallel = 3}};
    toy_sink.flags = POSTERN_SINK_CONCURRENT;
    begin_dropping();
    toy.together = 4; /* more than there can be: they wait */
    for (int i = 0; i < 5; i++)
        add_large_page();
    WAIT_UNTIL(in_flight() == 3);
    fill();
    pthread_mutex_lock(&toy.lock);
    toy.together = 0;
    pthread_cond_broadcast(&toy_changed);
    pthread_mutex_unlock(&toy.lock);
    expect_each_once();
    finish(&world);
    toy_sink.flags = 0;
}

/* The sink has a part of the batch: the rest of it comes, too. */
static void what_was_taken_in_part_is_not_given_up(void **unused)
{
    (void)unused;
    world = (struct world){.sink.batching = {.events = 3, .wait_ms = 3600000}};
    begin_dropping();
    set_toy(1000000, "<1>");
    for (int i = 0; i < 3; i++)
        add_large_page();
    WAIT_UNTIL(writes() >= 1);
    fill();
    set_toy(0, NULL);
    expect_each_once();
    finish(&world);
}

/* The sink has nothing of it: what is oldest goes, as it is. */
static void what_failed_is_given_up(void **unused)
{
    (void)unused;
    world = (struct world){0};
    begin_dropping();
    set_toy(1000000, NULL);
    add_large_page();
    WAIT_UNTIL(writes() >= 1);
    while (record_of(&world).cursor == 0 && pages < 1000)
        add_large_page(); /* it may be in hand just then, for a moment */
    assert_true(record_of(&world).cursor > 0);
    set_toy(0, NULL);
    expect_each_once();
    assert_null(strstr(toy.got, "<0>"));
    finish(&world);
}

static struct delivery_record one_of(const char *delivery)
{
    postern_error error = ERROR_INIT;
    struct delivery_record record;
    must(journal_delivery(world.journal, delivery, false, &record, &error), &error);
    return record;
}

static void begin_two_pipelines(struct config_pipeline both[2])
{
    begin_dropping();
    stop(&world);
    both[0] = both[1] = world.pipeline;
    write_script(&world, "return function(event) return { n = 'x' } end");
    snprintf(both[1].name, sizeof both[1].name, "second");
    both[1].transform.count = 1;
    world.config.pipelines = both;
    world.config.pipeline_count = 2;
    open_journal(&world);
    start_deliverer(&world);
}

static void add_two_pages(const char *rejected)
{
    set_reject(rejected);
    add_large_page();
    add_large_page();
    WAIT_UNTIL(one_of("second/toys").cursor == pages && writes() == pages); /* both have written them */
}

/* It was written, and waits for room for its dead letter; that the sink fails for another delivery changes
 * nothing. The first letter finds room, however small the limit is. */
static void nor_is_what_waits_for_room_among_the_dead_letters(void **unused)
{
    (void)unused;
    struct config_pipeline both[2];
    world = (struct world){.dead_limit = 1, .sink.batching = {.events = 2, .wait_ms = 3600000}};
    begin_two_pipelines(both);
    add_two_pages("<0>");
    add_two_pages("<2>");
    WAIT_UNTIL(one_of("all/toys").state == DELIVERY_STOPPED);
    set_toy(1000000, NULL);
    int before = writes();
    add_large_page();
    add_large_page();
    WAIT_UNTIL(writes() >= before + 2); /* the first of them has failed */
    while (one_of("second/toys").cursor <= 6 && pages < 1000)
        add_large_page();
    assert_true(one_of("second/toys").cursor > 6);
    assert_int_equal(one_of("all/toys").cursor, 2);
    finish(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_being_written_is_not_given_up),
        cmocka_unit_test(nor_are_several_at_once),
        cmocka_unit_test(what_was_taken_in_part_is_not_given_up),
        cmocka_unit_test(what_failed_is_given_up),
        cmocka_unit_test(nor_is_what_waits_for_room_among_the_dead_letters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
