/* What the journal remembers of lists: its tables against plain arrays, its limits, an older journal. */
#include "../snapshot_model.h"
#include "number_of.h"

#include "base/random.h"
#include "journal/sqlite/schema.h"

static void load_list(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "queue", "queue",
                             POSTERN_STREAM_SNAPSHOT, "", &fixture->stream, &error));
}

static void key_of(int64_t n, unsigned char key[EVENT_ID_SIZE])
{
    event_id(n, key);
}

static postern_status commit_change(struct fixture *fixture, const struct snapshot_change *change,
                                    postern_error *error)
{
    struct journal_commit commit = {.stream = &fixture->stream, .snapshot = change};
    return journal_commit_now(fixture->journal, &commit, error);
}

/* ---- Against the model ---------------------------------------------------------------------------- */

enum { KEYS = 30, CHANGES = 400 };

struct gathered {
    int64_t rows[KEYS];
    char texts[KEYS][32];
    int64_t appeared[KEYS], missed_ms[KEYS];
    size_t count, most;
};

static bool gather(void *context, const struct snapshot_leaver *leaver)
{
    struct gathered *gathered = context;
    if (gathered->count == gathered->most) return false;
    size_t at = gathered->count++;
    gathered->rows[at] = leaver->row;
    gathered->appeared[at] = leaver->appeared;
    gathered->missed_ms[at] = leaver->missed_ms;
    assert_true(leaver->text.size < sizeof gathered->texts[at]);
    memcpy(gathered->texts[at], leaver->text.data, leaver->text.size);
    gathered->texts[at][leaver->text.size] = 0;
    return true;
}

static struct gathered leavers_of(struct fixture *fixture, size_t most)
{
    postern_error error = ERROR_INIT;
    struct gathered gathered = {.most = most};
    assert_ok(journal_snapshot_leavers(fixture->journal, fixture->stream.id, gather, &gathered, &error));
    return gathered;
}

static void compare(struct fixture *fixture, const struct snapshot_model *model)
{
    postern_error error = ERROR_INIT;
    struct snapshot_totals totals;
    assert_ok(journal_snapshot_totals(fixture->journal, fixture->stream.id, &totals, &error));
    assert_int_equal(totals.items, model->count);
    assert_int_equal(totals.bytes, model->bytes);
    assert_memory_equal(&totals.state, &model->state, sizeof totals.state);
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 16);
    const struct snapshot_list *lists;
    size_t list_count;
    assert_ok(journal_snapshot_lists(fixture->journal, arena, &lists, &list_count, &error));
    assert_int_equal(list_count, totals.state.polls || totals.items || list_count ? 1 : 0);
    if (list_count) assert_int_equal(lists[0].stream_id, fixture->stream.id);
    if (list_count) assert_memory_equal(&lists[0].totals, &totals, sizeof totals);
    unsigned char keys[KEYS][EVENT_ID_SIZE];
    struct snapshot_known known[KEYS], expected;
    for (int n = 0; n < KEYS; n++)
        key_of(n, keys[n]);
    assert_ok(journal_snapshot_known(fixture->journal, fixture->stream.id, keys[0], KEYS, known, &error));
    for (int n = 0; n < KEYS; n++) {
        model_known(model, keys[n], &expected);
        assert_int_equal(known[n].is_known, expected.is_known);
        assert_int_equal(known[n].sum, expected.sum);
        assert_int_equal(known[n].bytes, expected.bytes);
        assert_int_equal(known[n].seen, expected.seen);
        assert_int_equal(known[n].is_missed, expected.is_missed);
    }
    struct gathered theirs = leavers_of(fixture, KEYS), ours = {.most = KEYS};
    model_leavers(model, gather, &ours);
    assert_int_equal(theirs.count, ours.count);
    for (size_t i = 0; i < ours.count; i++) {
        assert_string_equal(theirs.texts[i], ours.texts[i]);
        assert_int_equal(theirs.appeared[i], ours.appeared[i]);
        assert_int_equal(theirs.missed_ms[i], ours.missed_ms[i]);
    }
}

static int64_t below(struct random_source *random, int64_t bound)
{
    return (int64_t)random_below(random, (uint64_t)bound);
}

/* Leavers are forgotten with the commit that tells of them: the two stores number their rows differently. */
static void forget_some(struct fixture *fixture, struct snapshot_model *model, size_t most)
{
    postern_error error = ERROR_INIT;
    struct gathered theirs = leavers_of(fixture, most), ours = {.most = most};
    model_leavers(model, gather, &ours);
    struct snapshot_change change = {.left = theirs.rows, .left_count = theirs.count};
    assert_ok(commit_change(fixture, &change, &error));
    change = (struct snapshot_change){.left = ours.rows, .left_count = ours.count};
    assert_true(model_commit(model, &change));
}

static void change_at_random(struct fixture *fixture, struct snapshot_model *model,
                             struct random_source *random)
{
    postern_error error = ERROR_INIT;
    struct snapshot_item items[6];
    char texts[6][24];
    size_t count = (size_t)below(random, 7);
    for (size_t i = 0; i < count; i++) {
        struct snapshot_item *item = &items[i];
        key_of(below(random, KEYS), item->key);
        snprintf(texts[i], sizeof texts[i], "{\"v\":%lld}", (long long)below(random, 1000000));
        item->sum = (uint64_t)below(random, INT64_MAX) << 1; /* all 64 bits */
        item->text = (postern_text){texts[i], strlen(texts[i])};
        bool is_known = model_find(model, item->key) != NULL;
        item->sight = !is_known              ? SNAPSHOT_APPEARED
                      : below(random, 2)     ? SNAPSHOT_CHANGED
                      : below(random, 8) > 0 ? SNAPSHOT_SHOWN
                                             : SNAPSHOT_APPEARED; /* somebody else was first */
        for (size_t k = 0; k < i; k++) /* once in a change, but for what only shows it */
            if (memcmp(items[k].key, item->key, EVENT_ID_SIZE) == 0) item->sight = SNAPSHOT_SHOWN;
    }
    const struct snapshot_end end = {.since =
                                         below(random, 3) ? 0 : model->state.polls + 1 - below(random, 3),
                                     .missed_ms = T0 + below(random, HOUR)};
    bool ends = below(random, 3) == 0;
    struct snapshot_state list = model->state;
    list.polls += ends;
    list.damage = below(random, INT64_MAX);
    list.last_damage = -below(random, INT64_MAX);
    list.damage_since = below(random, 9);
    const struct snapshot_change change = {.state = below(random, 4) || ends ? &list : NULL,
                                           .poll = model->state.polls + 1,
                                           .items = items,
                                           .count = count,
                                           .end = ends ? &end : NULL};
    postern_status status = commit_change(fixture, &change, &error);
    bool good = model_commit(model, &change);
    assert_int_equal(status, good ? POSTERN_OK : POSTERN_E_RETRY);
}

static void the_tables_are_as_the_model(void **state)
{
    struct fixture *fixture = *state;
    load_list(fixture);
    struct random_source random = random_fixed(11);
    struct snapshot_model model = {0};
    for (int i = 0; i < CHANGES; i++) {
        if (below(&random, 5) == 0)
            forget_some(fixture, &model, (size_t)below(&random, KEYS) + 1);
        else
            change_at_random(fixture, &model, &random);
        compare(fixture, &model);
        if (i % 100 == 50) { /* and after a restart */
            fixture_close(fixture);
            fixture_open(fixture);
            load_list(fixture);
        }
    }
    compare(fixture, &model);
    model_free(&model);
}

/* ---- All or nothing ------------------------------------------------------------------------------- */

static const struct snapshot_end whole = {.missed_ms = T0};

static void one_item(struct snapshot_item *item, int64_t n, enum snapshot_sight sight)
{
    *item = (struct snapshot_item){.sum = (uint64_t)n, .sight = sight, .text = {"{\"n\":1}", 7}};
    key_of(n, item->key);
}

static void what_another_reading_took_in_fails_the_whole_commit(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    load_list(fixture);
    struct snapshot_item items[2];
    one_item(&items[0], 1, SNAPSHOT_APPEARED);
    const struct snapshot_change first = {.poll = 1, .items = items, .count = 1};
    assert_ok(commit_change(fixture, &first, &error));
    one_item(&items[0], 2, SNAPSHOT_APPEARED);
    one_item(&items[1], 1, SNAPSHOT_APPEARED);
    const struct snapshot_change second = {.poll = 1, .items = items, .count = 2};
    struct journal_page *pages = pages_of(1, 2, 10);
    struct journal_commit commit = {
        .stream = &fixture->stream, .pages = pages, .received_ms = T0, .snapshot = &second};
    assert_int_equal(journal_commit_now(fixture->journal, &commit, &error), POSTERN_E_RETRY);
    journal_page_free(pages);
    assert_int_equal(read_all(fixture->journal, 0, NULL), 0);
    struct snapshot_totals totals;
    assert_ok(journal_snapshot_totals(fixture->journal, fixture->stream.id, &totals, &error));
    assert_int_equal(totals.items, 1);
}

static void what_does_not_leave_is_not_forgotten(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    load_list(fixture);
    struct snapshot_item item;
    one_item(&item, 1, SNAPSHOT_APPEARED);
    const struct snapshot_change change = {.poll = 1, .items = &item, .count = 1};
    assert_ok(commit_change(fixture, &change, &error));
    const int64_t row = 1;
    const struct snapshot_change left = {.left = &row, .left_count = 1};
    assert_int_equal(commit_change(fixture, &left, &error), POSTERN_E_RETRY);
    for (int64_t poll = 2; poll < 4; poll++) {
        const struct snapshot_change missed = {.poll = poll, .end = &whole};
        assert_ok(commit_change(fixture, &missed, &error));
    }
    assert_ok(commit_change(fixture, &left, &error));
    assert_int_equal(commit_change(fixture, &left, &error), POSTERN_E_RETRY); /* it left already */
}

static void a_list_that_needs_more_than_the_journal_has_is_refused(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture->settings.max_size = 16 << 20;
    fixture_open(fixture);
    load_list(fixture);
    size_t size = (size_t)fixture->settings.max_size;
    char *text = calloc(1, size);
    struct snapshot_item item;
    one_item(&item, 1, SNAPSHOT_APPEARED);
    item.text = (postern_text){text, size};
    const struct snapshot_change change = {.poll = 1, .items = &item, .count = 1};
    assert_int_equal(commit_change(fixture, &change, &error), POSTERN_E_LIMIT);
    free(text);
}

static void a_snapshot_stream_has_days_and_no_ranges(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    load_list(fixture);
    for (int i = 0; i < 3; i++) {
        struct coverage_read read = {T0 + i * HOUR, T0 + i * HOUR, 2, 0, false};
        struct journal_commit commit = {.stream = &fixture->stream, .coverage = &read};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    }
    _cleanup_(arena_freep) postern_arena *arena = arena_new(1 << 16);
    const struct coverage_range *ranges;
    const struct coverage_gap *gaps;
    size_t count = 9;
    assert_ok(journal_coverage(fixture->journal, fixture->stream.id, arena, &ranges, &count, &error));
    assert_int_equal(count, 0);
    assert_ok(journal_gaps(fixture->journal, arena, &gaps, &count, &error));
    assert_int_equal(count, 0);
}

static void its_ids_need_not_be_remembered(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    load_list(fixture);
    struct journal_page *pages = pages_of(1, 5, 10);
    struct journal_commit commit = {
        .stream = &fixture->stream, .pages = pages, .received_ms = T0, .remember_ms = HOUR};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    journal_page_free(pages);
    struct journal_totals totals;
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    assert_int_equal(totals.remembered_ids, 0);
    assert_int_equal(totals.events, 5);
}

/* ---- Accounts that are gone ------------------------------------------------------------------------ */

#define DAY (24 * HOUR)

static int64_t begin_list(struct fixture *fixture, const char *account, int64_t items,
                          struct account_record *record)
{
    postern_error error = ERROR_INIT;
    struct stream_record stream;
    assert_ok(journal_account(fixture->journal, account, record, &error));
    assert_ok(journal_stream(fixture->journal, record->id, account, "queue", "queue", POSTERN_STREAM_SNAPSHOT,
                             "", &stream, &error));
    int64_t id = stream.id;
    const struct snapshot_state list = {.polls = 41};
    static struct snapshot_item shown[1500];
    for (int64_t n = 0; n < items; n++)
        one_item(&shown[n], n, SNAPSHOT_APPEARED);
    const struct snapshot_change change = {.state = &list, .poll = 1, .items = shown, .count = (size_t)items};
    struct journal_commit commit = {.stream = &stream, .snapshot = &change};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    stream_record_clear(&stream);
    return id;
}

static void set_status(struct fixture *fixture, struct account_record *record, enum account_status status)
{
    postern_error error = ERROR_INIT;
    record->status = status;
    struct journal_commit commit = {.account = record};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
}

static struct snapshot_totals totals_of(struct fixture *fixture, int64_t stream_id)
{
    postern_error error = ERROR_INIT;
    struct snapshot_totals totals;
    assert_ok(journal_snapshot_totals(fixture->journal, stream_id, &totals, &error));
    return totals;
}

/* The writer looks every 10 s, and more seldom when nothing happens. */
static bool has_looked(struct fixture *fixture, bool found)
{
    if (!found) fixture_advance(fixture, 11000);
    return found;
}

static void forgets(struct fixture *fixture, int64_t stream_id)
{
    assert_comes_true(has_looked(fixture, !totals_of(fixture, stream_id).items));
}

/* What is written down of a removed account is: the next look does not begin its time anew. */
static void is_seen(struct fixture *fixture, int64_t marks)
{
    assert_comes_true(has_looked(
        fixture, number_of(fixture->journal,
                           "SELECT count(*) FROM meta WHERE key GLOB 'removed account *'") == marks));
}

static void lists_of_removed_accounts_go(void **state)
{
    struct fixture *fixture = *state;
    struct account_record early, late, back, stays;
    int64_t of_early = begin_list(fixture, "early", 1500, &early),
            of_late = begin_list(fixture, "late", 3, &late);
    int64_t of_back = begin_list(fixture, "back", 3, &back),
            of_stays = begin_list(fixture, "stays", 3, &stays);
    set_status(fixture, &stays, ACCOUNT_FAILED); /* it is configured, whatever else is wrong with it */
    set_status(fixture, &early, ACCOUNT_REMOVED);
    set_status(fixture, &back, ACCOUNT_REMOVED);
    is_seen(fixture, 2);
    fixture_advance(fixture, 3 * DAY);
    set_status(fixture, &back, ACCOUNT_PENDING);
    set_status(fixture, &late, ACCOUNT_REMOVED);
    is_seen(fixture, 2); /* of the one that is back no more */
    set_status(fixture, &back, ACCOUNT_REMOVED);
    is_seen(fixture, 3);
    atomic_store(&fixture->clock.ahead_ms, 30 * DAY); /* a wall clock that is set wrong makes nothing old */
    fixture_advance(fixture, 3 * DAY);
    is_seen(fixture, 3);
    assert_int_equal(totals_of(fixture, of_early).items, 1500);
    fixture_advance(fixture, DAY);
    forgets(fixture, of_early); /* in more than one step */
    assert_int_equal(totals_of(fixture, of_early).bytes, 0);
    assert_int_equal(totals_of(fixture, of_early).state.polls, 41);
    assert_int_equal(totals_of(fixture, of_late).items, 3);
    assert_int_equal(totals_of(fixture, of_back).items, 3);
    is_seen(fixture, 2);
    fixture_advance(fixture, 3 * DAY);
    forgets(fixture, of_late);
    forgets(fixture, of_back);
    is_seen(fixture, 0);
    assert_int_equal(totals_of(fixture, of_stays).items, 3);
    assert_int_equal(number_of(fixture->journal, "SELECT count(*) FROM snapshot_item"), 3);
    assert_int_equal(number_of(fixture->journal, "SELECT count(*) FROM snapshot_text"), 3);
}

/* ---- An older journal ----------------------------------------------------------------------------- */

static void a_journal_of_version_4_gets_its_lists(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    char path[128];
    fixture_path(fixture, "journal.db", path);
    assert_ok(schema_create(fixture->directory, path, 4, &error));
    run_sql(path,
            "INSERT INTO account (key, name, added_ms, status) VALUES (x'00112233445566778899aabbccddeeff',"
            " 'acme', 5, 'connected');"
            "INSERT INTO stream (account_id, source, name, kind, state, events, position)"
            " VALUES (1, 'siem', 'siem', 2, 'ok', 41, CAST('token-7' AS BLOB))");
    struct journal *reader = NULL;
    assert_int_equal(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error),
                     POSTERN_E_CONFIG);
    assert_non_null(strstr(error.message, "older Postern (journal version 4, this one knows 12)"));
    fixture_open(fixture);
    struct stream_record siem;
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &siem, &error));
    assert_int_equal(siem.events, 41);
    assert_string_equal(siem.position, "token-7");
    stream_record_clear(&siem);
    load_list(fixture);
    struct snapshot_item item;
    one_item(&item, 1, SNAPSHOT_APPEARED);
    const struct snapshot_state list = {3, -4, 5, 6};
    const struct snapshot_change change = {.state = &list, .poll = 1, .items = &item, .count = 1};
    assert_ok(commit_change(fixture, &change, &error));
    struct snapshot_totals totals;
    assert_ok(journal_snapshot_totals(fixture->journal, fixture->stream.id, &totals, &error));
    assert_memory_equal(&totals.state, &list, sizeof list);
    assert_int_equal(totals.items, 1);
    assert_int_equal(totals.bytes, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_tables_are_as_the_model, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_another_reading_took_in_fails_the_whole_commit, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_does_not_leave_is_not_forgotten, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_list_that_needs_more_than_the_journal_has_is_refused,
                                        fixture_setup_closed, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_snapshot_stream_has_days_and_no_ranges, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(its_ids_need_not_be_remembered, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(lists_of_removed_accounts_go, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_journal_of_version_4_gets_its_lists, fixture_setup_closed,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
