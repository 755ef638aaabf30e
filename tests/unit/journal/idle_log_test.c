/* The log of idle polls gives back what was added, whatever the numbers, in groups as large as they come. */
#include "fixture.h"
#include "journal/sqlite/idle_log.h"
#include "journal/sqlite/schema.h"
#include "journal/sqlite/stream_fields.h"

#define STREAMS 9000

static uint64_t seed = 1;

static uint64_t next_random(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed >> 20;
}

/* A time near the others, a count, none, or anything that the log can hold. */
static int64_t next_number(void)
{
    uint64_t random = next_random();
    switch (next_random() % 8) {
    case 0:
    case 1:
    case 2:
        return T0 + (int64_t)(random % (900 * 1000));
    case 3:
    case 4:
        return (int64_t)(random % 1000);
    case 5:
        return (int64_t)(random << 16) - ((int64_t)1 << 59);
    default:
        return 0;
    }
}

static struct idle_poll *next_poll(int64_t stream)
{
    struct idle_poll *poll = calloc(1, sizeof *poll);
    assert_non_null(poll);
    for (size_t i = 0; i < STREAM_FIELD_COUNT; i++) {
        int64_t number = next_number();
        memcpy((char *)&poll->record + stream_fields[i].offset, &number, sizeof number);
    }
    poll->record.id = stream;
    poll->coverage =
        (struct coverage_read){next_number(), next_number(), next_number(), next_number(), false};
    poll->joined_reads = next_number();
    poll->read_ms = next_number();
    poll->remember_ms = next_number();
    poll->list_polls = next_number();
    poll->has_coverage = next_random() % 4;
    poll->forget_settled = next_random() % 2;
    assert_true(idle_log_can_hold(poll));
    return poll;
}

static void check_same(const struct idle_poll *got, const struct idle_poll *wanted)
{
    assert_non_null(got);
    assert_int_equal(got->record.id, wanted->record.id);
    for (size_t i = 0; i < STREAM_FIELD_COUNT; i++)
        assert_memory_equal((const char *)&got->record + stream_fields[i].offset,
                            (const char *)&wanted->record + stream_fields[i].offset, sizeof(int64_t));
    assert_memory_equal(&got->coverage, &wanted->coverage, offsetof(struct coverage_read, begins_anew));
    assert_int_equal(got->joined_reads, wanted->joined_reads);
    assert_int_equal(got->read_ms, wanted->read_ms);
    assert_int_equal(got->remember_ms, wanted->remember_ms);
    assert_int_equal(got->list_polls, wanted->list_polls);
    assert_int_equal(got->has_coverage, wanted->has_coverage);
    assert_int_equal(got->forget_settled, wanted->forget_settled);
    assert_int_equal(got->keeps_position, wanted->record.position != NULL);
}

struct log_fixture {
    char directory[64], path[96];
    struct database database;
    struct idle_log log;
    struct idle_poll_table wanted, got;
};

static int setup(void **state)
{
    struct log_fixture *fixture = calloc(1, sizeof *fixture);
    postern_error error = ERROR_INIT;
    assert_non_null(fixture);
    strcpy(fixture->directory, "/tmp/postern-log-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->path, sizeof fixture->path, "%s/journal.db", fixture->directory);
    assert_ok(schema_create(fixture->directory, fixture->path, SCHEMA_VERSION, &error));
    assert_ok(database_open(&fixture->database, fixture->path, SQLITE_OPEN_READWRITE, 1000, &error));
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct log_fixture *fixture = *state;
    idle_poll_table_free(&fixture->wanted);
    idle_poll_table_free(&fixture->got);
    database_close(&fixture->database);
    remove_directory(fixture->directory);
    free(fixture);
    return 0;
}

/* Adds polls of every n-th stream, each in the place of the one before. */
static void add(struct log_fixture *fixture, int64_t step)
{
    static struct idle_poll *list[STREAMS];
    postern_error error = ERROR_INIT;
    size_t count = 0;
    for (int64_t stream = 1; stream <= STREAMS; stream += step) {
        struct idle_poll *poll = next_poll(stream);
        if (next_random() % 3 == 0) poll->record.position = strdup("a place");
        assert_true(idle_poll_put(&fixture->wanted, poll));
        list[count++] = poll;
    }
    assert_ok(idle_log_add(&fixture->database, &fixture->log, list, count, &error));
}

static void check(struct log_fixture *fixture)
{
    postern_error error = ERROR_INIT;
    idle_poll_table_free(&fixture->got);
    assert_ok(idle_log_read(&fixture->database, &fixture->got, &error));
    for (int64_t stream = 1; stream <= STREAMS; stream++)
        if (idle_poll_find(&fixture->wanted, stream))
            check_same(idle_poll_find(&fixture->got, stream), idle_poll_find(&fixture->wanted, stream));
        else
            assert_null(idle_poll_find(&fixture->got, stream));
}

static void the_newest_of_each_comes_back(void **state)
{
    struct log_fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    add(fixture, 7);
    check(fixture);
    add(fixture, 1);
    check(fixture);
    add(fixture, 3);
    add(fixture, 2);
    check(fixture);
    struct idle_log log = {0};
    assert_ok(idle_log_start(&fixture->database, &log, &error));
    assert_int_equal(log.group, fixture->log.group);
    assert_int_equal(log.bytes, fixture->log.bytes);
    assert_ok(idle_log_clear(&fixture->database, &log, &error));
    idle_poll_table_free(&fixture->wanted);
    check(fixture);
    assert_int_equal(log.group, fixture->log.group); /* the next ones are newer */
}

static void what_is_out_of_all_measure_is_refused(void **state)
{
    struct idle_poll poll = {.coverage.from_ms = INT64_MIN};
    (void)state;
    assert_false(idle_log_can_hold(&poll));
    poll.coverage.from_ms = 0;
    assert_true(idle_log_can_hold(&poll));
    poll.record.settled_until_ms = INT64_MAX;
    assert_false(idle_log_can_hold(&poll));
}

/* Whatever stands in a group, it is read or passed over, and what is read is of a group that is whole. */
static void bytes_of_a_group_may_be_anything(void **state)
{
    struct log_fixture *fixture = *state;
    postern_error error = ERROR_INIT;
    add(fixture, 1000);
    for (int i = 0; i < 300; i++) {
        char sql[160];
        snprintf(
            sql, sizeof sql,
            "UPDATE idle_log SET polls = CAST(substr(polls, 1, %d) || randomblob(%d) || substr(polls, %d)"
            " AS BLOB)",
            (int)(next_random() % 100), (int)(next_random() % 3), (int)(next_random() % 100));
        idle_poll_table_free(&fixture->got);
        assert_ok(database_script(&fixture->database, "BEGIN", &error));
        assert_ok(database_script(&fixture->database, sql, &error));
        assert_ok(idle_log_read(&fixture->database, &fixture->got, &error));
        assert_ok(database_script(&fixture->database, "ROLLBACK", &error));
    }
    check(fixture);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_of_each_comes_back),
        TEST(what_is_out_of_all_measure_is_refused),
        TEST(bytes_of_a_group_may_be_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
