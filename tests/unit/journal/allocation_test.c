/* Memory runs out at every single place where the journal asks for some: the call fails with these words or
 * does without, what is stored is all or nothing, and the next call works. Leaks and wrong accesses are found
 * by the sanitizer. */
#include "fixture.h"

#include "failing_allocator.h"

#define EVENTS 50 /* of one commit */

static struct stored {
    int64_t events, letters; /* that a commit with success brought */
    int64_t delivery_id;
    struct journal_page *pages; /* for the next commit */
} stored;

/* ---- What is tried: each does its work from the beginning and leaves nothing behind ----------------- */

static postern_status try_open(struct fixture *fixture, postern_error *error)
{
    fixture_close(fixture);
    return journal_open(fixture->directory, &fixture->settings, &fixture->clock.clock, &fixture->journal,
                        error);
}

static postern_status try_reader(struct fixture *fixture, postern_error *error)
{
    struct journal *reader = NULL;
    struct journal_totals totals;
    postern_status status = journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, error);
    if (status == POSTERN_OK) status = journal_totals(reader, &totals, error);
    journal_close(reader);
    return status;
}

static postern_status try_account(struct fixture *fixture, postern_error *error)
{
    struct account_record account = {0};
    postern_status status = journal_account(fixture->journal, "acme", &account, error);
    if (status == POSTERN_OK) assert_memory_equal(account.key, fixture->account.key, sizeof account.key);
    account_record_clear(&account);
    return status;
}

/* With a position, which must not get lost on the way. */
static postern_status try_stream(struct fixture *fixture, postern_error *error)
{
    struct stream_record stream = {0};
    postern_status status = journal_stream(fixture->journal, fixture->account.id, "acme", "ttp-url",
                                           "ttp-url", POSTERN_STREAM_WINDOW, "", &stream, error);
    if (status == POSTERN_OK) assert_string_equal(stream.position ? stream.position : "", "token");
    stream_record_clear(&stream);
    return status;
}

static postern_status try_lists(struct fixture *fixture, postern_error *error)
{
    struct account_record *accounts = NULL;
    struct stream_record *streams = NULL;
    struct delivery_record *deliveries = NULL;
    size_t account_count = 0, stream_count = 0, delivery_count = 0;
    postern_status status = journal_accounts(fixture->journal, &accounts, &account_count, error);
    if (status == POSTERN_OK) status = journal_streams(fixture->journal, &streams, &stream_count, error);
    if (status == POSTERN_OK)
        status = journal_deliveries(fixture->journal, &deliveries, &delivery_count, error);
    if (status == POSTERN_OK)
        assert_true(account_count == 1 && stream_count == 1 && delivery_count == 1 && streams[0].position);
    for (size_t i = 0; i < account_count; i++)
        account_record_clear(&accounts[i]);
    for (size_t i = 0; i < stream_count; i++)
        stream_record_clear(&streams[i]);
    free(accounts);
    free(streams);
    free(deliveries);
    return status;
}

/* Events, a letter, a delivery's counts and a sink's state in one commit. */
static postern_status try_commit(struct fixture *fixture, postern_error *error)
{
    static char reason[] = "no";
    const struct state_entry entry = {{"key", 3}, {"value", 5}};
    const struct drop_count drop = {"spam", 1};
    struct dead_letter letter = {.reason = reason, .bytes = {"bytes", 5}};
    struct dead_letter *const letters[] = {&letter};
    struct delivery_move move = {.delivery_id = stored.delivery_id,
                                 .sink = "files",
                                 .entries = &entry,
                                 .entry_count = 1,
                                 .delivered = 1,
                                 .drops = &drop,
                                 .drop_reason_count = 1};
    struct coverage_read coverage = {T0 - HOUR, T0, EVENTS, 0, false};
    struct journal_commit commit = {.stream = &fixture->stream,
                                    .pages = stored.pages,
                                    .received_ms = T0,
                                    .coverage = &coverage,
                                    .delivery = &move,
                                    .dead = letters,
                                    .dead_count = 1};
    postern_status status = journal_commit_now(fixture->journal, &commit, error);
    if (status == POSTERN_OK) {
        stored.events += EVENTS;
        stored.letters++;
    }
    return status;
}

static postern_status try_build(struct fixture *fixture, postern_error *error)
{
    (void)fixture;
    struct page_builder *builder = page_builder_new(1 << 20, 10);
    if (!builder) return error_no_memory(error, NULL);
    bool enough = true;
    for (int64_t n = 0; enough && n < 25; n++) {
        struct journal_event event = {.time_ms = T0, .type = {"click", 5}, .json = {"{}", 2}};
        event_id(n, event.id);
        enough = page_builder_add(builder, &event);
    }
    struct journal_page *pages = page_builder_take(builder);
    /* Events that could not be packed are never lost in silence: no commit takes what comes instead. */
    struct journal_commit commit = {.stream = &fixture->stream, .pages = pages, .received_ms = T0};
    postern_status status =
        enough ? journal_commit_now(fixture->journal, &commit, error) : error_no_memory(error, NULL);
    if (status == POSTERN_OK) stored.events += 25;
    journal_page_free(pages);
    page_builder_free(builder);
    return status;
}

static postern_status try_pages(struct fixture *fixture, postern_error *error)
{
    int64_t at = 0, events = 0;
    for (;;) {
        const struct page_view *page = NULL;
        postern_status status = journal_next_page(fixture->journal, at, NULL, NULL, &page, &at, error);
        if (status < 0) return status;
        if (!page) break;
        events += (int64_t)page->event_count;
        page_release(page);
    }
    assert_int_equal(events, stored.events);
    return POSTERN_OK;
}

static postern_status try_known_ids(struct fixture *fixture, postern_error *error)
{
    unsigned char ids[EVENTS][EVENT_ID_SIZE];
    bool known[EVENTS] = {false};
    for (int64_t n = 0; n < EVENTS; n++)
        event_id(n, ids[n]);
    postern_status status =
        journal_known_ids(fixture->journal, fixture->stream.id, ids[0], NULL, EVENTS, known, error);
    for (size_t n = 0; status == POSTERN_OK && n < EVENTS; n++)
        assert_true(known[n]);
    return status;
}

static postern_status try_small_lists(struct fixture *fixture, postern_error *error)
{
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 20);
    if (!arena) return error_no_memory(error, NULL);
    const postern_pair *pairs = NULL;
    const struct drop_count *drops = NULL;
    const struct coverage_range *ranges = NULL;
    struct dead_letter *letters = NULL;
    size_t pair_count = 0, drop_count = 0, range_count = 0, letter_count = 0;
    postern_status status = journal_sink_state(fixture->journal, "files", arena, &pairs, &pair_count, error);
    if (status == POSTERN_OK)
        status = journal_drops(fixture->journal, stored.delivery_id, arena, &drops, &drop_count, error);
    if (status == POSTERN_OK)
        status = journal_coverage(fixture->journal, fixture->stream.id, arena, &ranges, &range_count, error);
    if (status == POSTERN_OK)
        status = journal_dead_list(fixture->journal, arena, 0, 1000, true, &letters, &letter_count, error);
    if (status == POSTERN_OK) {
        assert_true(pair_count == 1 && drop_count == 1 && range_count == 1);
        assert_int_equal(letter_count, stored.letters);
    }
    return status;
}

static postern_status try_request(struct fixture *fixture, postern_error *error)
{
    int64_t id = 0;
    struct journal_request request = {0};
    char *outcome = NULL, *progress = NULL;
    postern_status status = journal_request_put(fixture->journal, "dead retry", "{}", &id, error);
    if (status == POSTERN_OK) status = journal_request_next(fixture->journal, &request, error);
    if (status == POSTERN_OK) {
        struct journal_commit answer = {.request_id = id, .request_outcome = "done"};
        status = journal_commit_now(fixture->journal, &answer, error);
    }
    if (status == POSTERN_OK) status = journal_request_look(fixture->journal, id, &outcome, &progress, error);
    if (status == POSTERN_OK) assert_string_equal(outcome, "done");
    free(request.arguments);
    free(outcome);
    return status;
}

/* ---- The loop ------------------------------------------------------------------------------------- */

static const struct trial {
    const char *name;
    postern_status (*run)(struct fixture *fixture, postern_error *error);
} trials[] = {
    {"open", try_open},           {"reader", try_reader},
    {"account", try_account},     {"stream", try_stream},
    {"lists", try_lists},         {"commit", try_commit},
    {"build", try_build},         {"pages", try_pages},
    {"known ids", try_known_ids}, {"small lists", try_small_lists},
    {"request", try_request},
};

/* Everything from the file again: what is in memory would need no more of it. */
static void start_cold(struct fixture *fixture)
{
    fixture_close(fixture);
    fixture_open(fixture);
}

static void each_trial_fails_cleanly(void **state, enum allocation_failure failure)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct delivery_record delivery;
    stored = (struct stored){.pages = pages_of(0, EVENTS, 10)};
    fixture->stream.position = strdup("token");
    assert_ok(journal_delivery(fixture->journal, "p/files", true, &delivery, &error));
    stored.delivery_id = delivery.id;
    assert_ok(try_commit(fixture, &error));
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        for (size_t n = 1;; n++) {
            start_cold(fixture);
            error = ERROR_INIT;
            failing_allocator_arm(n, failure);
            postern_status status = trials[i].run(fixture, &error);
            bool failed = failing_allocator_disarm();
            if (status != POSTERN_OK && status != POSTERN_E_MEMORY)
                fail_msg("%s, allocation %zu: status %d: %s", trials[i].name, n, status, error.message);
            if (!failed) assert_ok(status);
            if (status < 0) assert_int_equal(error.code, POSTERN_E_MEMORY);
            if (!fixture->journal) fixture_open(fixture);
            error = ERROR_INIT;
            assert_ok(try_pages(fixture, &error)); /* all or nothing */
            assert_ok(try_small_lists(fixture, &error));
            if (!failed && n == 1) fail_msg("%s: no memory was asked for", trials[i].name);
            if (!failed) break;
        }
    }
    journal_page_free(stored.pages);
}

static void one_allocation_fails(void **state)
{
    each_trial_fails_cleanly(state, FAIL_ONE);
}

static void memory_is_out_for_good(void **state)
{
    each_trial_fails_cleanly(state, FAIL_REST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_allocation_fails, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(memory_is_out_for_good, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
