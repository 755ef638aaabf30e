/* Configurations with thousands of accounts: the work grows with their number and not with its square, and
 * what they say is the same. Work is counted in processor time of this thread, for ten times as many, so that
 * a slow or busy machine does not matter. */
#include "base/buffer.h"
#include "base/cleanup.h"
#include "fixture.h"
#include <string.h>
#include <time.h>

#define HEAD "state = \"/tmp/postern-state\"\n"
#define SINK "sink \"files\" { type = \"file\", path = \"/tmp/%%{account}.ndjson\" }\n"
#define KEYS                                                                                                 \
    "api = 2, base_url = \"https://api.services.mimecast.com\", client_id = env \"T_APP_KEY\", "             \
    "client_secret = env \"T_APP_KEY\""

enum shape { ALL, ONE_EACH, LISTED, LOOP, UNKNOWN, TWICE, SINK_EACH };

static void write_accounts(struct buffer *text, int count, const char *prefix)
{
    for (int i = 0; i < count; i++)
        buffer_printf(text, "account \"%s%05d\" { " KEYS " }\n", prefix, i);
}

static void write_names(struct buffer *text, int count, const char *prefix)
{
    for (int i = 0; i < count; i++)
        buffer_printf(text, "\"%s%05d\",\n", prefix, i);
}

static void write_configuration(struct buffer *text, enum shape shape, int count)
{
    buffer_printf(text, HEAD SINK);
    if (shape == LOOP) {
        buffer_printf(text, "local names = {\n");
        write_names(text, count, "a");
        buffer_printf(text,
                      "}\nfor _, name in ipairs(names) do\n  account(name) {\n    " KEYS "\n  }\nend\n");
    } else {
        write_accounts(text, count, "a");
    }
    if (shape == TWICE) write_accounts(text, count, "a");
    if (shape == ONE_EACH)
        for (int i = 0; i < count; i++)
            buffer_printf(
                text,
                "pipeline \"p%05d\" { from = { \"*\" }, accounts = { \"a%05d\" }, to = { \"files\" } }\n", i,
                i);
    if (shape == SINK_EACH)
        for (int i = 0; i < count; i++)
            buffer_printf(
                text,
                "sink \"s%05d\" { type = \"file\", path = \"/x/%%{account}/%%{source}.ndjson\" }\n"
                "pipeline \"p%05d\" { from = { \"*\" }, accounts = { \"a%05d\" }, to = { \"s%05d\" } }\n",
                i, i, i, i);
    buffer_printf(text, "pipeline \"default\" { from = { \"*\" }, to = { \"files\" }, accounts = {\n");
    if (shape == LISTED || shape == UNKNOWN)
        write_names(text, count, shape == UNKNOWN ? "b" : "a");
    else
        buffer_printf(text, "\"*\"");
    buffer_printf(text, "} }\n");
}

static int64_t spent_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long loading takes, the quickest of three; *problems as they are counted. */
static int64_t load_us(enum shape shape, int count, size_t *problem_count)
{
    _cleanup_(buffer_free) struct buffer text = {.limit = 64 << 20};
    char path[256];
    int64_t best = INT64_MAX;
    write_configuration(&text, shape, count);
    fixture_write("postern.lua", buffer_string(&text));
    fixture_path("postern.lua", path);
    for (int i = 0; i < 3; i++) {
        struct config *config = NULL;
        struct config_problems problems = {0};
        int64_t before = spent_us();
        postern_status status = config_load(path, &fixture_catalog, &config, &problems);
        int64_t spent = spent_us() - before;
        if (spent < best) best = spent;
        *problem_count = problems.count + problems.left_out;
        if (status >= 0) assert_int_equal(config->account_count, count);
        config_problems_free(&problems);
        config_free(config);
    }
    return best;
}

static void ten_times_as_many_take_about_ten_times_as_long(void **unused)
{
    (void)unused;
    static const struct {
        const char *what;
        enum shape shape;
        int problems; /* for each account */
    } rows[] = {
        {"one pipeline for all", ALL, 0}, {"a pipeline each", ONE_EACH, 0}, {"listed", LISTED, 0},
        {"made in a loop", LOOP, 0},      {"unknown", UNKNOWN, 1},          {"declared twice", TWICE, 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t few, many;
        int64_t small = load_us(rows[i].shape, 800, &few), large = load_us(rows[i].shape, 8000, &many);
        if (few != 800u * (size_t)rows[i].problems || many != 8000u * (size_t)rows[i].problems)
            fail_msg("%s: %zu and %zu problems", rows[i].what, few, many);
        print_message("%s: %lld ms, %lld ms\n", rows[i].what, (long long)small / 1000,
                      (long long)large / 1000);
        if (large > small * 30)
            fail_msg("%s: %lld us, %lld us", rows[i].what, (long long)small, (long long)large);
    }
}

/* Each pair of sinks is looked at, but quickly: with the thorough comparison for each it took minutes. */
static void a_sink_for_each_account(void **unused)
{
    (void)unused;
    size_t problems;
    int64_t spent = load_us(SINK_EACH, 1500, &problems);
    assert_int_equal(problems, 0);
    print_message("a sink each: %lld ms\n", (long long)spent / 1000);
    assert_true(spent < 10000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_times_as_many_take_about_ten_times_as_long),
        cmocka_unit_test(a_sink_for_each_account),
    };
    return cmocka_run_group_tests(tests, fixture_setup, fixture_teardown);
}
