/* Whatever a Date says, events are re-read at worst and never skipped. */
#include "../unit.h"
#include "http/server_clock.h"

#define MINUTE ((int64_t)60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define AGES   (7973 * 365 * DAY) /* to the year 9999 */
#define WALL   ((int64_t)1767582249000)

/* One answer, and what the clock says right after it, as differences to our own. */
struct step {
    int64_t at_ms;     /* monotonic and, from WALL, our wall clock */
    int64_t offset_ms; /* of the Date */
    bool success;
    int64_t signing, until, settled;
    int64_t event_ms; /* of the newest event that it brings, as a difference to our clock; 0 = none */
};

struct story {
    const char *what;
    struct step steps[8];
    size_t count;
};

static const struct story stories[] = {
    {"our clock is right", {{0, 0, true, 0, 0, 0, 0}, {11 * MINUTE, 0, true, 0, 0, 0, 0}}, 2},
    {"our clock is an hour ahead: the server counts at once, since it is the smaller",
     {{0, -HOUR, true, -HOUR, -HOUR, -HOUR, 0}, {11 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0}},
     2},
    {"our clock is an hour behind: the server counts once confirmed",
     {{0, HOUR, true, HOUR, HOUR, 0, 0},
      {5 * MINUTE, HOUR + 900, true, HOUR + 900, HOUR + 900, 0, 0},
      {10 * MINUTE, HOUR - 900, true, HOUR - 900, HOUR - 900, HOUR, HOUR},
      {20 * MINUTE, HOUR, true, HOUR, HOUR, HOUR, HOUR}},
     4},
    {"a server's clock that is ahead for good settles no further than its events have come",
     {{0, 23 * HOUR, true, 23 * HOUR, 23 * HOUR, 0, -MINUTE},
      {10 * MINUTE, 23 * HOUR, true, 23 * HOUR, 23 * HOUR, 0, -MINUTE},
      {40 * MINUTE, 23 * HOUR, true, 23 * HOUR, 23 * HOUR, 0, 25 * HOUR}, /* of the vendor's future */
      {50 * MINUTE, 23 * HOUR, true, 23 * HOUR, 23 * HOUR, 20 * HOUR, 20 * HOUR}},
     4},
    {"a 401 serves the signer alone",
     {{0, HOUR, false, HOUR, 0, 0, 0},
      {15 * MINUTE, HOUR, false, HOUR, 0, 0, 0},
      {16 * MINUTE, 0, true, 0, 0, 0, 0}},
     3},
    {"failures confirm nothing: ten minutes count from the first success",
     {{0, HOUR, false, HOUR, 0, 0, 0},
      {10 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0},
      {11 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0},
      {20 * MINUTE, HOUR, true, HOUR, HOUR, HOUR, HOUR}},
     4},
    {"one wrong Date in the future never moves settled_until ahead",
     {{0, 0, true, 0, 0, 0, 0},
      {11 * MINUTE, 0, true, 0, 0, 0, 0},
      {12 * MINUTE, 9 * HOUR, true, 9 * HOUR, 9 * HOUR, 0, 0},
      {13 * MINUTE, 0, true, 0, 0, 0, 0}},
     4},
    {"one wrong Date while our own clock is ahead: the confirmed offset still counts",
     {{0, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {11 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {12 * MINUTE, 0, true, 0, 0, -HOUR, 0},
      {13 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0}},
     4},
    {"one wrong Date in the past costs re-reading while it is the latest",
     {{0, 0, true, 0, 0, 0, 0},
      {11 * MINUTE, -9 * HOUR, true, -9 * HOUR, -9 * HOUR, -9 * HOUR, 0},
      {12 * MINUTE, 0, true, 0, 0, 0, 0}},
     3},
    {"our clock was behind and is set right: the old confirmed offset must not count any more",
     {{0, HOUR, true, HOUR, HOUR, 0, 0},
      {10 * MINUTE, HOUR, true, HOUR, HOUR, HOUR, HOUR},
      {11 * MINUTE, 0, true, 0, 0, 0, 0},
      {21 * MINUTE, 0, true, 0, 0, 0, 0}},
     4},
    {"our clock was ahead and is set right: ten minutes of re-reading, then the new offset",
     {{0, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {10 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {11 * MINUTE, 0, true, 0, 0, -HOUR, 0},
      {20 * MINUTE, 0, true, 0, 0, -HOUR, 0},
      {21 * MINUTE, 0, true, 0, 0, 0, 0}},
     5},
    {"two servers behind one name that disagree are never confirmed",
     {{0, HOUR, true, HOUR, HOUR, 0, 0},
      {6 * MINUTE, 0, true, 0, 0, 0, 0},
      {12 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0},
      {18 * MINUTE, 0, true, 0, 0, 0, 0},
      {24 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0}},
     5},
    {"the year 9999 is not believed, however often it is said",
     {{0, AGES, true, 0, 0, 0, 0},
      {11 * MINUTE, AGES, true, 0, 0, 0, 0},
      {22 * MINUTE, AGES, true, 0, 0, 0, 0},
      {23 * MINUTE, 0, true, 0, 0, 0, 0}},
     4},
    {"the year 1970 does not end the reading",
     {{0, 0, true, 0, 0, 0, 0},
      {11 * MINUTE, -56 * 365 * DAY, true, 0, 0, 0, 0},
      {22 * MINUTE, -56 * 365 * DAY, true, 0, 0, 0, 0},
      {23 * MINUTE, 0, true, 0, 0, 0, 0}},
     4},
    {"a strange Date leaves the believed one",
     {{0, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {10 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0},
      {11 * MINUTE, 3 * DAY, true, 3 * DAY, -HOUR, -HOUR, 0},
      {12 * MINUTE, -HOUR, true, -HOUR, -HOUR, -HOUR, 0}},
     4},
    {"our clock steps three days ahead: the vendor's settles",
     {{0, 0, true, 0, 0, 0, 0},
      {11 * MINUTE, 0, true, 0, 0, 0, 0},
      {12 * MINUTE, -3 * DAY, true, -3 * DAY, 0, -3 * DAY, 0}},
     3},
    {"a strange Date ends the ten minutes of another",
     {{0, HOUR, true, HOUR, HOUR, 0, 0},
      {6 * MINUTE, 3 * DAY, true, 3 * DAY, HOUR, 0, 0},
      {11 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0},
      {20 * MINUTE, HOUR, true, HOUR, HOUR, 0, 0},
      {21 * MINUTE, HOUR, true, HOUR, HOUR, HOUR, HOUR}},
     5},
};

static void check(const struct story *story, size_t step, const char *which, int64_t is, int64_t expected)
{
    if (is != expected)
        fail_msg("%s: step %zu: %s is %lld instead of %lld", story->what, step, which, (long long)is,
                 (long long)expected);
}

static void stories_end_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(stories); i++) {
        struct server_clock clock = {.trust_ms = DAY};
        for (size_t k = 0; k < stories[i].count; k++) {
            const struct step *step = &stories[i].steps[k];
            int64_t wall = WALL + step->at_ms;
            struct clock_reading now = {wall, step->at_ms};
            server_clock_observe(&clock, wall + step->offset_ms, now, step->success);
            if (step->event_ms) server_clock_witness(&clock, wall + step->event_ms, now);
            check(&stories[i], k, "signing", server_clock_for_signing(&clock, now) - wall, step->signing);
            check(&stories[i], k, "until", server_clock_for_until(&clock, now) - wall, step->until);
            check(&stories[i], k, "settled", server_clock_for_settled(&clock, now) - wall, step->settled);
        }
    }
}

/* Our clock is nine days behind, and the vendor refuses it: its own time counts at once where events are
 * asked for, and after ten minutes like any other where they settle; whatever the monotonic clock shows,
 * which may be the vendor's time. */
static void what_is_vouched_for_settles_after_ten_minutes(void **state)
{
    (void)state;
    static const int64_t offsets[] = {0, WALL};
    for (size_t i = 0; i < COUNT(offsets); i++) {
        struct server_clock clock = {.trust_ms = DAY};
        for (int64_t minute = 0; minute <= 20; minute++) {
            int64_t server = WALL + minute * MINUTE;
            const struct clock_reading now = {server - 9 * DAY, server - offsets[i]};
            if (minute == 5) server_clock_vouch(&clock, offsets[i], now);
            server_clock_observe(&clock, server, now, true);
            server_clock_witness(&clock, server, now);
            assert_int_equal(server_clock_for_until(&clock, now), minute < 5 ? now.wall_ms : server);
            assert_int_equal(server_clock_for_settled(&clock, now), minute < 15 ? now.wall_ms : server);
        }
    }
}

/* Whoever was refused: a signature with the vendor's time that the vendor takes afterwards shows that it goes
 * by that, whosever it is, and once. One with ours that it takes shows that the refusal was no clock's. */
static void what_was_signed_is_vouched_for_where_another_was_refused(void **state)
{
    (void)state;
    static const struct {
        bool refused;
        int64_t taken_off;
        bool vouched;
    } cases[] = {{true, 9 * DAY, true}, {false, 9 * DAY, false}, {true, 0, false}, {true, 4000, false}};
    const struct clock_reading now = {WALL, 0};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server_clock clock = {.trust_ms = DAY};
        if (cases[i].refused) server_clock_signature_refused(&clock, WALL);
        server_clock_observe(&clock, WALL + 9 * DAY, now, false);
        server_clock_signature_taken(&clock, WALL + cases[i].taken_off, now);
        assert_int_equal(server_clock_vouched_lately(&clock, now), cases[i].vouched);
        server_clock_observe(&clock, WALL + 9 * DAY, now, true);
        assert_int_equal(server_clock_for_until(&clock, now), cases[i].vouched ? WALL + 9 * DAY : WALL);
        clock.vouched = false;
        server_clock_signature_taken(&clock, WALL + 9 * DAY, now);
        assert_false(clock.vouched);
    }
}

static void without_a_date_our_clock_counts(void **state)
{
    (void)state;
    struct server_clock clock = {0};
    const struct clock_reading now = {WALL, 0};
    server_clock_observe(&clock, 0, now, true);
    assert_false(clock.known);
    assert_int_equal(server_clock_for_signing(&clock, now), WALL);
    assert_int_equal(server_clock_for_until(&clock, now), WALL);
    assert_int_equal(server_clock_for_settled(&clock, now), WALL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_end_well),
        cmocka_unit_test(what_is_vouched_for_settles_after_ten_minutes),
        cmocka_unit_test(what_was_signed_is_vouched_for_where_another_was_refused),
        cmocka_unit_test(without_a_date_our_clock_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
