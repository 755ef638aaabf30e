/* Whose word counts for the times of a stream; and sources that are off by themselves. */
#include "fixture.h"

#define MINUTE (60 * 1000LL)

static const postern_schedule source_schedule = {
    .size = sizeof(postern_schedule), .interval_ms = 20 * MINUTE, .slice_ms = 60 * MINUTE};
static const postern_schedule fast = {.size = sizeof(postern_schedule), .interval_ms = 2 * MINUTE};
static const postern_schedule late = {.size = sizeof(postern_schedule),
                                      .interval_ms = 60 * MINUTE,
                                      .delay_ms = 30 * MINUTE,
                                      .settle_ms = 90 * MINUTE,
                                      .lookback_ms = 600 * MINUTE,
                                      .replay_limit_ms = 300 * MINUTE,
                                      .slice_ms = 30 * MINUTE,
                                      .remember_ms = 900 * MINUTE};
static const postern_quota shared = {
    .size = sizeof(postern_quota), .name = "shared", .calls = 50, .window_ms = 15 * MINUTE};
#define STREAM(variable, kind_, schedule_)                                                                   \
    static const postern_stream variable = {                                                                 \
        .size = sizeof variable, .kind = POSTERN_STREAM_##kind_, .name = #variable, .schedule = schedule_}
STREAM(plain, WINDOW, NULL);
STREAM(often, TOKEN, &fast);
STREAM(seldom, WINDOW, &late);
static const postern_stream counted = {
    .size = sizeof counted, .kind = POSTERN_STREAM_TOKEN, .name = "counted", .quota = &shared};
/* Of a module that was built before streams had schedules. */
static const postern_stream older = {.size = offsetof(postern_stream, product),
                                     .kind = POSTERN_STREAM_WINDOW,
                                     .name = "older",
                                     .schedule = &fast,
                                     .quota = &shared};
static const postern_stream *const of_several[] = {&plain, &often, &seldom, &older, NULL};
static const postern_stream *const of_counted[] = {&counted, &plain, NULL};
static const postern_stream *const of_off[] = {&plain, NULL};
static const struct config_kind kinds[] = {
    {.name = "several", .schedule = &source_schedule, .streams = of_several, .token_streams = true},
    {.name = "off", .streams = of_off, .is_off = true},
    {.name = "on", .streams = of_off},
    {.name = "counted", .streams = of_counted},
};

#define HEAD                                                                                                 \
    "state = '/tmp'\naccount 'a' { base_url = 'https://eu-api.mimecast.com', app_id = env 'T_APP_ID',\n"     \
    "  app_key = env 'T_APP_KEY', access_key = env 'T_ACCESS_KEY', secret_key = env 'T_SECRET_KEY' }\n"      \
    "sink 's' { type = 'stdout' }\npipeline 'p' { from = { '*' }, to = { 's' } }\n"

static struct config *load(const char *rest, const char *problems)
{
    char text[2048];
    struct config *config;
    snprintf(text, sizeof text, HEAD "%s", rest);
    char *found = fixture_load(text, &config);
    assert_string_equal(found, problems);
    free(found);
    return config;
}

static struct config_source of(const struct config *config, const postern_stream *stream)
{
    return config_source_of_stream(&config->sources[0], stream);
}

static void each_stream_has_its_own(void **state)
{
    (void)state;
    struct config *config = load("", "");
    assert_int_equal(of(config, &plain).interval_ms, 20 * MINUTE); /* the source's */
    assert_int_equal(of(config, &plain).slice_ms, 60 * MINUTE);
    assert_int_equal(of(config, &plain).delay_ms, 5 * MINUTE); /* the core's */
    assert_int_equal(of(config, &plain).lookback_ms, 60 * MINUTE);
    assert_int_equal(of(config, &often).interval_ms, 2 * MINUTE);
    assert_int_equal(of(config, &often).slice_ms, 60 * MINUTE);
    assert_int_equal(of(config, &often).lookback_ms, -1); /* of its kind */
    const struct config_source seldom_has = of(config, &seldom);
    assert_int_equal(seldom_has.interval_ms, 60 * MINUTE);
    assert_int_equal(seldom_has.delay_ms, 30 * MINUTE);
    assert_int_equal(seldom_has.settle_ms, 90 * MINUTE);
    assert_int_equal(seldom_has.lookback_ms, 600 * MINUTE);
    assert_int_equal(seldom_has.replay_limit_ms, 300 * MINUTE);
    assert_int_equal(seldom_has.slice_ms, 30 * MINUTE);
    assert_int_equal(seldom_has.remember_ms, 900 * MINUTE);
    assert_int_equal(of(config, &older).interval_ms, 20 * MINUTE);
    config_free(config);
}

static void what_the_user_wrote_wins(void **state)
{
    (void)state;
    struct config *config =
        load("source 'several' { interval = '7m', delay = '1m', settle = '50m', lookback = '3h', "
             "replay_limit = '4h', slice = '5h', remember = '6h' }",
             "");
    for (size_t i = 0; of_several[i]; i++) {
        const struct config_source has = of(config, of_several[i]);
        assert_int_equal(has.interval_ms, 7 * MINUTE);
        assert_int_equal(has.delay_ms, 1 * MINUTE);
        assert_int_equal(has.settle_ms, 50 * MINUTE);
        assert_int_equal(has.lookback_ms, 180 * MINUTE);
        assert_int_equal(has.replay_limit_ms, 240 * MINUTE);
        assert_int_equal(has.slice_ms, 300 * MINUTE);
        assert_int_equal(has.remember_ms, 360 * MINUTE);
    }
    config_free(config);
    config = load("source 'several' { interval = '7m', lookback = 'all' }", "");
    assert_int_equal(of(config, &seldom).interval_ms, 7 * MINUTE);
    assert_int_equal(of(config, &seldom).slice_ms, 30 * MINUTE); /* of what is not written nothing changes */
    assert_int_equal(of(config, &seldom).lookback_ms, -1);
    config_free(config);
}

static void no_stream_may_settle_too_soon(void **state)
{
    (void)state;
    /* Long enough for the source, too short for the stream whose delay is longer. */
    assert_null(load("source 'several' { settle = '20m' }",
                     "6: settle of source \"several\" is shorter than its delay: what appears late would be "
                     "missed\n"));
}

static void a_source_that_is_off(void **state)
{
    (void)state;
    struct config *config = load("", "");
    assert_false(config->sources[1].enabled);
    assert_false(config_collects(config, &config->accounts[0], "off"));
    assert_true(config_collects(config, &config->accounts[0], "on"));
    config_free(config);
    config = load("source 'off' { collect = true, interval = '1h' }", "");
    assert_false(config_collects(config, &config->accounts[0], "off"));
    config_free(config);
    config = load("source 'off' { enabled = true }", "");
    assert_true(config_collects(config, &config->accounts[0], "off"));
    config_free(config);
}

static void expect_quota(const struct config *config, const postern_stream *stream, const char *name,
                         int64_t calls, int64_t window_ms)
{
    const struct config_source has = config_source_of_stream(&config->sources[3], stream);
    assert_int_equal(has.quota_calls, calls);
    assert_int_equal(has.quota_window_ms, window_ms);
    assert_int_equal(has.quota != NULL, name != NULL);
    if (name) assert_string_equal(has.quota, name);
}

static void quotas(void **state)
{
    (void)state;
    struct config *config = load("", "");
    expect_quota(config, &counted, "shared", 50, 15 * MINUTE);
    expect_quota(config, &plain, NULL, 0, 0);
    expect_quota(config, &older, NULL, 0, 0);
    config_free(config);
    config = load("source 'counted' { quota_calls = 20 }", "");
    expect_quota(config, &counted, "shared", 20, 15 * MINUTE);
    expect_quota(config, &plain, NULL, 0, 0); /* half a quota is none */
    config_free(config);
    config = load("source 'counted' { quota_calls = 20, quota_window = '1h' }", "");
    expect_quota(config, &counted, "shared", 20, 60 * MINUTE);
    expect_quota(config, &plain, NULL, 20, 60 * MINUTE);
    config_free(config);
    assert_null(
        load("source 'on' { quota_calls = 20 }",
             "6: quota_calls of source \"on\" needs quota_window beside it: the source has no quota by "
             "itself\n"));
    assert_null(
        load("source 'on' { quota_window = '1m' }",
             "6: quota_window of source \"on\" needs quota_calls beside it: the source has no quota by "
             "itself\n"));
    assert_null(load("source 'on' { quota_window = '1ms', quota_calls = 0 }",
                     "6: quota_calls of source \"on\" must be from 1 to 10000\n"
                     "6: quota_window of source \"on\" must be from 1s to 1d\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stream_has_its_own),
        cmocka_unit_test(what_the_user_wrote_wins),
        cmocka_unit_test(no_stream_may_settle_too_soon),
        cmocka_unit_test(a_source_that_is_off),
        cmocka_unit_test(quotas),
    };
    fixture_catalog = (struct config_catalog){kinds, 4, fixture_sinks, 4, fixture_auths};
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
