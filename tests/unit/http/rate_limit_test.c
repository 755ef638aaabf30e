/* Every spelling, unit and clamp of a rate limit's headers. */
#include "../unit.h"
#include "base/text.h"
#include "http/rate_limit.h"

#define NOW ((int64_t)1767582249000) /* Mon, 05 Jan 2026 03:04:09 */

struct row {
    int status;
    const char *name_a, *value_a, *name_b, *value_b;
    int consecutive;
    int64_t wait_ms;
};

static const struct row rows[] = {
    /* nothing said, nothing wrong */
    {200, NULL, NULL, NULL, NULL, 0, 0},
    /* calls are left: the reset does not matter */
    {200, "x-ratelimit-remaining", "3", "x-ratelimit-reset", "30000", 0, 0},
    /* none left, before any 429: wait in advance */
    {200, "x-ratelimit-remaining", "0", "x-ratelimit-reset", "30000", 0, 30000},
    /* ... told without a time */
    {200, "x-ratelimit-remaining", "0", NULL, NULL, 0, 60000},
    /* spellings */
    {429, "x-ratelimit-reset", "2500", NULL, NULL, 1, 2500},
    {429, "x-rate-limit-reset", "2500", NULL, NULL, 1, 2500},
    {429, "x-mc-rate-limit-reset", "2500", NULL, NULL, 1, 2500},
    {429, "x-mc-ratelimit-reset", "2500", NULL, NULL, 1, 2500},
    {429, "ratelimit-reset", "2500", NULL, NULL, 1, 2500},
    /* not spellings */
    {429, "x-ratelimit-reset-after", "2500", NULL, NULL, 1, 60000},
    {429, "my-ratelimit-reset", "2500", NULL, NULL, 1, 60000},
    /* units: milliseconds, epoch seconds, epoch milliseconds */
    {429, "x-ratelimit-reset", "90000", NULL, NULL, 1, 90000},
    {429, "x-ratelimit-reset", "1767582309", NULL, NULL, 1, 60000},
    {429, "x-ratelimit-reset", "1767582309000", NULL, NULL, 1, 60000},
    /* a fraction is cut off, white space is ignored */
    {429, "x-ratelimit-reset", " 2500.75 ", NULL, NULL, 1, 2500},
    /* clamps: a second at least, an hour at most, also for what lies in the past */
    {429, "x-ratelimit-reset", "0", NULL, NULL, 1, 1000},
    {429, "x-ratelimit-reset", "60", NULL, NULL, 1, 1000},
    {429, "x-ratelimit-reset", "900000000", NULL, NULL, 1, 3600000},
    {429, "x-ratelimit-reset", "1700000000", NULL, NULL, 1, 1000},
    {429, "x-ratelimit-reset", "999999999999999", NULL, NULL, 1, 3600000},
    /* not numbers: as if missing */
    {429, "x-ratelimit-reset", "soon", NULL, NULL, 1, 60000},
    {429, "x-ratelimit-reset", "-5", NULL, NULL, 1, 60000},
    {429, "x-ratelimit-reset", "", NULL, NULL, 1, 60000},
    {429, "x-ratelimit-reset", "9999999999999999999999", NULL, NULL, 1, 60000},
    {429, "x-ratelimit-reset", "12s", NULL, NULL, 1, 60000},
    /* a 429 that says nothing: doubling to 15 minutes */
    {429, NULL, NULL, NULL, NULL, 1, 60000},
    {429, NULL, NULL, NULL, NULL, 2, 120000},
    {429, NULL, NULL, NULL, NULL, 4, 480000},
    {429, NULL, NULL, NULL, NULL, 5, 900000},
    {429, NULL, NULL, NULL, NULL, 1000000, 900000},
    {429, NULL, NULL, NULL, NULL, 0, 60000},
    /* Retry-After in seconds and as a date; in the past; absurd */
    {429, "retry-after", "7", NULL, NULL, 1, 7000},
    {429, "retry-after", "Mon, 05 Jan 2026 03:05:09 GMT", NULL, NULL, 1, 60000},
    {429, "retry-after", "Mon, 05 Jan 2026 03:00:00 GMT", NULL, NULL, 1, 1000},
    {429, "retry-after", "99999999999", NULL, NULL, 1, 3600000},
    {429, "retry-after", "Mon, 05 Jan 2027 03:00:00 GMT", NULL, NULL, 1, 3600000},
    {429, "retry-after", "tomorrow", NULL, NULL, 3, 240000},
    /* both: the longer one */
    {429, "retry-after", "7", "x-ratelimit-reset", "9000", 1, 9000},
    {429, "retry-after", "7", "x-ratelimit-reset", "5000", 1, 7000},
    /* 503: only if it says how long */
    {503, "retry-after", "7", NULL, NULL, 1, 7000},
    {503, "x-ratelimit-reset", "9000", NULL, NULL, 1, 0},
    /* other failures are the back-off's */
    {500, "retry-after", "7", NULL, NULL, 1, 0},
};

static void waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        postern_pair headers[2];
        size_t count = 0;
        if (rows[i].name_a)
            headers[count++] = (postern_pair){text_of(rows[i].name_a), text_of(rows[i].value_a)};
        if (rows[i].name_b)
            headers[count++] = (postern_pair){text_of(rows[i].name_b), text_of(rows[i].value_b)};
        int64_t wait = rate_limit_wait_ms(rows[i].status, headers, count, NOW, rows[i].consecutive);
        if (wait != rows[i].wait_ms)
            fail_msg("row %zu: %lld instead of %lld", i, (long long)wait, (long long)rows[i].wait_ms);
    }
}

static void retry_after_alone(void **state)
{
    static const struct {
        const char *value;
        int64_t wait_ms;
    } told[] = {
        {"7", 7000},
        {"Mon, 05 Jan 2026 03:05:09 GMT", 60000},
        {"Mon, 05 Jan 2026 03:00:00 GMT", 0}, /* has passed */
        {"901", 900000},
        {"Mon, 05 Jan 2027 03:00:00 GMT", 900000},
        {"tomorrow", 0},
        {"-1", 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(told); i++) {
        postern_pair headers[] = {{text_of("date"), text_of("9")},
                                  {text_of("retry-after"), text_of(told[i].value)}};
        int64_t wait = retry_after_ms(headers, COUNT(headers), NOW);
        if (wait != told[i].wait_ms) fail_msg("\"%s\": %lld", told[i].value, (long long)wait);
    }
    assert_int_equal(retry_after_ms(NULL, 0, NOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits),
        cmocka_unit_test(retry_after_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
