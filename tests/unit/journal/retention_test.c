/* What goes and what stays: by age, by size, by what is still to be delivered; ids longer than bodies. */
#include "fixture.h"

static int64_t add_delivery(struct fixture *fixture, const char *name)
{
    struct delivery_record record;
    postern_error error = ERROR_INIT;
    assert_ok(journal_delivery(fixture->journal, name, false, &record, &error));
    return record.id;
}

static struct journal_totals totals_of(struct fixture *fixture)
{
    struct journal_totals totals;
    postern_error error = ERROR_INIT;
    assert_ok(journal_totals(fixture->journal, &totals, &error));
    return totals;
}

static void only_what_is_delivered_and_old_goes(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    int64_t fast = add_delivery(fixture, "p/fast"), slow = add_delivery(fixture, "p/slow");
    for (int i = 0; i < 200; i++)
        assert_ok(commit_events(fixture, i * 10, 10, 50, &error));
    deliver_until(fixture, fast, 200);
    deliver_until(fixture, slow, 150);
    fixture_advance(fixture, 23 * HOUR);
    assert_ok(commit_events(fixture, 5000, 10, 50, &error));
    assert_int_equal(totals_of(fixture).pages, 201); /* too young */
    fixture_advance(fixture, 2 * HOUR);
    assert_comes_true(totals_of(fixture).pages == 51); /* what the slow one has not seen stays */
    assert_int_equal(totals_of(fixture).events, 510);
    assert_int_equal(totals_of(fixture).oldest_received_ms, T0);
    int64_t end = 0;
    assert_int_equal(read_all(fixture->journal, 150, &end), 510);
    assert_int_equal(end, 201);
    deliver_until(fixture, slow, 201);
    deliver_until(fixture, fast, 201);
    fixture_advance(fixture, 11000);                  /* looks every 10 s */
    assert_comes_true(totals_of(fixture).pages == 1); /* the last one is 2 hours old */
    const struct page_view *page = NULL;
    int64_t next = 0;
    assert_ok(
        journal_next_page(fixture->journal, 0, NULL, NULL, &page, &next, &error)); /* an "oldest" start */
    assert_int_equal(page->sequence, 201);
    page_release(page);
    fixture_close(fixture);
    fixture_open(fixture);
    assert_ok(commit_events(fixture, 6000, 10, 50, &error));
    assert_ok(journal_end(fixture->journal, &end, &error));
    assert_int_equal(end, 202); /* numbers are never used again */
}

/* A setting of 0 is a setting, not its absence. */
static void what_is_retained_for_no_time_goes_when_it_is_delivered(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.retain_ms = fixture->settings.cache_size = 0;
    fixture_open(fixture);
    int64_t id = add_delivery(fixture, "p/one");
    for (int i = 0; i < 20; i++)
        assert_ok(commit_events(fixture, i * 10, 10, 50, &error));
    assert_int_equal(read_all(fixture->journal, 0, NULL), 200);
    deliver_until(fixture, id, 15);
    fixture_advance(fixture, 11000); /* looks every 10 s */
    assert_comes_true(totals_of(fixture).pages == 5);
}

static void without_deliveries_nothing_pins(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 100; i++)
        assert_ok(commit_events(fixture, i * 10, 10, 50, &error));
    int64_t removed = add_delivery(fixture, "p/removed");
    assert_ok(
        journal_deliveries_keep(fixture->journal, NULL, 0, &error)); /* a removed one does not, either */
    (void)removed;
    fixture_advance(fixture, 25 * HOUR);
    assert_comes_true(totals_of(fixture).pages == 0);
}

static void a_window_forgets_what_is_settled(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stream_record *stream = &fixture->stream;
    for (int pass = 0; pass < 10; pass++) { /* pass n reads until T0 + n hours, and is read to its end */
        struct journal_page *pages = pages_of(pass * 100, 100, 10);
        struct coverage_read read = {T0 + (pass - 1) * HOUR, T0 + pass * HOUR, 100, 0, false};
        stream->settled_until_ms = T0 + (pass - 1) * HOUR; /* settles an hour behind */
        struct journal_commit commit = {.stream = stream,
                                        .pages = pages,
                                        .received_ms = T0 + pass * HOUR,
                                        .coverage = &read,
                                        .forget_settled = true};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        journal_page_free(pages);
        /* Remembered: this pass, the one before, whose end is settled_until, which the next pass starts with.
         */
        int64_t remembered = pass < 1 ? 100 : 200;
        if (pass % 2) { /* in memory all the time */
            assert_int_equal(known_of(fixture, (pass + 1) * 100 - remembered, remembered), remembered);
            assert_true(known_of(fixture, 0, 1000) <= 300); /* forgets in memory once a quarter is stale */
        } else {                                            /* from the file */
            fixture_close(fixture);
            struct stream_record saved = *stream;
            fixture->stream.position = NULL;
            fixture_open(fixture);
            assert_int_equal(stream->settled_until_ms, saved.settled_until_ms);
            assert_int_equal(known_of(fixture, 0, 1000), remembered);
        }
    }
    /* Bodies are not touched by forgetting: nothing was delivered. */
    assert_int_equal(read_all(fixture->journal, 0, NULL), 1000);
}

/* What is read again without a pass (a dead letter) may still be brought by those that were asked for,
 * whatever our clock says: it may be hours behind the vendor's. */
static void without_a_pass_ids_stay_as_long_as_any_pass_brings_them(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stream_record *stream = &fixture->stream;
    const struct stream_record named = {.id = stream->id, .kind = POSTERN_STREAM_WINDOW, .account = "acme"};
    const struct coverage_read read = {T0 - HOUR, T0, 0, 0, false};
    for (int under_way = 0; under_way < 2; under_way++) { /* the range was read, or is being read */
        struct journal_commit pass = {.stream = stream, .coverage = under_way ? NULL : &read};
        stream->pass_until_ms = under_way ? T0 + HOUR : 0;
        assert_ok(journal_commit_now(fixture->journal, &pass, &error));
        struct journal_page *pages = pages_of(under_way * 100, 100, 10);
        struct journal_commit again = {
            .stream = &named, .stream_stays = true, .pages = pages, .received_ms = T0 - 5 * HOUR};
        assert_ok(journal_commit_now(fixture->journal, &again, &error));
        journal_page_free(pages);
    }
    const int64_t settled[] = {T0 - HOUR, T0 + HOUR / 2, T0 + 2 * HOUR}, known[] = {200, 100, 0};
    for (size_t i = 0; i < 3; i++) {
        stream->settled_until_ms = settled[i];
        struct journal_commit settles = {.stream = stream, .forget_settled = true};
        assert_ok(journal_commit_now(fixture->journal, &settles, &error));
        fixture_close(fixture);
        fixture_open(fixture);
        assert_int_equal(known_of(fixture, 0, 1000), known[i]);
    }
}

static void a_token_stream_remembers_longer_than_it_keeps(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &fixture->stream, &error));
    for (int i = 0; i < 100; i++) {
        struct journal_page *pages = pages_of(i * 10, 10, 500);
        struct journal_commit commit = {.stream = &fixture->stream,
                                        .pages = pages,
                                        .received_ms = T0,
                                        .remember_ms = i < 50 ? 4 * 24 * HOUR : 8 * 24 * HOUR};
        assert_ok(journal_commit_now(fixture->journal, &commit, &error));
        journal_page_free(pages);
    }
    fixture_advance(fixture, 25 * HOUR);
    assert_comes_true(totals_of(fixture).pages == 0); /* the bodies are gone */
    assert_int_equal(known_of(fixture, 0, 1000), 1000);
    const int days[] = {2, 4, 9};
    const int64_t known[] = {1000, 500, 0};
    for (size_t i = 0; i < 3; i++) {
        atomic_store(&fixture->clock.now_ms, T0 + days[i] * 24 * HOUR + 1);
        assert_comes_true(known_of(fixture, 0, 1000) == known[i]);
        fixture_close(fixture);
        struct stream_record saved = fixture->stream;
        assert_ok(journal_open(fixture->directory, &fixture->settings, &fixture->clock.clock,
                               &fixture->journal, &error));
        fixture->stream = saved;
        assert_comes_true(known_of(fixture, 0, 1000) == known[i]);
    }
}

/* ---- The size limit ------------------------------------------------------------------------------- */

static void wake(void *count)
{
    atomic_fetch_add((_Atomic int *)count, 1);
}

static void delivered_pages_make_room(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    fixture_open(fixture);
    int64_t id = add_delivery(fixture, "p/s");
    for (int i = 0; i < 300; i++) { /* 30 MiB through 4 MiB, nothing older than a moment */
        int64_t end = 0;
        assert_ok(commit_events(fixture, i * 100, 100, 1000, &error));
        assert_ok(journal_end(fixture->journal, &end, &error));
        deliver_until(fixture, id, end);
        assert_false(journal_is_full(fixture->journal));
    }
    assert_true(totals_of(fixture).bytes_on_disk <= 4 << 20);
    assert_true(totals_of(fixture).pages > 10); /* as much as fits is kept: it is not old yet */
    assert_int_equal(totals_of(fixture).max_size, 4 << 20);
    assert_int_equal(known_of(fixture, 0, 30000), 30000); /* ids outlive their bodies */
}

static void undelivered_pages_stop_collecting(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    _Atomic int wakes = 0;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    fixture_open(fixture);
    int64_t id = add_delivery(fixture, "p/s"), committed = 0;
    postern_status status = POSTERN_OK;
    while (!journal_is_full(fixture->journal)) { /* says so before a commit fails */
        assert_ok(commit_events(fixture, committed, 100, 1000, &error));
        committed += 100;
    }
    while ((status = commit_events(fixture, committed, 100, 1000, &error)) == POSTERN_OK)
        committed += 100;
    assert_int_equal(status, POSTERN_E_LIMIT);
    assert_non_null(strstr(error.message, "the journal is full of events that are not delivered yet"));
    assert_non_null(strstr(error.remedy, "raise the journal's max_size"));
    assert_true(totals_of(fixture).full);
    assert_true(totals_of(fixture).bytes_on_disk <= 4 << 20);
    assert_int_equal(known_of(fixture, committed, 100), 0);
    struct journal *reader = NULL; /* other processes see it, too */
    struct journal_totals totals;
    assert_ok(journal_open_reader(fixture->directory, &fixture->clock.clock, &reader, &error));
    assert_ok(journal_totals(reader, &totals, &error));
    assert_true(totals.full);
    journal_close(reader);

    struct delivery_move trouble = {.delivery_id = id, .state = DELIVERY_RETRYING, .last_error = "no route"};
    struct journal_commit small = {.delivery = &trouble, .stream = &fixture->stream};
    assert_ok(journal_commit_now(fixture->journal, &small, &error)); /* what brings no pages goes on */
    assert_int_equal(read_all(fixture->journal, 0, NULL), committed);
    struct journal_listener listener = {.wake = wake, .context = (void *)&wakes};
    journal_listen(fixture->journal, &listener);
    deliver_until(fixture, id, committed / 100 / 2); /* half of it */
    assert_comes_true(!journal_is_full(fixture->journal));
    assert_comes_true(atomic_load(&wakes) > 0);
    journal_unlisten(fixture->journal, &listener);
    assert_ok(commit_events(fixture, committed, 100, 1000, &error));
    assert_false(totals_of(fixture).full);
    assert_int_equal(read_all(fixture->journal, committed / 100 / 2, NULL),
                     committed - committed / 100 / 2 * 100 + 100);
}

static void a_restart_does_not_forget_that_it_is_full(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    fixture_close(fixture);
    fixture->settings.max_size = 4 << 20;
    fixture_open(fixture);
    add_delivery(fixture, "p/s");
    int64_t committed = 0;
    for (; commit_events(fixture, committed, 100, 1000, &error) == POSTERN_OK; committed += 100)
        continue;
    fixture_close(fixture);
    fixture_open(fixture);
    assert_comes_true(journal_is_full(fixture->journal));
    fixture_close(fixture);
    fixture->settings.max_size = 8 << 20; /* as the remedy said */
    fixture_open(fixture);
    assert_ok(commit_events(fixture, committed, 100, 1000, &error));
    assert_false(journal_is_full(fixture->journal));
}

static void removed_space_goes_back_to_the_file_system(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    for (int i = 0; i < 200; i++)
        assert_ok(commit_events(fixture, i * 100, 100, 1000, &error));
    int64_t before = totals_of(fixture).bytes_on_disk;
    assert_true(before > 15 << 20);
    fixture_advance(fixture, 25 * HOUR);
    assert_comes_true(totals_of(fixture).pages == 0);
    assert_comes_true((fixture_advance(fixture, 11000), totals_of(fixture).bytes_on_disk < before / 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_what_is_delivered_and_old_goes, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_retained_for_no_time_goes_when_it_is_delivered, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(without_deliveries_nothing_pins, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_window_forgets_what_is_settled, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(without_a_pass_ids_stay_as_long_as_any_pass_brings_them,
                                        fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_token_stream_remembers_longer_than_it_keeps, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(delivered_pages_make_room, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(undelivered_pages_stop_collecting, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_restart_does_not_forget_that_it_is_full, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(removed_space_goes_back_to_the_file_system, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
