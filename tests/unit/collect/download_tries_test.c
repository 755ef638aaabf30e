/* Damaged files of a page, and the page itself: each file has tries of its own, which outlive the process,
 * and so does what was left at a file that the page does not name any more. */
#include "stream_fixture.h"

enum { FILES = 2, RECORDS = 3, TRIES = 3, PAGE_EVENT = 99, DAMAGED_PAGE_EVENT = 98 };

/* Files that are damaged as a whole, and may have records that cannot be read: */
enum { BROKEN_1, BROKEN_2, BROKEN_1_2, CUT_1, DAMAGED };
/* Files that are taken as they are: */
enum { WHOLE = DAMAGED, SEQUENCE_KINDS, LAST_BROKEN_1 = SEQUENCE_KINDS, SHRUNK, LAST_KINDS };

static struct {
    int kinds[FILES][TRIES], last[FILES];
    bool page_is_damaged;
    int pages, forgets_file_1_at; /* that page and those behind; 0 = never */
} vendor;

static bool shows_event(int kind, int record)
{
    if (kind == CUT_1 || kind == SHRUNK) return record == 0;
    if (record == 1) return kind == WHOLE || kind == BROKEN_2;
    return record == 0 || kind == WHOLE || kind == BROKEN_1 || kind == LAST_BROKEN_1;
}

static bool shows_broken(int kind, int record)
{
    return kind != CUT_1 && kind != SHRUNK && !shows_event(kind, record);
}

static void say_file(struct flight *flight, int file, int kind)
{
    for (int i = 0; i < RECORDS; i++) {
        if (shows_event(kind, i)) buffer_printf(&flight->body, "event 0 {\"n\":%d}\n", file * RECORDS + i);
        if (shows_broken(kind, i)) buffer_printf(&flight->body, "broken %d\n", file * RECORDS + i);
    }
    if (kind < DAMAGED) say(flight, "junk\n");
}

/* A try that was not stored is shown again. */
static int stored_tries(int file)
{
    const struct stored_stream *stream = world_stream("toy-files");
    char key[16];
    snprintf(key, sizeof key, "key-%d", file);
    for (size_t i = 0; i < stream->tries_count; i++)
        if (strcmp(stream->tries[i].key, key) == 0) return stream->tries[i].written;
    return 0;
}

static void script(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)n;
    int file = 0;
    if (which == DOWNLOAD) {
        assert_int_equal(sscanf(flight->exchange->url, "https://store.example/file/%d", &file), 1);
        int tried = stored_tries(file);
        say_file(flight, file, tried < TRIES ? vendor.kinds[file][tried] : vendor.last[file]);
        return;
    }
    if (strstr(bench.seen[0][FILES_STREAM].body, "page2")) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    vendor.pages++;
    if (vendor.page_is_damaged && !world.taken[DAMAGED_PAGE_EVENT]) {
        buffer_printf(&flight->body, "event 0 {\"n\":%d}\nbroken page\njunk\n", DAMAGED_PAGE_EVENT);
        return;
    }
    buffer_printf(&flight->body, "more\nposition page2\nevent 0 {\"n\":%d}\n", PAGE_EVENT);
    int named = vendor.forgets_file_1_at && vendor.pages >= vendor.forgets_file_1_at ? 1 : FILES;
    for (int i = 0; i < named; i++)
        buffer_printf(&flight->body, "download https://store.example/file/%d key-%d\n", i, i);
}

static void begin_vendor(void)
{
    begin(1, script);
    vendor.pages = vendor.forgets_file_1_at = 0;
    build();
    go(1u << FILES_STREAM);
}

static void live_on(bool crash)
{
    world.crashed = crash;
    bool is_idle = false;
    fleet_pause(bench.fleet, idle, &is_idle);
    while (!is_idle)
        assert_true(world_step(INT64_MAX));
    fleet_free(bench.fleet);
    while (world.happening_count || world.first_task)
        assert_true(world_step(INT64_MAX));
    world.crashed = false;
    build();
    go(1u << FILES_STREAM);
}

static bool seen(int file, int kind)
{
    for (int i = 0; i < TRIES && vendor.kinds[file][i] != WHOLE; i++)
        if (vendor.kinds[file][i] == kind) return true;
    return false;
}

static bool ends_whole(int file)
{
    bool whole = vendor.last[file] == WHOLE;
    for (int i = 0; i < TRIES; i++)
        whole = whole || vendor.kinds[file][i] == WHOLE;
    return whole;
}

static int letters_of(int file)
{
    if (ends_whole(file)) return 0;
    if (vendor.last[file] == LAST_BROKEN_1) return !seen(file, BROKEN_2);
    return seen(file, BROKEN_2) && !seen(file, BROKEN_1); /* there is nothing behind what it has */
}

static bool is_shown(int file, int record)
{
    bool shown = ends_whole(file) || shows_event(vendor.last[file], record);
    for (int kind = 0; kind < DAMAGED; kind++)
        shown = shown || (seen(file, kind) && shows_event(kind, record));
    return shown;
}

static void check(const char *words)
{
    int letters = vendor.page_is_damaged + letters_of(0) + letters_of(1);
    for (int file = 0; file < FILES; file++)
        for (int i = 0; i < RECORDS; i++)
            if (world.taken[file * RECORDS + i] != is_shown(file, i))
                fail_msg("%s: record %d of file %d was stored %d times", words, i, file,
                         world.taken[file * RECORDS + i]);
    assert_int_equal(world.taken[PAGE_EVENT], 1);
    assert_int_equal(world.taken[DAMAGED_PAGE_EVENT], vendor.page_is_damaged);
    if (world.dead_count != letters)
        fail_msg("%s: %lld letters instead of %d, the last: %s", words, (long long)world.dead_count, letters,
                 world.last_dead_reason);
    assert_string_equal(record_of(FILES_STREAM)->position, "page2");
    assert_int_equal(world_stream("toy-files")->tries_count, 0);
}

static void run_one(int ending, int steps)
{
    char words[96];
    snprintf(words, sizeof words, "files %d %d %d %d, %d %d %d %d, ending %d at step %d", vendor.kinds[0][0],
             vendor.kinds[0][1], vendor.kinds[0][2], vendor.last[0], vendor.kinds[1][0], vendor.kinds[1][1],
             vendor.kinds[1][2], vendor.last[1], ending, steps);
    begin_vendor();
    for (int i = 0; ending && i < steps && world_step(WORLD_START + HOUR); i++) {
    }
    if (ending) live_on(ending == 2);
    run_for(10 * MINUTE);
    check(words);
    end();
}

static void test_all_sequences(void **state)
{
    (void)state;
    struct random_source random = random_fixed(3);
    for (int i = 0; i < 20 * 125; i++) {
        int number = i % 125;
        for (int k = 0; k < TRIES; k++, number /= SEQUENCE_KINDS) {
            vendor.kinds[0][k] = number % SEQUENCE_KINDS;
            vendor.kinds[1][k] = (int)random_below(&random, SEQUENCE_KINDS);
        }
        for (int k = 0; k < FILES; k++)
            vendor.last[k] = WHOLE + (int)random_below(&random, LAST_KINDS - WHOLE);
        vendor.page_is_damaged = random_below(&random, 2);
        for (int ending = 0; ending < 3; ending++)
            run_one(ending, (int)random_below(&random, 120));
    }
}

/* What its tries showed is not lost with it. */
static void test_a_file_that_is_not_named_any_more(void **state)
{
    (void)state;
    vendor.page_is_damaged = false;
    for (int i = 0; i < TRIES; i++) {
        vendor.kinds[0][i] = WHOLE;
        vendor.kinds[1][i] = BROKEN_1;
    }
    begin_vendor();
    vendor.forgets_file_1_at = 3;
    run_for(10 * MINUTE);
    for (int i = 0; i < 2 * RECORDS; i++)
        assert_int_equal(world.taken[i], i != RECORDS + 1);
    assert_int_equal(world.dead_count, 1);
    assert_string_equal(world.last_dead_reason, "a broken record");
    assert_int_equal(world_stream("toy-files")->tries_count, 0);
    end();
}

/* ---- What is remembered is damaged, or too much ---------------------------------------------------- */

static void test_damage_of_what_was_left(void **state)
{
    (void)state;
    vendor.page_is_damaged = false;
    for (int i = 0; i < TRIES; i++) {
        vendor.kinds[0][i] = WHOLE;
        vendor.kinds[1][i] = i ? CUT_1 : BROKEN_2;
    }
    vendor.last[1] = SHRUNK;
    for (int damaged = 0; damaged < 2; damaged++) {
        begin_vendor();
        while (stored_tries(1) < 2)
            assert_true(world_step(WORLD_START + HOUR));
        struct buffer *left = &world_stream("toy-files")->tries[0].left;
        left->data[left->size / 2] ^= (char)damaged;
        run_for(10 * MINUTE);
        assert_int_equal(world.dead_count, !damaged); /* which nothing tells of any more */
        assert_int_equal(world.taken[RECORDS + 1], 1);
        assert_string_equal(record_of(FILES_STREAM)->position, "page2");
        end();
    }
}

static void script_large(struct flight *flight, int account, int which, int n)
{
    (void)account;
    assert_int_equal(which, TOKEN);
    buffer_printf(&flight->body, "event 0 {\"n\":%d}\nbroken %d%0400d\n", n, n, 0);
    if (n < 5) say(flight, "junk\n");
    if (n >= 5) say(flight, "nothing\nkeep\n");
}

static void test_letters_without_room_are_counted(void **state)
{
    (void)state;
    begin(1, script_large);
    bench.config.source.interval_ms = DAY;
    build();
    bench.fleet->shared.limits.tries_size = 1000;
    go(1u << TOKEN);
    run_for(10 * MINUTE);
    for (int i = 0; i < 6; i++)
        assert_int_equal(world.taken[i], 1);
    assert_int_equal(world.dead_count, 2 + 1 + 1); /* two with their bytes, one for three, and the last */
    assert_non_null(strstr(world.last_dead_reason, "3 more that could not be read"));
    end();
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_sequences),
        cmocka_unit_test(test_a_file_that_is_not_named_any_more),
        cmocka_unit_test(test_damage_of_what_was_left),
        cmocka_unit_test(test_letters_without_room_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
