/* Dead letters: whole, limited, settled. */
#include "seen_notices.h"

static char reason[] = "it is not JSON", name[] = "member 3", script[] = "ecs", hash[] = "abc",
            trace[] = "ecs.lua:7";

static struct dead_letter letter_of(size_t size, char *bytes)
{
    struct dead_letter letter = {.account = "acme",
                                 .source = "siem",
                                 .stream = "siem",
                                 .delivery = "p/s",
                                 .stage = DEAD_SCRIPT,
                                 .type = "receipt",
                                 .received_ms = T0 - 1,
                                 .time_ms = T0 - 2,
                                 .call = {"4f1c-9", "/api/logs", 200},
                                 .reason = reason,
                                 .name = name,
                                 .script = script,
                                 .script_hash = hash,
                                 .traceback = trace,
                                 .bytes = {bytes, size},
                                 .retries = 2};
    event_id(5, letter.event_id);
    return letter;
}

static postern_status store(struct fixture *fixture, struct dead_letter *letter, int64_t settles,
                            postern_error *error)
{
    struct dead_letter *list[] = {letter};
    struct journal_commit commit = {.dead = list,
                                    .dead_count = letter ? 1 : 0,
                                    .dead_settled = &settles,
                                    .dead_settled_count = settles != 0};
    return journal_commit_now(fixture->journal, &commit, error);
}

static void a_letter_comes_back_whole(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char bytes[] = "not\0json\xff";
    struct dead_letter full = letter_of(sizeof bytes, bytes);
    struct dead_letter bare = {.stage = DEAD_COLLECT, .reason = reason};
    assert_ok(store(fixture, &full, 0, &error));
    assert_ok(store(fixture, &bare, 0, &error));
    assert_int_equal(full.id, 1);
    assert_int_equal(bare.id, 2);
    fixture_close(fixture);
    fixture_open(fixture);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *list = NULL;
    size_t count = 0;
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 10, true, &list, &count, &error));
    assert_int_equal(count, 2);
    assert_int_equal(list[0].id, 1);
    assert_int_equal(list[0].created_ms, T0);
    assert_string_equal(list[0].account, "acme");
    assert_string_equal(list[0].source, "siem");
    assert_string_equal(list[0].stream, "siem");
    assert_string_equal(list[0].delivery, "p/s");
    assert_int_equal(list[0].stage, DEAD_SCRIPT);
    assert_string_equal(list[0].type, "receipt");
    assert_memory_equal(list[0].event_id, full.event_id, EVENT_ID_SIZE);
    assert_int_equal(list[0].received_ms, T0 - 1);
    assert_int_equal(list[0].time_ms, T0 - 2);
    assert_int_equal(list[0].retries, 2);
    assert_string_equal(list[0].reason, reason);
    assert_string_equal(list[0].call.request_id, "4f1c-9");
    assert_string_equal(list[0].call.endpoint, "/api/logs");
    assert_int_equal(list[0].call.status, 200);
    assert_string_equal(list[0].name, name);
    assert_string_equal(list[0].script, script);
    assert_string_equal(list[0].script_hash, hash);
    assert_string_equal(list[0].traceback, trace);
    assert_int_equal(list[0].bytes.size, sizeof bytes);
    assert_memory_equal(list[0].bytes.data, bytes, sizeof bytes);
    assert_string_equal(list[1].call.request_id, "");
    assert_null(list[1].name);
    assert_null(list[1].script);
    assert_null(list[1].traceback);
    assert_int_equal(list[1].bytes.size, 0);
    assert_ok(journal_dead_list(fixture->journal, arena, 1, 10, false, &list, &count, &error));
    assert_int_equal(count, 1); /* behind letter 1 */
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 1, false, &list, &count, &error));
    assert_int_equal(count, 1); /* at most one */
    assert_null(list[0].bytes.data);
}

static void the_limit_stops_what_makes_them(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t count = 0, total = 0;
    fixture_close(fixture);
    fixture->settings.dead_limit = 100000;
    fixture_open(fixture);
    char *bytes = calloc(1, 200000);
    struct dead_letter letter = letter_of(9000, bytes), small = letter_of(100, bytes);
    while (store(fixture, &letter, 0, &error) == POSTERN_OK)
        count++;
    assert_int_equal(count, 10);
    assert_non_null(strstr(error.message, "the dead letters are full: 10 letters, limit"));
    assert_non_null(strstr(error.remedy, "postern dead retry"));
    /* A commit with pages that also brings a letter is all or nothing. */
    struct journal_page *pages = pages_of(1, 10, 10);
    struct dead_letter *list[] = {&letter};
    struct journal_commit both = {
        .stream = &fixture->stream, .pages = pages, .received_ms = T0, .dead = list, .dead_count = 1};
    assert_int_equal(journal_commit_now(fixture->journal, &both, &error), POSTERN_E_LIMIT);
    journal_page_free(pages);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 0);
    assert_false(journal_is_full(fixture->journal)); /* their limit is their own */
    fixture_close(fixture);
    fixture_open(fixture); /* and known after a restart */
    assert_int_equal(store(fixture, &letter, 0, &error), POSTERN_E_LIMIT);
    assert_ok(journal_dead_count(fixture->journal, &count, &total, &error));
    assert_int_equal(count, 10);
    assert_in_range(total, 90000, 100000);
    assert_ok(store(fixture, &letter, 3, &error)); /* failed again: takes the room of the one it was */
    assert_ok(store(fixture, NULL, 4, &error));    /* settled */
    assert_ok(store(fixture, NULL, 4, &error));    /* twice does no harm */
    assert_ok(store(fixture, &small, 0, &error));
    assert_ok(store(fixture, &letter, 0, &error));
    assert_int_equal(store(fixture, &letter, 0, &error), POSTERN_E_LIMIT);
    assert_ok(journal_dead_count(fixture->journal, &count, &total, &error));
    assert_int_equal(count, 11);
    struct dead_letter huge = letter_of(200000, bytes);
    assert_int_equal(store(fixture, &huge, 5, &error), POSTERN_E_LIMIT); /* rolled back: letter 5 stays */
    assert_ok(journal_dead_count(fixture->journal, &count, &total, &error));
    assert_int_equal(count, 11);
    free(bytes);
}

/* What a vendor sends and nobody can read must not stop its stream: what fits is kept, the rest is counted in
 * one letter. */
static void what_was_set_aside_never_stops_a_stream(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.dead_limit = 100000;
    fixture_open(fixture);
    char *bytes = calloc(1, 60000);
    struct dead_letter large = letter_of(60000, bytes), small = letter_of(100, bytes), flood;
    large.stage = small.stage = DEAD_COLLECT;
    large.delivery[0] = small.delivery[0] = 0;
    flood = large;
    flood.stands_for = 5000;
    struct dead_letter *list[] = {&large, &flood, &small};
    for (int round = 0; round < 3; round++) {
        struct journal_page *pages = pages_of(1 + round * 10, 10, 10);
        struct journal_commit commit = {
            .stream = &fixture->stream, .pages = pages, .received_ms = T0, .dead = list, .dead_count = 3};
        large.received_ms = flood.received_ms = T0 + round * HOUR;
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        journal_page_free(pages);
    }
    assert_int_equal(read_all(fixture->journal, 0, NULL), 30);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    struct dead_letter *letters = NULL;
    size_t count = 0;
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 10, true, &letters, &count, &error));
    assert_int_equal(count, 5); /* the large one, three small ones, and one for what is gone */
    assert_int_equal(letters[0].bytes.size, 60000);
    assert_non_null(strstr(letters[2].reason, "15002 that could not be read (300000 bytes) were not kept"));
    assert_non_null(strstr(letters[2].reason, "from 2026-01-01T00:00:00.000Z to 2026-01-01T02:00:00.000Z"));
    assert_non_null(strstr(letters[2].reason, reason));
    int64_t letter_count = 0, total = 0, again = 0;
    assert_ok(journal_dead_count(fixture->journal, &letter_count, &total, &error));
    assert_in_range(total, 60000, 100000);
    fixture_close(fixture);
    fixture_open(fixture); /* what was counted along the way is what the file says */
    assert_ok(journal_dead_count(fixture->journal, &letter_count, &again, &error));
    assert_int_equal(again, total);
    struct dead_letter delivered = letter_of(60000, bytes);
    assert_int_equal(store(fixture, &delivered, 0, &error), POSTERN_E_LIMIT); /* a delivery still stops */
    assert_ok(store(fixture, NULL, letters[2].id, &error));
    assert_ok(store(fixture, &flood, 0, &error)); /* settled: the next begins anew */
    assert_ok(journal_dead_list(fixture->journal, arena, 0, 10, true, &letters, &count, &error));
    assert_non_null(strstr(letters[count - 1].reason, "5000 that could not be read"));
    free(bytes);
}

static void flood(struct fixture *fixture, int64_t first, char *bytes, int64_t count)
{
    postern_error error = ERROR_INIT;
    struct dead_letter large = letter_of(150000, bytes);
    struct dead_letter *list[] = {&large};
    struct journal_page *pages = pages_of(first, 1, 10);
    struct journal_commit commit = {
        .stream = &fixture->stream, .pages = pages, .received_ms = T0, .dead = list, .dead_count = 1};
    large.stage = DEAD_COLLECT;
    large.delivery[0] = '\0';
    large.stands_for = count;
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    journal_page_free(pages);
}

/* A loss that goes on is told once, and again when it begins anew. */
static void what_is_not_kept_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen;
    postern_error error = ERROR_INIT;
    const struct notice_settings settings = {.wanted = true, .repeat_ms = HOUR, .per_hour = 100};
    char *bytes = calloc(1, 150000);
    fixture_close(fixture);
    fixture->settings.dead_limit = 100000;
    fixture_open(fixture);
    journal_take_notices(fixture->journal, &settings);
    flood(fixture, 1, bytes, 5);
    flood(fixture, 2, bytes, 7);
    assert_int_equal(count_of(fixture), 1);
    fixture_advance(fixture, HOUR);
    flood(fixture, 3, bytes, 1);
    assert_int_equal(count_of(fixture), 2);
    assert_ok(store(fixture, NULL, 1, &error)); /* the letter that counts them is dropped */
    flood(fixture, 4, bytes, 3);
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 3);
    assert_string_equal(seen.accounts[0], "acme");
    assert_string_equal(seen.types[0], "dead_letters.not_kept");
    assert_non_null(strstr(seen.texts[0], "\"severity\":\"error\",\"account\":\"acme\",\"source\":\"siem\","
                                          "\"stream\":\"siem\",\"message\":\"the dead letters are full "));
    assert_non_null(strstr(seen.texts[0],
                           "5 more that could not be read (150000 bytes) are counted and not kept, "
                           "5 up to now; collecting goes on\",\"remedy\":\"see `postern dead"));
    assert_non_null(strstr(seen.texts[0],
                           "\"events\":5,\"bytes\":150000,\"oldest\":\"2025-12-31T23:59:59.999Z\","
                           "\"key\":\"dead_letters:acme/siem/siem\"}"));
    assert_non_null(strstr(seen.texts[1], "1 more that could not be read (150000 bytes) is counted"));
    assert_non_null(strstr(seen.texts[1], "\"events\":13,\"bytes\":450000,"));
    assert_non_null(strstr(seen.texts[2], "\"events\":3,\"bytes\":150000,"));
    free(bytes);
}

static bool append_id(void *context, const unsigned char *id, int64_t received_ms)
{
    buffer_printf(context, "%d at %lld;", id[0], (long long)(received_ms - T0));
    return true;
}

static void what_a_stream_set_aside_is_found(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char bytes[] = "x";
    for (unsigned char i = 0; i < 6; i++) {
        struct dead_letter letter = letter_of(1, bytes);
        letter.received_ms = T0 + i;
        letter.event_id[0] = i;
        letter.stage = DEAD_COLLECT;
        if (i != 2) letter.delivery[0] = 0;
        if (i == 3) strcpy(letter.stream, "other");
        assert_ok(store(fixture, &letter, 0, &error));
    }
    const struct stream_record stream = {.account = "acme", .source = "siem", .name = "siem"};
    static const struct {
        int64_t after_ms;
        size_t limit;
        const char *found;
    } looks[] = {{T0 - 1, 10, "5 at 5;4 at 4;1 at 1;0 at 0;"},
                 {T0, 10, "5 at 5;4 at 4;1 at 1;"},
                 {T0 - 1, 2, "5 at 5;4 at 4;"},
                 {T0 + 5, 10, ""}};
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        struct buffer words = {.limit = 256};
        assert_ok(journal_set_aside(fixture->journal, &stream, looks[i].after_ms, looks[i].limit, append_id,
                                    &words, &error));
        assert_string_equal(buffer_string(&words), looks[i].found);
        buffer_free(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_letter_comes_back_whole, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_a_stream_set_aside_is_found, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_limit_stops_what_makes_them, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_was_set_aside_never_stops_a_stream, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_kept_is_told, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
