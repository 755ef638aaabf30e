/* Notices of a delivery: trouble and its end, each told once and only when it is so. */
#include "hand_clock.h"
#include "journal/notice.h"
#include <sqlite3.h>

/* A connection of its own, from begin_watched to end_watched. */
static sqlite3 *database;

static int64_t number(const char *query)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(database, query, -1, &statement, NULL), SQLITE_OK);
    int64_t found = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return found;
}

/* Changes with each commit of the journal. */
static int64_t version(void)
{
    return number("PRAGMA data_version");
}

static int64_t notices(void)
{
    return number(
        "SELECT count(*) FROM page p JOIN stream s ON s.id = p.stream_id WHERE s.source = 'notices'");
}

static int64_t last_kind(void)
{
    return number("SELECT kind FROM notice WHERE key = 'delivery /all/toys'");
}

static int64_t last_kind_of_letters(void)
{
    return number("SELECT kind FROM notice WHERE key = 'dead_letters /all/toys'");
}

static void begin_watched(struct world *world)
{
    atomic_store(&passed_ms, 0);
    world->clock = &hand_clock;
    begin(world, NULL);
    char path[sizeof world->directory + 16];
    snprintf(path, sizeof path, "%s/journal.db", world->directory);
    assert_int_equal(sqlite3_open_v2(path, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    journal_take_notices(world->journal, &(struct notice_settings){true, 0, 3600000, 200});
}

static void end_watched(struct world *world)
{
    sqlite3_close(database);
    finish(world);
}

static void set_broken(bool is)
{
    pthread_mutex_lock(&toy.lock);
    toy.fail_writes = is ? INT32_MAX : 0;
    toy.failure = POSTERN_E_CONFIG;
    pthread_mutex_unlock(&toy.lock);
}

static void begin_stopped(struct world *world)
{
    begin_watched(world);
    set_broken(true);
    add_page(world, 0, 1);
    WAIT_UNTIL(last_kind() == NOTICE_DELIVERY_STOPPED);
}

/* Of several batches at once the first was written, but finds no room for its dead letters, at try after try.
 * Nothing is wrong with the receiver. */
static void what_is_not_committed_has_not_recovered(void **unused)
{
    (void)unused;
    struct world world = {.dead_limit = 1, .sink.batching = {.events = 1, .parallel = 4}};
    toy_sink.flags = POSTERN_SINK_CONCURRENT;
    begin_watched(&world);
    set_reject("1");
    add_page(&world, 0, 2); /* the first letter finds room, however small the limit is */
    add_page(&world, 9, 2);
    WAIT_UNTIL(record_of(&world).state == DELIVERY_STOPPED && notices() == 1);
    for (int tries = 0; tries < 3; tries++) {
        int64_t before = version();
        atomic_fetch_add(&passed_ms, 31000);
        WAIT_UNTIL(version() != before); /* that it failed again is noted */
    }
    assert_int_equal(last_kind_of_letters(), NOTICE_DEAD_LETTERS_FULL);
    assert_int_equal(notices(), 1);
    postern_error error = ERROR_INIT;
    struct dead_dropped dropped = {0};
    bool more = false;
    must(journal_dead_drop(world.journal, &(struct dead_filter){0}, &dropped, &more, &error), &error);
    /* The end, and a letter later there is no room again. */
    WAIT_UNTIL((atomic_fetch_add(&passed_ms, 31000), notices() >= 2));
    assert_int_equal(last_kind(), NOTICE_NONE);
    end_watched(&world);
    toy_sink.flags = 0;
}

static void an_end_is_told_behind_its_commit(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 1}};
    begin_stopped(&world);
    set_broken(false);
    atomic_fetch_add(&passed_ms, 600000);
    drain(&world);
    WAIT_UNTIL(last_kind() == NOTICE_DELIVERY_RECOVERED);
    assert_int_equal(notices(), 2);
    assert_int_equal(record_of(&world).delivered, 1);
    end_watched(&world);
}

/* As after a crash between a commit and the notice of it. */
static void the_next_run_tells_what_the_last_could_not(void **unused)
{
    (void)unused;
    struct world world = {.sink.batching = {.events = 1}};
    begin_stopped(&world);
    stop(&world);
    set_broken(false);
    atomic_fetch_add(&passed_ms, 600000);
    open_journal(&world);
    journal_take_notices(world.journal, &(struct notice_settings){true, 0, 3600000, 200});
    start_deliverer(&world);
    drain(&world);
    WAIT_UNTIL(last_kind() == NOTICE_DELIVERY_RECOVERED);
    assert_int_equal(notices(), 2);
    end_watched(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_committed_has_not_recovered),
        cmocka_unit_test(an_end_is_told_behind_its_commit),
        cmocka_unit_test(the_next_run_tells_what_the_last_could_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
