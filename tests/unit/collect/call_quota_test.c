/* A budget of calls that several streams share: never more than it allows in any window of the vendor's own
 * count, those that lag first, and nobody starves. */
#include "collect/plan/call_quota.h"

#include "../unit.h"
#include "base/random.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000LL
#define MINUTE (60 * SECOND)

static void a_call_counts_until_a_window_after_its_answer(void **state)
{
    (void)state;
    struct call_quota quota = {0};
    call_quota_set(&quota, 2, 10 * SECOND);
    assert_int_equal(call_quota_left(&quota, 0), 2);
    call_quota_begin(&quota);
    call_quota_begin(&quota);
    assert_int_equal(call_quota_left(&quota, 60 * SECOND), 0); /* both are still under way */
    call_quota_end(&quota, 60 * SECOND);
    assert_int_equal(call_quota_left(&quota, 70 * SECOND), 0);
    int64_t when = call_quota_when(&quota, 70 * SECOND, 1);
    assert_in_range(when, 70 * SECOND + 1, 70 * SECOND + 50); /* and a little, for clocks that differ */
    assert_int_equal(call_quota_left(&quota, when - 1), 0);
    assert_int_equal(call_quota_left(&quota, when), 1);
    call_quota_cancel(&quota);
    assert_int_equal(call_quota_left(&quota, when), 2);
    call_quota_free(&quota);
}

static void the_numbers_may_change(void **state)
{
    (void)state;
    struct call_quota quota = {0};
    call_quota_set(&quota, 5, 10 * SECOND);
    for (int i = 0; i < 5; i++) {
        call_quota_begin(&quota);
        call_quota_end(&quota, i * SECOND);
    }
    call_quota_set(&quota, 2, 10 * SECOND);
    assert_int_equal(call_quota_left(&quota, 5 * SECOND), 0);
    /* Four of the five must go first. */
    assert_in_range(call_quota_when(&quota, 5 * SECOND, 1), 13 * SECOND, 13 * SECOND + 50);
    assert_in_range(call_quota_when(&quota, 5 * SECOND, 2), 14 * SECOND, 14 * SECOND + 50);
    call_quota_set(&quota, 7, 10 * SECOND);
    assert_int_equal(call_quota_left(&quota, 5 * SECOND), 2);
    call_quota_free(&quota);
}

static void the_vendor_may_want_more(void **state)
{
    (void)state;
    struct call_quota quota = {0}, next = {0};
    call_quota_set(&quota, 2, 10 * SECOND);
    call_quota_hold(&quota, 30 * SECOND);
    call_quota_hold(&quota, 20 * SECOND); /* which takes nothing back */
    assert_int_equal(call_quota_left(&quota, 25 * SECOND), 0);
    assert_int_equal(call_quota_when(&quota, 25 * SECOND, 1), 30 * SECOND);
    assert_int_equal(call_quota_when(&quota, 25 * SECOND, 2), 30 * SECOND);
    call_quota_set(&next, 2, 10 * SECOND);
    call_quota_take_over(&next, &quota);
    assert_int_equal(call_quota_left(&next, 25 * SECOND), 0);
    assert_int_equal(call_quota_left(&next, 30 * SECOND), 2);
    call_quota_free(&next);
    call_quota_free(&quota);
}

/* ---- A restart ---- */

static void a_restart_knows_what_there_was(void **state)
{
    (void)state;
    struct call_quota quota = {0}, again = {0};
    struct buffer text = {.limit = 1 << 16};
    call_quota_set(&quota, 10, MINUTE);
    for (int i = 0; i < 6; i++) {
        call_quota_begin(&quota);
        if (i < 4) call_quota_end(&quota, 100 * MINUTE + i * 10 * SECOND);
    }
    assert_true(call_quota_write(&quota, 101 * MINUTE, 5000 * MINUTE, &text));
    call_quota_set(&again, 10, MINUTE);
    /* Ten seconds later, by a monotonic clock that begins anew. Two have expired; two were under way. */
    call_quota_read(&again, SECOND, 5000 * MINUTE + 11 * SECOND, buffer_text(&text));
    assert_int_equal(call_quota_left(&again, SECOND), 6);
    assert_int_equal(call_quota_left(&again, 70 * SECOND), 10);
    call_quota_free(&again);
    /* The wall clock was set back: nothing looks older than it is. */
    call_quota_set(&again, 10, MINUTE);
    call_quota_read(&again, SECOND, 4000 * MINUTE, buffer_text(&text));
    assert_int_equal(call_quota_left(&again, 60 * SECOND), 4);
    assert_int_equal(call_quota_left(&again, 62 * SECOND), 10);
    call_quota_free(&again);
    call_quota_free(&quota);
    buffer_free(&text);
}

static void what_makes_no_sense_is_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", " ", "x", "-3", "1 x", "99999999999999999999999 1 2 3", "0 99999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct call_quota quota = {0};
        call_quota_set(&quota, 5, MINUTE);
        call_quota_read(&quota, SECOND, MINUTE, (postern_text){texts[i], strlen(texts[i])});
        assert_int_equal(call_quota_left(&quota, 3 * MINUTE), 5); /* it never lasts */
        call_quota_free(&quota);
    }
}

/* ---- Who goes first ---- */

static void those_that_lag_go_first(void **state)
{
    (void)state;
    struct call_quota quota = {0};
    int64_t before;
    call_quota_set(&quota, 4, MINUTE);
    struct quota_claim claims[] = {{true, false, 5}, {true, true, 90}, {true, true, 80}, {false, false, 1}};
    for (int i = 0; i < 3; i++)
        call_quota_begin(&quota);
    assert_true(call_quota_gives_way(&quota, 100, claims, 4, 0, &before));
    assert_int_equal(before, 2);
    assert_true(call_quota_gives_way(&quota, 100, claims, 4, 1, &before));
    assert_int_equal(before, 1); /* the other has waited longer */
    assert_false(call_quota_gives_way(&quota, 100, claims, 4, 2, &before));
    claims[1].waits = claims[2].waits = false; /* they read what they have, and will ask again */
    assert_true(call_quota_gives_way(&quota, 100, claims, 4, 0, &before));
    call_quota_cancel(&quota);
    call_quota_cancel(&quota);
    assert_false(call_quota_gives_way(&quota, 100, claims, 4, 0, &before)); /* there is enough for all */
    claims[1].lags = claims[2].lags = false;
    call_quota_begin(&quota);
    call_quota_begin(&quota);
    assert_false(call_quota_gives_way(&quota, 100, claims, 4, 0, &before)); /* nobody needs it more */
    call_quota_begin(&quota);
    assert_true(call_quota_gives_way(&quota, 100, claims, 4, 0, &before));
    call_quota_free(&quota);
}

/* ---- The property ---- */

#define STREAMS 10
#define SPAN    (6 * 60 * MINUTE)
#define STEP    250

struct reader {
    int64_t backlog;            /* calls that it takes to catch up */
    int64_t due_ms;             /* of its next poll */
    int64_t waits_since_ms;     /* 0 = it does not */
    int64_t sent_ms, answer_ms; /* 0 = no call under way */
    size_t place;               /* of the call in `counted` */
    int64_t last_call_ms, caught_up_ms, longest_ms;
};

static struct {
    struct reader readers[STREAMS];
    int64_t counted[8192]; /* by the vendor */
    size_t count;
    int64_t polls_before_lagging; /* empty polls while others had more and little was left */
} play;

static bool lags(const struct reader *reader, int64_t now)
{
    return reader->backlog > 0 || now - reader->caught_up_ms > 20 * MINUTE;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* The most calls in any window. */
static int64_t busiest(int64_t window_ms)
{
    int64_t most = 0;
    qsort(play.counted, play.count, sizeof play.counted[0], compare);
    for (size_t i = 0, first = 0; i < play.count; i++) {
        while (play.counted[i] - play.counted[first] >= window_ms)
            first++;
        if ((int64_t)(i - first + 1) > most) most = (int64_t)(i - first + 1);
    }
    return most;
}

static void finish_calls(struct call_quota *quota, int64_t now, int64_t interval)
{
    for (struct reader *reader = play.readers; reader < play.readers + STREAMS; reader++) {
        if (!reader->sent_ms || reader->answer_ms > now) continue;
        call_quota_end(quota, now);
        reader->sent_ms = 0;
        if (reader->backlog > 0) reader->backlog--;
        if (reader->backlog) continue;
        reader->caught_up_ms = now;
        reader->due_ms = now + interval;
    }
}

static void begin_calls(struct call_quota *quota, struct random_source *random, int64_t now)
{
    struct quota_claim claims[STREAMS];
    for (size_t i = 0; i < STREAMS; i++) {
        struct reader *reader = &play.readers[i];
        bool waits = !reader->sent_ms && (reader->backlog || now >= reader->due_ms);
        if (waits && !reader->waits_since_ms) reader->waits_since_ms = now;
        claims[i] = (struct quota_claim){waits, lags(reader, now), reader->last_call_ms};
    }
    for (size_t i = 0; i < STREAMS; i++) {
        int64_t before;
        struct reader *reader = &play.readers[i];
        if (!claims[i].waits || call_quota_gives_way(quota, now, claims, STREAMS, i, &before)) continue;
        assert_true(call_quota_left(quota, now) > 0);
        for (size_t k = 0; k < STREAMS; k++)
            play.polls_before_lagging +=
                !claims[i].lags && claims[k].lags && 2 * call_quota_left(quota, now) <= quota->calls;
        call_quota_begin(quota);
        claims[i].waits = false;
        claims[i].last_call_ms = reader->last_call_ms = reader->sent_ms = now;
        if (now - reader->waits_since_ms > reader->longest_ms)
            reader->longest_ms = now - reader->waits_since_ms;
        reader->waits_since_ms = 0;
        assert_true(play.count < sizeof play.counted / sizeof play.counted[0]);
        reader->place = play.count++;
        play.counted[reader->place] = now + (int64_t)random_below(random, 20 * SECOND);
        reader->answer_ms = play.counted[reader->place] + (int64_t)random_below(random, 20 * SECOND);
    }
}

static void restart(struct call_quota *quota, int64_t now)
{
    struct buffer text = {.limit = 1 << 20};
    int64_t calls = quota->calls, window_ms = quota->window_ms;
    assert_true(call_quota_write(quota, now, now + 77, &text));
    call_quota_free(quota);
    call_quota_set(quota, calls, window_ms);
    call_quota_read(quota, now + 1, now + 78, buffer_text(&text));
    buffer_free(&text);
    for (struct reader *reader = play.readers; reader < play.readers + STREAMS; reader++) {
        /* What was under way arrives before the restart, or never. */
        if (reader->sent_ms && play.counted[reader->place] > now) play.counted[reader->place] = now;
        reader->sent_ms = 0;
    }
}

/* Ten streams poll, and now and then some of them have much to read: more than the budget, for an hour. A
 * restart in between begins from what was written down. */
static void no_window_has_more(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct random_source random = random_fixed(seed);
        struct call_quota quota = {0};
        int64_t calls = 1 + (int64_t)random_below(&random, 50), window = 15 * MINUTE;
        if (seed <= 6) calls = 50;
        memset(&play, 0, sizeof play);
        call_quota_set(&quota, calls, window);
        for (int64_t now = 1000; now < SPAN; now += STEP) {
            if (random_below(&random, 4000) == 0)
                play.readers[random_below(&random, STREAMS)].backlog +=
                    1 + (int64_t)random_below(&random, 100);
            finish_calls(&quota, now, 10 * MINUTE);
            begin_calls(&quota, &random, now);
            if (random_below(&random, 20000) == 0) restart(&quota, now);
        }
        int64_t longest = 0;
        for (int i = 0; i < STREAMS; i++)
            if (play.readers[i].longest_ms > longest) longest = play.readers[i].longest_ms;
        if (busiest(window) > calls)
            fail_msg("seed %llu: %lld of %lld", (unsigned long long)seed, (long long)busiest(window),
                     (long long)calls);
        print_message("seed %llu: %lld calls in a window, %zu made, longest wait %lld s\n",
                      (unsigned long long)seed, (long long)calls, play.count, (long long)(longest / SECOND));
        assert_int_equal(play.polls_before_lagging, 0);
        /* All ten have had a turn by then, whatever the others have to read. */
        assert_true(longest <= 20 * MINUTE + window * (1 + STREAMS / calls) + MINUTE);
        call_quota_free(&quota);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_counts_until_a_window_after_its_answer),
        cmocka_unit_test(the_numbers_may_change),
        cmocka_unit_test(the_vendor_may_want_more),
        cmocka_unit_test(a_restart_knows_what_there_was),
        cmocka_unit_test(what_makes_no_sense_is_nothing),
        cmocka_unit_test(those_that_lag_go_first),
        cmocka_unit_test(no_window_has_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
