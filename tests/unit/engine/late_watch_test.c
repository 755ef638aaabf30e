/* What the log and metrics say of polls that come later than their interval says. */
#include "../captured.h"
#include "../unit.h"
#include "engine/late_watch.h"

#define MINUTE 60000

static struct late_watch watch;
static char said[4096];

static const char *look(const struct late_polls *late, struct metrics *metrics, int64_t now_ms)
{
    struct captured captured;
    captured_begin(&captured);
    late_watch_look(&watch, late, metrics, now_ms);
    captured_end(&captured, said, sizeof said);
    return said;
}

static struct late_polls some(enum late_cause cause)
{
    struct late_polls late = {.settings = {[LATE_HOST_CONNECTIONS] = 16, [LATE_TURN] = 50}};
    late.groups[cause] =
        (struct late_group){.streams = 412, .interval_ms = 30000, .every_ms = 45000, .example = "acme/audit"};
    return late;
}

static void it_is_said_once_with_its_remedy(void **state)
{
    (void)state;
    struct late_polls none = {0}, late = some(LATE_HOST_CONNECTIONS), other = late;
    watch = (struct late_watch){0};
    assert_string_equal(look(&none, NULL, 0), "");
    assert_contains(
        look(&late, NULL, 1000),
        "warning polls: 412 streams are polled every 45s on average instead of every 30s, because all "
        "connections to their host are in use (max_connections_per_host = 16), such as acme/audit. "
        "Raise max_connections_per_host in http { ... }, which needs a restart, or lengthen "
        "`interval` of their sources to 45s or more\n");
    for (int64_t now = 2000; now < LATE_REPEAT_MS; now += 1000)
        assert_string_equal(look(&late, NULL, now), "");
    other.groups[LATE_TURN] = some(LATE_TURN).groups[LATE_TURN];
    assert_contains(look(&other, NULL, LATE_REPEAT_MS),
                    "their account may not send more requests in a second (requests_per_second = 50)");
    assert_null(strstr(said, "max_connections_per_host"));
    look(&other, NULL, LATE_REPEAT_MS + 1000); /* an hour is over */
    assert_contains(said, "max_connections_per_host");
    assert_contains(said, "requests_per_second");
}

static void its_end_is_said_when_it_lasts(void **state)
{
    (void)state;
    struct late_polls none = {0}, late = some(LATE_LIMIT);
    watch = (struct late_watch){0};
    look(&late, NULL, 1000);
    assert_string_equal(look(&none, NULL, 2000), "");
    assert_string_equal(look(&late, NULL, MINUTE), "");
    assert_string_equal(look(&none, NULL, 2 * MINUTE - 1), "");
    assert_contains(look(&none, NULL, 2 * MINUTE),
                    "info polls: all streams are polled as often as their interval says again\n");
    assert_string_equal(look(&none, NULL, 9 * MINUTE), "");
    assert_contains(look(&late, NULL, 10 * MINUTE), "because the vendor's rate limit makes them wait");
}

struct found {
    double streams, seconds;
    size_t others;
};

static void find(void *context, const struct metric_sample *sample)
{
    struct found *found = context;
    bool is_it = strncmp(sample->labels[0].value.data, "machine", sample->labels[0].value.size) == 0;
    if (!is_it)
        found->others += sample->value != 0;
    else if (strcmp(sample->name, "postern_late_streams") == 0)
        found->streams = sample->value;
    else if (strcmp(sample->name, "postern_late_poll_seconds") == 0)
        found->seconds = sample->value;
}

static void metrics_show_it(void **state)
{
    (void)state;
    struct late_polls none = {0}, late = some(LATE_MACHINE);
    struct metrics *metrics = metrics_new();
    struct found found = {0};
    watch = (struct late_watch){0};
    look(&late, metrics, 1000);
    metrics_each(metrics, find, &found);
    assert_float_equal(found.streams, 412, 0);
    assert_float_equal(found.seconds, 15, 0);
    assert_int_equal(found.others, 0);
    look(&none, metrics, 2000);
    metrics_each(metrics, find, &found);
    assert_float_equal(found.streams, 0, 0);
    assert_float_equal(found.seconds, 0, 0);
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_said_once_with_its_remedy),
        cmocka_unit_test(its_end_is_said_when_it_lasts),
        cmocka_unit_test(metrics_show_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
