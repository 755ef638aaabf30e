/* An account that came from one API to another: its token streams begin where the former ones had come to. */
#include "stream_fixture.h"

#define OVERLAP (2 * HOUR)

/* One event every quarter of an hour of the six hours before the start, all in the first answer. */
static void script_backlog(struct flight *flight, int account, int which, int n)
{
    (void)account, (void)which;
    if (n > 0) {
        say(flight, "nothing\nkeep\n");
        return;
    }
    for (int i = 0; i < 24; i++) {
        char line[64];
        snprintf(line, sizeof line, "event %lld {\"n\":%d}\n",
                 (long long)(WORLD_START - (24 - i) * 15 * MINUTE), i);
        say(flight, line);
    }
    say(flight, "end\nposition t1\n");
}

/* What another profile read before, as the journal kept it. */
static void remember(const char *name, const char *auth, uint32_t kind, int64_t caught_up_ms)
{
    struct account_record account = {0};
    struct stream_record record = {0};
    postern_error error = ERROR_INIT;
    assert_int_equal(journal_account(NULL, "account-0", &account, &error), POSTERN_OK);
    assert_int_equal(journal_stream(NULL, account.id, "account-0", "toy", name, kind, auth, &record, &error),
                     POSTERN_OK);
    world_stream(name)->record.caught_up_ms = caught_up_ms;
    stream_record_clear(&record);
    account_record_clear(&account);
}

static const struct {
    const char *why;
    struct {
        const char *name, *auth;
        uint32_t kind;
        int64_t caught_up_ms;
    } former[2];
    int first; /* event that is taken */
} rows[] = {
    {"nothing before", {{0}}, 0},
    {"caught up an hour ago", {{"toy-old", "toys/0", POSTERN_STREAM_TOKEN, WORLD_START - HOUR}}, 12},
    {"never caught up", {{"toy-old", "toys/0", POSTERN_STREAM_TOKEN, 0}}, 0},
    {"of two the one that lags counts",
     {{"toy-old", "toys/0", POSTERN_STREAM_TOKEN, WORLD_START - HOUR},
      {"toy-older", "toys/0", POSTERN_STREAM_TOKEN, WORLD_START - 3 * HOUR}},
     4},
    {"one of two never caught up",
     {{"toy-old", "toys/0", POSTERN_STREAM_TOKEN, WORLD_START - HOUR},
      {"toy-older", "toys/0", POSTERN_STREAM_TOKEN, 0}},
     0},
    {"read by range", {{"toy-old", "toys/0", POSTERN_STREAM_WINDOW, WORLD_START - HOUR}}, 0},
    {"the same API", {{"toy-old", "toys/1", POSTERN_STREAM_TOKEN, WORLD_START - HOUR}}, 0},
};

static void test_where_it_begins(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        begin(1, script_backlog);
        bench.config.source.overlap_ms = OVERLAP;
        bench.config.source.lookback_ms = -1; /* all */
        for (size_t k = 0; k < 2 && rows[i].former[k].name; k++)
            remember(rows[i].former[k].name, rows[i].former[k].auth, rows[i].former[k].kind,
                     rows[i].former[k].caught_up_ms);
        build();
        go(1u << TOKEN);
        run_for(MINUTE);
        for (int event = 0; event < 24; event++)
            if (world.taken[event] != (event >= rows[i].first))
                fail_msg("%s: event %d was taken %d times", rows[i].why, event, world.taken[event]);
        assert_int_equal(record_of(TOKEN)->left_out, rows[i].first);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_where_it_begins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
