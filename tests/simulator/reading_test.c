/* A correct client reads all there is, whatever the settings: the ground truth agrees, and no violation is
 * noted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "compare.h"
#include "test_reader.h"
#include "times.h"
#include <string.h>

/* The verdict; its report goes to the test's output only if it is bad and should not be. */
static int compare(const struct simulator *simulator, const char *output)
{
    char truth[128];
    snprintf(truth, sizeof truth, "%s/truth.ndjson", simulator->directory);
    const char *arguments[] = {"compare", "--truth", truth, "--output", output};
    return compare_command(5, (char **)(uintptr_t)arguments);
}

struct way {
    const char *what;
    const char *options[14];
    bool plain, oldest_first;
    size_t page_size;
    bool damaged; /* some files must have stayed damaged */
};

static void whole_roads(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {.what = "no quirks", .options = {"--quirks", "off", "--events", "3000"}},
        {.what = "quirks", .options = {"--events", "3000"}},
        {.what = "every source", .options = {"--events", "3000", "--sources", "all"}},
        {.what = "every source, small pages, no quirks",
         .options = {"--events", "1500", "--sources", "all", "--quirks", "off"},
         .page_size = 3},
        {.what = "small pages, oldest first",
         .options = {"--events", "600"},
         .page_size = 3,
         .oldest_first = true},
        {.what = "small pages, newest first, remembered places",
         .options = {"--events", "600", "--quirks", "off"},
         .page_size = 3},
        {.what = "without compression", .options = {"--events", "1500"}, .plain = true},
        {.what = "small files", .options = {"--events", "3000", "--events-per-file", "50"}},
        {.what = "every everyday fault",
         .options = {"--events", "3000", "--events-per-file", "100", "--faults", "all=3%"}},
        {.what = "faults without compression",
         .options = {"--events", "1000", "--faults", "all=3%"},
         .plain = true},
        {.what = "files damaged for good",
         .options = {"--events", "12000", "--events-per-file", "60", "--faults", "permanent:all=8%"},
         .damaged = true},
        {.what = "all of it",
         .options = {"--events", "6000", "--events-per-file", "60", "--faults", "permanent:all=5%,all=2%",
                     "--sources", "all"},
         .damaged = true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct simulator simulator;
        simulator_start(&simulator, true, ways[i].options);
        char output[128];
        snprintf(output, sizeof output, "%s/output.ndjson", simulator.directory);
        struct reader reader = {.simulator = &simulator,
                                .plain = ways[i].plain,
                                .oldest_first = ways[i].oldest_first,
                                .page_size = ways[i].page_size,
                                .out = fopen(output, "w")};
        reader_read_all(&reader);
        fclose(reader.out);
        print_message("%s\n", ways[i].what);
        struct text violations = simulator_control(&simulator, "GET", "violations", NULL);
        if (strncmp(violations.data, "{\"count\":0", 10) != 0) fail_msg("%s", violations.data);
        text_free(&violations);
        assert_int_equal(compare(&simulator, output), 0);
        assert_int_equal(reader.damaged > 0, ways[i].damaged);
        simulator_stop(&simulator);
    }
}

/* Events that appear up to 40 minutes late: read too early they are missing, read again they are there. */
static void late_events(void **state)
{
    (void)state;
    static const char *const options[] = {
        "--events",   "4000", "--history", "2h",
        "--lateness", "40m",  "--sources", "first,held-release,rejections,archive-search,archive-view",
        NULL};
    struct simulator simulator;
    simulator_start(&simulator, true, options);
    char output[128];
    snprintf(output, sizeof output, "%s/output.ndjson", simulator.directory);
    int64_t noon_ms = simulator_now(&simulator);
    size_t lines[2];
    for (int round = 0; round < 2; round++) {
        struct reader reader = {.simulator = &simulator, .out = fopen(output, "w"), .curl = curl_easy_init()};
        for (int source = round ? SIEM : AUDIT; source < SOURCES; source++)
            reader_read_source(&reader, (enum source)source, noon_ms - 3 * HOUR, noon_ms);
        lines[round] = (size_t)ftell(reader.out);
        curl_easy_cleanup(reader.curl);
        fclose(reader.out);
        if (!round) simulator_advance(&simulator, 40 * MINUTE);
    }
    assert_true(lines[1] > lines[0]);
    assert_int_equal(compare(&simulator, output), 0);
    simulator_stop(&simulator);
}

static void read_whole(const char *path, struct text *out)
{
    FILE *file = fopen(path, "r");
    char chunk[4096];
    size_t size;
    while ((size = fread(chunk, 1, sizeof chunk, file)) > 0)
        text_append(out, chunk, size);
    fclose(file);
}

/* The comparison itself must notice. */
static void comparison_notices(void **state)
{
    (void)state;
    struct simulator simulator;
    static const char *const options[] = {"--events", "300", NULL};
    simulator_start(&simulator, true, options);
    char output[128];
    snprintf(output, sizeof output, "%s/output.ndjson", simulator.directory);
    struct reader reader = {.simulator = &simulator, .out = fopen(output, "w")};
    reader_read_all(&reader);
    fclose(reader.out);

    struct text good = {0}, bad = {0};
    read_whole(output, &good);
    size_t first = (size_t)((char *)memchr(good.data, '\n', good.size) + 1 - good.data);
    static const struct {
        const char *what;
        bool add_foreign, repeat_first, drop_first, cut_last, nothing;
    } rows[] = {
        {.what = "one that is not ours", .add_foreign = true},
        {.what = "one twice", .repeat_first = true},
        {.what = "one missing", .drop_first = true},
        {.what = "a broken line", .cut_last = true},
        {.what = "nothing", .nothing = true},
        {.what = "one replaced by another", .drop_first = true, .add_foreign = true},
    };
    assert_int_equal(compare(&simulator, output), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        text_clear(&bad);
        if (rows[i].add_foreign) text_puts(&bad, "{\"not\":\"ours\"}\n");
        if (rows[i].repeat_first) text_append(&bad, good.data, first);
        size_t from = rows[i].drop_first ? first : 0;
        if (!rows[i].nothing)
            text_append(&bad, good.data + from, good.size - from - (rows[i].cut_last ? 20 : 0));
        FILE *file = fopen(output, "w");
        fwrite(bad.data, 1, bad.size, file);
        fclose(file);
        if (compare(&simulator, output) == 0) fail_msg("not noticed: %s", rows[i].what);
    }
    text_free(&good);
    text_free(&bad);
    simulator_stop(&simulator);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {cmocka_unit_test(whole_roads), cmocka_unit_test(late_events),
                                       cmocka_unit_test(comparison_notices)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
