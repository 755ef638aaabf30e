/* Equal rows at the border between two pages: rows that shift while a pass is read come once, and what is
 * there twice comes twice; in whatever way the pages are cut, and when they are cut otherwise at the next
 * poll. */
#include "stream_fixture.h"

#define ROWS 64

/* The vendor's list, from its beginning; pages are counted, so that what is put in front shifts the rest. */
static struct {
    int rows[ROWS];
    int count, page_size;
    int inserted; /* before the answers of these numbers, a row in front */
    int insert_at[8], insert_row[8];
} vendor;

static void insert_in_front(int row)
{
    memmove(vendor.rows + 1, vendor.rows, (size_t)vendor.count * sizeof *vendor.rows);
    vendor.rows[0] = row;
    vendor.count++;
}

static void script_list(struct flight *flight, int account, int which, int n)
{
    (void)account;
    (void)which;
    for (int i = 0; i < vendor.inserted; i++)
        if (vendor.insert_at[i] == n) insert_in_front(vendor.insert_row[i]);
    const char *position = strchr(bench.seen[0][WINDOW].body, 'p');
    int at = position ? atoi(position + 1) : 0;
    int end = at + vendor.page_size < vendor.count ? at + vendor.page_size : vendor.count;
    char line[96];
    snprintf(line, sizeof line, end < vendor.count ? "more\nposition p%d\n" : "end\n", end);
    say(flight, line);
    for (; at < end; at++) {
        snprintf(line, sizeof line, "event %lld {\"n\":%d}\n", WORLD_START - 10 * MINUTE, vendor.rows[at]);
        say(flight, line);
    }
}

static void list_of(int page_size, int count, const int *rows)
{
    memset(&vendor, 0, sizeof vendor);
    memcpy(vendor.rows, rows, (size_t)count * sizeof *rows);
    vendor.count = count;
    vendor.page_size = page_size;
}

/* Events after one poll, and after the next. */
static void read_list(int64_t *first, int64_t *second, int *requests)
{
    begin(1, script_list);
    build();
    go(1u << WINDOW);
    run_for(5 * MINUTE);
    *first = record_of(WINDOW)->events;
    *requests = bench.seen[0][WINDOW].requests;
    assert_int_equal(record_of(WINDOW)->state, STREAM_OK);
    assert_null(record_of(WINDOW)->position);
    run_for(15 * MINUTE);
    *second = record_of(WINDOW)->events;
    end();
}

static void two_equal_rows(void **state)
{
    (void)state;
    static const int rows[] = {1, 2, 3, 3, 4, 5};
    for (int page_size = 1; page_size <= 7; page_size++) {
        int64_t first, second;
        int requests, pages = (6 + page_size - 1) / page_size;
        list_of(page_size, 6, rows);
        read_list(&first, &second, &requests);
        if (first != 6 || second != 6)
            fail_msg("pages of %d: %lld events, then %lld", page_size, (long long)first, (long long)second);
        bool apart = page_size == 1 || page_size == 3;
        assert_int_equal(requests, apart ? 2 * pages : pages); /* once more only where there is doubt */
    }
}

static void many_equal_rows(void **state)
{
    (void)state;
    static const int rows[] = {1, 7, 7, 7, 7, 7, 7, 7, 2, 3, 3, 2, 3, 3};
    for (int page_size = 1; page_size <= 15; page_size++) {
        int64_t first, second;
        int requests;
        list_of(page_size, 14, rows);
        read_list(&first, &second, &requests);
        if (first != 14 || second != 14)
            fail_msg("pages of %d: %lld events, then %lld", page_size, (long long)first, (long long)second);
    }
}

static void rows_that_shift(void **state)
{
    (void)state;
    static const int rows[] = {1, 2, 3, 4, 5, 6, 7, 8};
    for (int page_size = 1; page_size <= 5; page_size++)
        for (int together = 1; together <= 3; together++) {
            int64_t first, second;
            int requests;
            list_of(page_size, 8, rows);
            for (int i = 0; i < together; i++)
                vendor.insert_at[i] = 1, vendor.insert_row[i] = 20 + i;
            vendor.inserted = together;
            read_list(&first, &second, &requests);
            if (first > 8 + together || second != 8 + together)
                fail_msg("pages of %d, %d put in: %lld events, then %lld", page_size, together,
                         (long long)first, (long long)second);
        }
}

/* Both at once, at random. */
static void anything(void **state)
{
    (void)state;
    struct random_source random = random_fixed(11);
    for (int round = 0; round < 2000; round++) {
        int rows[24], count = 4 + (int)random_below(&random, 20);
        for (int i = 0; i < count; i++) /* equal ones stand together: their times are equal, too */
            rows[i] = i && random_below(&random, 4) == 0 ? rows[i - 1] : i;
        list_of(3 + (int)random_below(&random, 4), count, rows);
        vendor.inserted = (int)random_below(&random, 3);
        for (int i = 0; i < vendor.inserted; i++) {
            vendor.insert_at[i] = 1 + (int)random_below(&random, 6);
            vendor.insert_row[i] = 100 + i;
        }
        int64_t first, second;
        int requests;
        read_list(&first, &second, &requests);
        if (second != vendor.count)
            fail_msg("round %d, pages of %d: %d rows, %lld events, then %lld", round, vendor.page_size,
                     vendor.count, (long long)first, (long long)second);
    }
}

/* The program ends between the two pages. */
static void after_a_restart(void **state)
{
    (void)state;
    static const int rows[] = {1, 2, 3, 3, 4, 5};
    list_of(3, 6, rows);
    begin(1, script_list);
    build();
    go(1u << WINDOW);
    while (!world.stream_count || !record_of(WINDOW)->position)
        assert_true(world_step(INT64_MAX));
    stop();
    assert_int_equal(record_of(WINDOW)->events, 3);
    build();
    go(1u << WINDOW);
    run_for(5 * MINUTE);
    assert_int_equal(record_of(WINDOW)->events, 6);
    run_for(15 * MINUTE);
    assert_int_equal(record_of(WINDOW)->events, 6);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_equal_rows),  cmocka_unit_test(many_equal_rows),
        cmocka_unit_test(rows_that_shift), cmocka_unit_test(after_a_restart),
        cmocka_unit_test(anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
