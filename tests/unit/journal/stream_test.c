/* A stream that comes back: what of its record still holds when the way in which it is read has changed. */
#include "../captured.h"
#include "fixture.h"

static int64_t stored_id;

/* Stores a stream in the middle of a pass, with a position, and events whose ids are remembered. */
static void store_in_the_middle(struct fixture *fixture, const char *auth, uint32_t kind)
{
    postern_error error = ERROR_INIT;
    struct stream_record *stream = &fixture->stream;
    stream_record_clear(stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "audit", "audit", kind, auth,
                             stream, &error));
    stored_id = stream->id;
    stream->settled_until_ms = T0 - HOUR;
    stream->pass_from_ms = T0 - HOUR;
    stream->pass_until_ms = T0;
    stream->pass_start_ms = stream->position_saved_ms = T0;
    stream->page_number = 3;
    stream->requests = 7;
    stream->position = strdup("page 4");
    struct journal_page *pages = pages_of(0, 10, 10);
    const char *const done[] = {"file 1"};
    struct journal_commit commit = {.stream = stream,
                                    .pages = pages,
                                    .received_ms = T0,
                                    .remember_ms = HOUR,
                                    .downloads_done = done,
                                    .download_done_count = 1};
    assert_ok(journal_commit_now(fixture->journal, &commit, &error));
    journal_page_free(pages);
}

static void load(struct fixture *fixture, const char *auth, uint32_t kind)
{
    postern_error error = ERROR_INIT;
    stream_record_clear(&fixture->stream);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "audit", "audit", kind, auth,
                             &fixture->stream, &error));
    assert_int_equal(fixture->stream.id, stored_id);
    assert_string_equal(fixture->stream.auth, auth);
}

static bool download_is_done(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    bool done = false;
    assert_ok(journal_download_is_done(fixture->journal, fixture->stream.id, "file 1", &done, &error));
    return done;
}

static void assert_in_the_middle(struct fixture *fixture)
{
    const struct stream_record *stream = &fixture->stream;
    assert_string_equal(stream->position, "page 4");
    assert_int_equal(stream->pass_until_ms, T0);
    assert_int_equal(stream->page_number, 3);
    assert_true(download_is_done(fixture));
}

/* What it settled, counted and remembers is still so. */
static void assert_starts_again(struct fixture *fixture)
{
    const struct stream_record *stream = &fixture->stream;
    assert_null(stream->position);
    assert_int_equal(stream->position_saved_ms, 0);
    assert_int_equal(stream->pass_from_ms, 0);
    assert_int_equal(stream->pass_until_ms, 0);
    assert_int_equal(stream->pass_start_ms, 0);
    assert_int_equal(stream->page_number, 0);
    assert_false(download_is_done(fixture));
    assert_int_equal(stream->settled_until_ms, T0 - HOUR);
    assert_int_equal(stream->requests, 7);
    assert_int_equal(known_of(fixture, 0, 20), 10);
}

static void another_profile_has_another_position(void **state)
{
    struct fixture *fixture = *state;
    const uint32_t kinds[] = {POSTERN_STREAM_WINDOW, POSTERN_STREAM_TOKEN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        fixture_close(fixture);
        remove_directory(fixture->directory);
        fixture_open(fixture);
        store_in_the_middle(fixture, "one", kinds[i]);
        load(fixture, "one", kinds[i]);
        assert_in_the_middle(fixture);
        fixture_close(fixture);
        fixture_open(fixture);
        load(fixture, "one", kinds[i]);
        assert_in_the_middle(fixture);
        load(fixture, "two", kinds[i]);
        assert_starts_again(fixture);
        load(fixture, "one", kinds[i]); /* the old position does not come back */
        assert_starts_again(fixture);
    }
}

static void another_kind_has_another_position(void **state)
{
    struct fixture *fixture = *state;
    store_in_the_middle(fixture, "one", POSTERN_STREAM_WINDOW);
    load(fixture, "one", POSTERN_STREAM_TOKEN);
    assert_int_equal(fixture->stream.kind, POSTERN_STREAM_TOKEN);
    assert_starts_again(fixture);
}

static void the_profile_is_listed(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    store_in_the_middle(fixture, "one", POSTERN_STREAM_WINDOW);
    struct stream_record *records = NULL;
    size_t count = 0;
    assert_ok(journal_streams(fixture->journal, &records, &count, &error));
    assert_int_equal(count, 2);
    assert_string_equal(records[0].name, "audit");
    assert_string_equal(records[0].auth, "one");
    assert_string_equal(records[1].auth, "");
    for (size_t i = 0; i < count; i++)
        stream_record_clear(&records[i]);
    free(records);
}

/* What is logged while `file` takes the place of stderr. */
static void a_new_start_is_said(void **state)
{
    struct fixture *fixture = *state;
    char text[2000];
    struct captured captured;
    store_in_the_middle(fixture, "one", POSTERN_STREAM_WINDOW);
    captured_begin(&captured);
    load(fixture, "one", POSTERN_STREAM_WINDOW);
    captured_end(&captured, text, sizeof text);
    assert_string_equal(text, ""); /* the same profile is no news */
    captured_begin(&captured);
    load(fixture, "two", POSTERN_STREAM_WINDOW);
    captured_end(&captured, text, sizeof text);
    assert_non_null(
        strstr(text, "info acme: its streams were read with \"one\" until now and are with \"two\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_profile_has_another_position, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(another_kind_has_another_position, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_profile_is_listed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_new_start_is_said, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
