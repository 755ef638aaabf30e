/* Known ids keep to their limit on memory, whoever asks in whatever order, and every answer is right. */
#include "fixture.h"
#include "journal/sqlite/store.h"

#define STREAMS    8
#define PER_STREAM 2000

static size_t memory_of(struct fixture *fixture)
{
    return atomic_load(&fixture->journal->ids.bytes);
}

/* Stream n remembers events n * 10 * PER_STREAM and up, PER_STREAM of them. */
static int64_t first_of(size_t stream)
{
    return (int64_t)stream * 10 * PER_STREAM;
}

static void fill(struct fixture *fixture, struct stream_record streams[STREAMS])
{
    static const char *const names[STREAMS] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    postern_error error = ERROR_INIT;
    for (size_t i = 0; i < STREAMS; i++) {
        assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "many", names[i],
                                 POSTERN_STREAM_WINDOW, "", &streams[i], &error));
        fixture->stream = streams[i];
        assert_ok(commit_events(fixture, first_of(i), PER_STREAM, 10, &error));
    }
}

static int64_t known_to(struct fixture *fixture, const struct stream_record *stream, int64_t first,
                        int64_t count)
{
    fixture->stream = *stream;
    return known_of(fixture, first, count);
}

static void the_limit_is_kept(void **state)
{
    struct fixture *fixture = *state;
    /* nothing; a little less than a stream, just one, three of them; all */
    const int64_t limits[] = {1, 39000, 41000, 42000, 130000, 1 << 20};
    const size_t most[] = {0, 0, 0, 1, 3, STREAMS};
    struct stream_record streams[STREAMS];
    fill(fixture, streams);
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        fixture_close(fixture);
        fixture->settings.ids_memory = limits[l];
        fixture_open(fixture);
        for (size_t round = 0; round < 3 * STREAMS; round++) {
            size_t i = round * 5 % STREAMS;
            assert_int_equal(known_to(fixture, &streams[i], first_of(i) - 100, PER_STREAM + 200), PER_STREAM);
            assert_in_range(memory_of(fixture), 0, limits[l]);
        }
        if (most[l])
            assert_in_range(memory_of(fixture), most[l] * PER_STREAM * EVENT_ID_SIZE,
                            most[l] * PER_STREAM * EVENT_ID_SIZE * 3 / 2); /* what fits is kept */
        else
            assert_int_equal(memory_of(fixture), 0);
    }
    fixture->stream = (struct stream_record){0};
}

static void what_is_committed_meanwhile_counts(void **state)
{
    struct fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    struct stream_record streams[STREAMS];
    fill(fixture, streams);
    fixture_close(fixture);
    fixture->settings.ids_memory = 42000;
    fixture_open(fixture);
    assert_int_equal(known_to(fixture, &streams[0], first_of(0), PER_STREAM), PER_STREAM);
    assert_true(memory_of(fixture) > 0);
    for (int64_t more = 0; more < 4; more++) {
        assert_ok(commit_events(fixture, first_of(0) + PER_STREAM + more * 500, 500, 10, &error));
        assert_in_range(memory_of(fixture), 0, 42000);
        assert_int_equal(known_of(fixture, first_of(0), 10 * PER_STREAM), PER_STREAM + (more + 1) * 500);
    }
    /* a stream of twice the size takes the place of the one that was asked before it */
    fixture_close(fixture);
    fixture->settings.ids_memory = 90000;
    fixture_open(fixture);
    assert_int_equal(known_to(fixture, &streams[1], first_of(1), PER_STREAM), PER_STREAM);
    assert_in_range(memory_of(fixture), 1, 45000);
    assert_int_equal(known_to(fixture, &streams[0], first_of(0), 3 * PER_STREAM), 2 * PER_STREAM);
    assert_in_range(memory_of(fixture), 2 * PER_STREAM * EVENT_ID_SIZE, 90000);
    fixture->stream = (struct stream_record){0};
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_limit_is_kept, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_committed_meanwhile_counts, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
