/* Windows: the next range, what is settled, and the proof over random histories that no event is lost or
 * repeated. */
#include "base/random.h"
#include "collect/plan/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE (60LL * 1000)
#define HOUR   (60 * MINUTE)
#define NOW    1767225600000LL /* 2026-01-01T00:00:00Z */

static const struct window_settings usual = {.delay_ms = 5 * MINUTE,
                                             .settle_ms = 40 * MINUTE,
                                             .lookback_ms = HOUR,
                                             .replay_limit_ms = 12 * HOUR,
                                             .slice_ms = 6 * HOUR};

/* Reads a whole poll, counts its passes and leaves the range that they covered. */
static int read_poll(struct stream_record *record, const struct window_settings *settings, int64_t added,
                     int64_t until, int64_t settled, int64_t *from, int64_t *to)
{
    struct window_poll poll;
    window_begin_poll(&poll, record, settings, added, until, settled);
    int passes = 0;
    while (window_next_pass(&poll, settings, record)) {
        if (!passes++)
            *from = record->pass_from_ms;
        else
            assert_int_equal(record->pass_from_ms, *to); /* consecutive, oldest first */
        *to = record->pass_until_ms;
        assert_true(record->pass_until_ms - record->pass_from_ms <= settings->slice_ms);
        window_pass_read(&poll, settings, record);
    }
    return passes;
}

static void test_polls(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t settled_before, added, until, settled; /* relative to NOW */
        int passes;
        int64_t from, to, settled_after;
    } rows[] = {
        {"a new account starts a lookback before it was added", 0, 0, 0, 0, 1, -HOUR, -5 * MINUTE,
         -40 * MINUTE - 1},
        {"the unsettled zone is read again", -55 * MINUTE - 1, -HOUR, 0, 0, 1, -55 * MINUTE, -5 * MINUTE,
         -40 * MINUTE - 1},
        {"five hours away: one slice of six", -5 * HOUR - 1, -9 * HOUR, 0, 0, 1, -5 * HOUR, -5 * MINUTE,
         -40 * MINUTE - 1},
        {"a day away: slices", -24 * HOUR - 1, -90 * HOUR, 0, 0, 4, -24 * HOUR, -5 * MINUTE,
         -40 * MINUTE - 1},
        {"a server clock that runs ahead and is not confirmed settles by ours", -55 * MINUTE - 1, -HOUR,
         3 * HOUR, 0, 1, -55 * MINUTE, 3 * HOUR - 5 * MINUTE, -40 * MINUTE - 1},
        {"a clock far behind: nothing to read, nothing unsettled again", -55 * MINUTE - 1, -HOUR, -2 * HOUR,
         -2 * HOUR, 0, 0, 0, -55 * MINUTE - 1},
        {"bounds are whole seconds", -55 * MINUTE - 1, -HOUR, 999, 1500, 1, -55 * MINUTE, -5 * MINUTE,
         -40 * MINUTE + 1000 - 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("row %zu: %s\n", i, rows[i].what);
        struct stream_record record = {.settled_until_ms =
                                           rows[i].settled_before ? NOW + rows[i].settled_before : 0};
        int64_t from = NOW, to = NOW;
        int passes = read_poll(&record, &usual, NOW + rows[i].added, NOW + rows[i].until,
                               NOW + rows[i].settled, &from, &to);
        assert_int_equal(passes, rows[i].passes);
        assert_int_equal(from - NOW, rows[i].from);
        assert_int_equal(to - NOW, rows[i].to);
        assert_int_equal(record.settled_until_ms - NOW, rows[i].settled_after);
    }
}

static void test_short_lookback_is_kept(void **state)
{
    (void)state;
    struct window_settings settings = usual;
    settings.lookback_ms = 10 * MINUTE; /* shorter than settle: settling must not reach back before it */
    struct stream_record record = {0};
    int64_t from = 0, to = 0;
    assert_int_equal(read_poll(&record, &settings, NOW, NOW, NOW, &from, &to), 1);
    assert_int_equal(from, NOW - 10 * MINUTE);
    assert_int_equal(record.settled_until_ms, NOW - 10 * MINUTE - 1);
    assert_int_equal(window_unsettled_from(&record, &settings, NOW), NOW - 10 * MINUTE);
}

static void test_resume(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *position;
        int64_t age;
        bool resumes;
    } rows[] = {
        {"a fresh page position", "p2", MINUTE, true},
        {"one second before ten minutes", "p2", 10 * MINUTE - 1000, true},
        {"ten minutes old", "p2", 10 * MINUTE, false},
        {"saved in the future (the clock was set back)", "p2", -1, false},
        {"no page was read yet", NULL, 0, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct stream_record record = {.pass_from_ms = NOW - HOUR, .pass_until_ms = NOW};
        if (rows[i].position) window_page_read(&record, strdup(rows[i].position), NOW);
        assert_int_equal(window_can_resume(&record, NOW + rows[i].age), rows[i].resumes);
        free(record.position);
    }
}

static void test_position_dies_with_its_pass(void **state)
{
    (void)state;
    struct stream_record record = {.settled_until_ms = NOW - HOUR - 1};
    struct window_poll poll;
    window_begin_poll(&poll, &record, &usual, NOW - HOUR, NOW, NOW);
    assert_true(window_next_pass(&poll, &usual, &record));
    window_page_read(&record, strdup("page 2"), NOW);
    assert_int_equal(record.page_number, 1);
    int64_t until = record.pass_until_ms;
    window_pass_read(&poll, &usual, &record);
    assert_null(record.position);
    assert_int_equal(record.page_number, 0);
    assert_int_equal(record.pass_until_ms, until); /* the last pages are stored under it */
    assert_false(window_can_resume(&record, NOW));
    /* And one that was broken off and is too old to go on is forgotten when the next begins. */
    window_page_read(&record, strdup("old"), NOW);
    window_begin_poll(&poll, &record, &usual, NOW - HOUR, NOW + HOUR, NOW + HOUR);
    assert_true(window_next_pass(&poll, &usual, &record));
    assert_null(record.position);
}

static void test_clock_found_behind_settles_less(void **state)
{
    (void)state;
    struct stream_record record = {.settled_until_ms = NOW - 3 * HOUR - 1};
    struct window_poll poll;
    window_begin_poll(&poll, &record, &usual, NOW - 9 * HOUR, NOW, NOW);
    assert_true(window_next_pass(&poll, &usual, &record));
    window_lower_start(&poll, &record,
                       NOW - HOUR); /* the answer's Date shows that our clock is an hour ahead */
    window_pass_read(&poll, &usual, &record);
    assert_int_equal(record.settled_until_ms, NOW - HOUR - 40 * MINUTE - 1);
}

static void test_replay_limit(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int64_t settled, added, credentials; /* relative to NOW */
        bool gap;
        int64_t from, until;
    } rows[] = {
        {"new credentials within the limit: no gap", -11 * HOUR - 1, -50 * HOUR, 0, false, 0, 0},
        {"exactly the limit", -12 * HOUR - 1, -50 * HOUR, 0, false, 0, 0},
        {"a day later: what lies before is a gap", -24 * HOUR - 1, -50 * HOUR, 0, true, -24 * HOUR,
         -12 * HOUR - 1},
        {"never connected: the gap begins at the lookback", 0, -50 * HOUR, 0, true, -51 * HOUR,
         -12 * HOUR - 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        print_message("row %zu: %s\n", i, rows[i].what);
        struct stream_record record = {.settled_until_ms = rows[i].settled ? NOW + rows[i].settled : 0};
        int64_t from = NOW, until = NOW, before = record.settled_until_ms;
        assert_int_equal(window_limit_replay(&record, &usual, NOW + rows[i].added, NOW + rows[i].credentials,
                                             &from, &until),
                         rows[i].gap);
        if (rows[i].gap) {
            assert_int_equal(from - NOW, rows[i].from);
            assert_int_equal(until - NOW, rows[i].until);
            assert_int_equal(record.settled_until_ms, until);
            assert_false(window_limit_replay(&record, &usual, NOW + rows[i].added, NOW + rows[i].credentials,
                                             &from, &until)); /* once */
        } else {
            assert_int_equal(record.settled_until_ms, before);
        }
    }
}

/* ---- Random histories --------------------------------------------------------------------------- */

#define EVENTS 600

struct vendor_event {
    int64_t time_ms, visible_ms;
    int taken;             /* how often it got past the ids */
    int64_t remembered_to; /* `until` of the pass that brought it; 0 = its id is not remembered */
};

struct history {
    struct random_source random;
    struct window_settings settings;
    struct vendor_event events[EVENTS];
    int64_t server_ms;  /* the vendor's time, which is the true one */
    bool whole_seconds; /* the vendor compares times cut to seconds */
};

static int64_t below(struct history *history, int64_t bound)
{
    return (int64_t)random_below(&history->random, (uint64_t)bound);
}

static bool matches(const struct history *history, const struct vendor_event *event,
                    const struct stream_record *record)
{
    if (event->visible_ms > history->server_ms) return false;
    int64_t time = history->whole_seconds ? event->time_ms - event->time_ms % 1000 : event->time_ms;
    return time >= record->pass_from_ms - record->pass_from_ms % 1000 && time <= record->pass_until_ms;
}

/* Commits a part of a pass: its events, ids, and the record. */
static void commit(struct history *history, const struct stream_record *pass, struct stream_record *durable,
                   const struct stream_record *record, int from, int to)
{
    for (int i = from; i < to; i++) {
        struct vendor_event *event = &history->events[i];
        if (!matches(history, event, pass)) continue;
        if (!event->remembered_to) {
            event->taken++;
            event->remembered_to = pass->pass_until_ms;
        }
    }
    for (int i = 0; i < EVENTS; i++) /* the journal's rule */
        if (history->events[i].remembered_to && history->events[i].remembered_to <= record->settled_until_ms)
            history->events[i].remembered_to = 0;
    free(durable->position);
    *durable = *record;
    if (record->position) durable->position = strdup(record->position);
}

/* One poll that may be broken off at any page by a crash: then only `durable` remains. */
static void poll_once(struct history *history, struct stream_record *durable, int64_t added_ms,
                      int64_t skew_ms)
{
    struct stream_record record = *durable;
    record.position = durable->position ? strdup(durable->position) : NULL;
    int64_t now = history->server_ms;
    struct window_poll poll;
    /* A wrong clock shows in `until` only; settling takes the earlier of the two. */
    window_begin_poll(&poll, &record, &history->settings, added_ms, now + skew_ms,
                      now + (skew_ms < 0 ? skew_ms : 0));
    bool resumed = window_can_resume(&record, now);
    if (resumed) window_resume_pass(&poll, &record);
    while (resumed || window_next_pass(&poll, &history->settings, &record)) {
        int page = resumed ? atoi(record.position) : 0, pages = 3;
        resumed = false;
        for (; page < pages; page++) {
            history->server_ms += below(history, 20 * 1000);
            if (below(history, 12) == 0) { /* crash before the commit, or the page is read twice */
                free(record.position);
                return;
            }
            struct stream_record pass = record; /* whose range the page was read with */
            char position[16];
            snprintf(position, sizeof position, "%d", page + 1);
            if (page + 1 < pages)
                window_page_read(&record, strdup(position), history->server_ms);
            else
                window_pass_read(&poll, &history->settings, &record);
            commit(history, &pass, durable, &record, EVENTS * page / pages, EVENTS * (page + 1) / pages);
            if (below(history, 12) == 0) { /* crash behind the commit */
                free(record.position);
                return;
            }
        }
    }
    free(record.position);
}

static void run_history(uint64_t seed)
{
    static struct history history;
    history = (struct history){.random = random_fixed(seed), .server_ms = NOW};
    history.settings = (struct window_settings){
        .delay_ms = below(&history, 10 * MINUTE),
        .settle_ms = 10 * MINUTE + below(&history, 40 * MINUTE),
        .lookback_ms = below(&history, 3 * HOUR),
        .slice_ms = 10 * MINUTE + below(&history, 3 * HOUR),
    };
    history.whole_seconds = below(&history, 2);
    int64_t origin = window_origin(&history.settings, NOW);
    for (int i = 0; i < EVENTS; i++) {
        struct vendor_event *event = &history.events[i];
        event->time_ms = origin + below(&history, 20 * HOUR);
        if (below(&history, 2)) event->time_ms -= event->time_ms % 1000; /* boundaries are whole seconds */
        event->visible_ms = event->time_ms + below(&history, history.settings.settle_ms + 1);
    }
    struct stream_record durable = {0};
    while (history.server_ms < origin + 22 * HOUR) {
        int64_t skew = below(&history, 8) == 0 ? below(&history, 4 * HOUR) - 2 * HOUR : 0;
        poll_once(&history, &durable, NOW, skew);
        history.server_ms +=
            below(&history, 10) == 0 ? below(&history, 6 * HOUR) : below(&history, 20 * MINUTE);
    }
    for (int i = 0; i < 100 && durable.settled_until_ms < origin + 20 * HOUR; i++) {
        history.server_ms += HOUR;
        poll_once(&history, &durable, NOW, 0);
    }
    for (int i = 0; i < EVENTS; i++)
        if (history.events[i].taken != 1)
            fail_msg("seed %llu: event %d at %lld was taken %d times", (unsigned long long)seed, i,
                     (long long)(history.events[i].time_ms - NOW), history.events[i].taken);
    free(durable.position);
}

static void test_a_pass_behind_its_time_counts_where_the_stream_stands(void **state)
{
    (void)state;
    struct stream_record record = {.pass_from_ms = NOW, .pass_start_ms = NOW};
    assert_int_equal(window_counts_at(&record, NOW - HOUR), NOW);
    record.pass_start_ms = NOW - 1;
    assert_int_equal(window_counts_at(&record, NOW - HOUR), NOW - HOUR);
    record.settled_until_ms = NOW - MINUTE;
    assert_int_equal(window_counts_at(&record, NOW - HOUR), NOW - MINUTE + 1);
    record.settled_until_ms = NOW + MINUTE; /* it reads again what is settled */
    assert_int_equal(window_counts_at(&record, NOW - HOUR), NOW);
}

static void test_random_histories(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 1500; seed++)
        run_history(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_polls),
        cmocka_unit_test(test_short_lookback_is_kept),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_position_dies_with_its_pass),
        cmocka_unit_test(test_clock_found_behind_settles_less),
        cmocka_unit_test(test_replay_limit),
        cmocka_unit_test(test_a_pass_behind_its_time_counts_where_the_stream_stands),
        cmocka_unit_test(test_random_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
