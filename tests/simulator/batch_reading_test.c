/* A correct client reads all there is over API 2.0, whatever the settings: the ground truth agrees, whichever
 * API delivered, and no violation is noted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"
#include "test_batches.h"
#include "times.h"
#include <string.h>

static int compare(const struct simulator *simulator, const char *output, const char *option)
{
    char truth[128];
    snprintf(truth, sizeof truth, "%s/truth.ndjson", simulator->directory);
    const char *arguments[] = {"compare", "--truth", truth, "--output", output, option};
    return compare_command(option ? 6 : 5, (char **)(uintptr_t)arguments);
}

static struct reader begin(const struct simulator *simulator, const char *name, char output[128])
{
    snprintf(output, 128, "%s/%s", simulator->directory, name);
    return (struct reader){.simulator = simulator, .out = fopen(output, "w")};
}

static void expect_no_violations(const struct simulator *simulator)
{
    struct text violations = simulator_control(simulator, "GET", "violations", NULL);
    if (strncmp(violations.data, "{\"count\":0", 10) != 0) fail_msg("%s", violations.data);
    text_free(&violations);
}

static void whole_roads(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *options[12];
        size_t page_size;
        bool damaged; /* some files must have stayed damaged */
    } ways[] = {
        {"no quirks", {"--quirks", "off", "--events", "3000"}, 0, false},
        {"every source", {"--events", "3000", "--sources", "all"}, 0, false},
        {"small pages", {"--events", "1500", "--sources", "all"}, 3, false},
        {"small files", {"--events", "3000", "--events-per-file", "10"}, 0, false},
        {"links that die soon", {"--events", "1500", "--link-life", "1s"}, 0, false},
        {"every everyday fault",
         {"--events", "2000", "--events-per-file", "50", "--faults", "all=3%", "--sources", "all"},
         0,
         false},
        {"files damaged for good",
         {"--events", "6000", "--events-per-file", "30", "--faults", "permanent:all=8%"},
         0,
         true},
        {"all of it",
         {"--events", "3000", "--events-per-file", "30", "--faults", "permanent:all=5%,all=2%", "--sources",
          "all"},
         0,
         true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct simulator simulator;
        char output[128];
        simulator_start(&simulator, true, ways[i].options);
        struct reader reader = begin(&simulator, "output.ndjson", output);
        reader.page_size = ways[i].page_size;
        batches_read_all(&reader);
        fclose(reader.out);
        print_message("%s\n", ways[i].what);
        expect_no_violations(&simulator);
        assert_int_equal(compare(&simulator, output, NULL), 0);
        assert_int_equal(compare(&simulator, output, "--by-marker"), 0);
        assert_int_equal(reader.damaged > 0, ways[i].damaged);
        simulator_stop(&simulator);
    }
}

/* One account over each API, one over both: what only API 2.0 has is expected of those that were asked over
 * it. */
static void both_apis(void **state)
{
    (void)state;
    struct simulator simulator;
    static const char *const options[] = {"--accounts", "3",        "--events",         "1500", "--sources",
                                          "all",        "--faults", "permanent:all=5%", NULL};
    simulator_start(&simulator, true, options);
    char output[128];
    struct reader reader = begin(&simulator, "output.ndjson", output);
    reader_read_all(&reader);
    reader.account = 1;
    batches_read_all(&reader);
    reader.account = 2;
    reader.bearer = NULL;
    reader_read_all(&reader);
    reader.curl = curl_easy_init();
    reader_renew_token(&reader);
    for (unsigned type = 0; type < BATCH_TYPES; type++)
        batches_read(&reader, type);
    int64_t now_ms = simulator_now(&simulator);
    reader_read_rest(&reader, REPORTED_EMAILS, now_ms - 7 * DAY, now_ms);
    reader_read_rest(&reader, THREAT_EVENTS, now_ms - 7 * DAY, now_ms);
    curl_easy_cleanup(reader.curl);
    fclose(reader.out);
    expect_no_violations(&simulator);
    assert_int_equal(compare(&simulator, output, NULL), 0);

    /* The same account's mail again is one too many. */
    FILE *out = fopen(output, "a");
    reader.out = out;
    reader.curl = curl_easy_init();
    batches_read(&reader, RECEIPT);
    curl_easy_cleanup(reader.curl);
    fclose(out);
    assert_int_equal(compare(&simulator, output, NULL), 1);
    simulator_stop(&simulator);
}

/* Batch files come every quarter of an hour, what is late with a later one; the token goes on from there. */
static void publication(void **state)
{
    (void)state;
    struct simulator simulator;
    static const char *const options[] = {
        "--events",         "2000", "--history",   "2h", "--lateness", "40m",
        "--batch-interval", "15m",  "--live-rate", "30", NULL};
    simulator_start(&simulator, true, options);
    char output[128];
    struct reader reader = begin(&simulator, "output.ndjson", output);
    reader.curl = curl_easy_init();
    reader_renew_token(&reader);
    long size[4];
    static struct batch_page_read page;
    char next[600] = "";
    for (int round = 0; round < 4; round++) {
        size[round] = 0;
        do {
            struct response response = batches_ask(&reader, RECEIPT, next, NULL);
            assert_true(batches_understand(&response, &page));
            response_free(&response);
            size[round] += (long)page.url_count;
            if (page.next[0]) snprintf(next, sizeof next, "%s", page.next);
        } while (!page.caught_up);
        simulator_advance(&simulator, round == 1 ? 14 * MINUTE : 16 * MINUTE);
        reader_renew_token(&reader);
    }
    assert_true(size[0] > 0);
    assert_true(size[1] > 0); /* a quarter later */
    assert_true(size[3] > 0);
    curl_easy_cleanup(reader.curl);
    fclose(reader.out);

    struct text done = simulator_control(&simulator, "POST", "live", "{\"per_minute\":0}");
    text_free(&done);
    simulator_advance(&simulator, 2 * HOUR);
    reader = begin(&simulator, "output.ndjson", output);
    batches_read_all(&reader);
    fclose(reader.out);
    expect_no_violations(&simulator);
    assert_int_equal(compare(&simulator, output, NULL), 0);
    simulator_stop(&simulator);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_roads), cmocka_unit_test(both_apis),
                                       cmocka_unit_test(publication)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
