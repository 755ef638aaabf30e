/* Memory runs out at every single place where collecting asks for some: building fails cleanly or what runs
 * goes on by itself, and nothing is lost or repeated. Leaks and wrong accesses are found by the sanitizer. */
#include "stream_fixture.h"

#include "failing_allocator.h"

#define PAGES 3
#define FILES 3
enum { WINDOW_EVENT = 100, TOKEN_EVENT = 200, FILE_EVENT = 300 };

/* Takes no memory: what the vendor says is never cut short. */
__attribute__((format(printf, 2, 3))) static void say_format(struct flight *flight, const char *format, ...)
{
    char words[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
    say(flight, words);
}

static const char *last_word(const char *text)
{
    const char *space = strrchr(text, ' ');
    return space ? space + 1 : text;
}

/* Each stream has some pages; what is asked decides which comes, so that asking again brings the same. The
 * first request of each is answered with trouble. */
static void script_pages(struct flight *flight, int account, int which, int n)
{
    (void)account;
    int page = 0, file;
    if (which == DOWNLOAD) {
        assert_int_equal(sscanf(flight->exchange->url, "https://store.example/%d", &file), 1);
        say_format(flight, "event 0 {\"n\":%d}\n", FILE_EVENT + file);
        return;
    }
    if (n == 0) {
        flight->status = 503;
        return;
    }
    sscanf(last_word(bench.seen[0][which].body), "p%d", &page);
    if (page == PAGES || (which == FILES_STREAM && page)) {
        say(flight, which == WINDOW ? "end\n" : "nothing\nkeep\n");
        return;
    }
    say_format(flight, "more\nposition p%d\n", page + 1);
    for (file = 0; which == FILES_STREAM && file < FILES; file++)
        say_format(flight, "download https://store.example/%d key-%d\n", file, file);
    if (which != FILES_STREAM)
        say_format(flight, "event 0 {\"n\":%d}\n", (which == WINDOW ? WINDOW_EVENT : TOKEN_EVENT) + page);
}

static void expect_all_once(void)
{
    for (int i = 0; i < PAGES; i++) {
        assert_int_equal(world.taken[WINDOW_EVENT + i], 1);
        assert_int_equal(world.taken[TOKEN_EVENT + i], 1);
    }
    for (int i = 0; i < FILES; i++)
        assert_int_equal(world.taken[FILE_EVENT + i], 1);
    assert_int_equal(world.dead_count, 0);
    assert_int_equal(world.accounts[0].status, ACCOUNT_CONNECTED);
    for (int i = 0; i < 3; i++)
        assert_int_equal(record_of(i)->state, STREAM_OK);
    assert_int_equal(bench.fleet->shared.download_bytes, 0);
    assert_int_equal(bench.fleet->shared.activity.busy, 0);
}

static postern_status try_to_build(postern_error *error)
{
    const struct collector_parts parts = bench_parts();
    return fleet_build(&parts, &bench.progress, NULL, &bench.fleet, error);
}

/* True if an allocation failed. */
static bool run(size_t n, enum allocation_failure failure)
{
    postern_error error = ERROR_INIT;
    begin(1, script_pages);
    failing_allocator_arm(n, failure);
    postern_status status = try_to_build(&error);
    bool failed = false;
    if (status < 0) {
        assert_true(failing_allocator_disarm());
        assert_int_equal(status, POSTERN_E_MEMORY);
        failed = true;
        build();
    }
    go(7);
    run_for(10 * SECOND);
    failed |= failing_allocator_disarm();
    run_for(20 * MINUTE); /* ids are remembered for longer */
    expect_all_once();
    end();
    return failed;
}

static void test_one_allocation_fails(void **state)
{
    (void)state;
    size_t n = 1;
    while (run(n, FAIL_ONE))
        n++;
    assert_in_range(n, 100, 100000); /* it did fail at some */
}

static void test_memory_is_gone_for_a_while(void **state)
{
    (void)state;
    for (size_t n = 1; run(n, FAIL_REST); n += 7) {
    }
}

int main(void)
{
    log_set_level(getenv("COLLECT_LOG") ? POSTERN_LOG_DEBUG : 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_allocation_fails),
        cmocka_unit_test(test_memory_is_gone_for_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
