/* A remembered id lies in a page's row or in a run at every instant: what is in the files behind each single
 * write, had the program been killed there, is compared with what had been committed. The same with writes
 * that fail. */
#include "../recorded_writes.h"
#include "fixture.h"
#include "journal/sqlite/store.h"

#define ROUNDS        48
#define PASS_ROUNDS   12  /* of one pass of the window stream */
#define WINDOW_EVENTS 100 /* of a round */
#define TOKEN_EVENTS  300
#define DAY           (24 * HOUR)

struct story {
    struct fixture *fixture;
    struct stream_record window, token;
    int commits;   /* that were done; twice that is the mark, and one more while another is under way */
    bool may_fail; /* commits are tried again then, as collecting does it */
};

/* How far each stream had come behind so many commits: two in a round, the window stream's first. */
static int64_t window_events(int commits)
{
    return (int64_t)((commits + 1) / 2) * WINDOW_EVENTS;
}

static int64_t token_events(int commits)
{
    return (int64_t)(commits / 2) * TOKEN_EVENTS;
}

/* The first round of each pass forgets all passes but the last two. */
static int64_t window_floor(int commits)
{
    int64_t pass = commits ? (commits - 1) / 2 / PASS_ROUNDS : 0;
    return pass >= 2 ? (pass - 1) * PASS_ROUNDS * WINDOW_EVENTS : 0;
}

static void open_story(struct story *story)
{
    postern_error error = ERROR_INIT;
    struct fixture *fixture = story->fixture;
    fixture_open(fixture);
    stream_record_clear(&story->window);
    stream_record_clear(&story->token);
    story->window = fixture->stream;
    fixture->stream = (struct stream_record){0};
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", "siem", "siem",
                             POSTERN_STREAM_TOKEN, "", &story->token, &error));
}

static int64_t number_of(struct journal *journal, const char *sql)
{
    postern_error error = ERROR_INIT;
    int64_t number = -1;
    struct reader_connection reading = reading_begin(&journal->readers, &error);
    assert_non_null(reading.database);
    assert_ok(database_number(reading.database, &error, 0, &number, sql, NO_VALUES));
    reading_end(&reading);
    return number;
}

#define FORGOTTEN "SELECT value FROM meta WHERE key = 'ids_forgotten'"
#define STORED                                                                                               \
    "SELECT ifnull((SELECT sum(id_count) FROM known_run), 0) +"                                              \
    " ifnull((SELECT sum(p.event_count) FROM page p JOIN page_ids i ON i.sequence = p.sequence"              \
    " WHERE p.known = 1 AND length(i.ids) = p.event_count * 16), 0)"

static bool try_commit(struct story *story, struct journal_commit *commit, postern_error *error)
{
    struct journal *journal = story->fixture->journal;
    recorded_writes_mark(2 * story->commits + 1);
    bool done = journal_commit_now(journal, commit, error) == POSTERN_OK;
    if (done) recorded_writes_mark(2 * ++story->commits);
    return done;
}

static void commit(struct story *story, struct stream_record *stream, int64_t first, int64_t count,
                   struct journal_commit commit)
{
    postern_error error = ERROR_INIT;
    struct journal_page *pages = pages_of(first, count, 4);
    commit.stream = stream;
    commit.pages = pages;
    commit.received_ms = moved_now(&story->fixture->clock.clock);
    stream->events = first + count;
    for (int left = 100; !try_commit(story, &commit, &error); left--) {
        if (!story->may_fail || left == 0) fail_msg("commit %d: %s", story->commits + 1, error.message);
        assert_comes_true((fixture_advance(story->fixture, 1100), !journal_is_full(story->fixture->journal)));
    }
    journal_page_free(pages);
}

/* The two streams' events have numbers of their own: a million lies between them. */
#define TOKEN_FIRST 1000000

static void play_round(struct story *story, int round)
{
    int pass = round / PASS_ROUNDS;
    story->window.settled_until_ms = T0 + (pass - 1) * HOUR + 60000;
    commit(story, &story->window, (int64_t)round * WINDOW_EVENTS, WINDOW_EVENTS,
           (struct journal_commit){.pass_until_ms = T0 + pass * HOUR,
                                   .forget_settled = pass >= 2 && round % PASS_ROUNDS == 0});
    commit(story, &story->token, TOKEN_FIRST + (int64_t)round * TOKEN_EVENTS, TOKEN_EVENTS,
           (struct journal_commit){.remember_ms = 8 * DAY});
    fixture_advance(story->fixture, round % 10 == 9 ? DAY + HOUR : 11000);
}

/* Bodies go, ids go into runs; a fault may put that off until the next commit. */
static void let_it_fold(struct story *story)
{
    static const char many[] = "SELECT count(*) FROM (SELECT sum(event_count) AS n FROM page WHERE known = 1"
                               " GROUP BY stream_id, pass_until_ms) WHERE n >= 1024";
    for (int left = 200; left > 0 && number_of(story->fixture->journal, many) > 0; left--) {
        fixture_advance(story->fixture, 11000);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

/* How many of them are known; -1 if that cannot be told. */
static int64_t known_in(struct journal *journal, int64_t stream_id, int64_t first, int64_t count)
{
    unsigned char ids[ROUNDS * TOKEN_EVENTS * EVENT_ID_SIZE];
    int64_t times_ms[ROUNDS * TOKEN_EVENTS], found = 0;
    bool known[ROUNDS * TOKEN_EVENTS] = {false};
    if (count <= 0) return 0;
    for (int64_t i = 0; i < count; i++)
        event_id(first + i, ids + i * EVENT_ID_SIZE), times_ms[i] = T0 + first + i;
    if (journal_known_ids(journal, stream_id, ids, times_ms, (size_t)count, known, NULL) < 0) return -1;
    for (int64_t i = 0; i < count; i++)
        found += known[i];
    return found;
}

/* What must be there behind `done` commits, and what may be while the one behind them is under way. */
static void check_ids(const struct story *story, struct journal *journal, int done, int begun,
                      const char *where)
{
    int64_t floor = window_floor(begun), window = window_events(done), token = token_events(done);
    int64_t found_window = known_in(journal, story->window.id, floor, window - floor);
    int64_t found_token = known_in(journal, story->token.id, TOKEN_FIRST, token);
    int64_t too_many = known_in(journal, story->window.id, window_events(begun), WINDOW_EVENTS) +
                       known_in(journal, story->token.id, TOKEN_FIRST + token_events(begun), TOKEN_EVENTS);
    int64_t forgotten = number_of(journal, FORGOTTEN);
    if (found_window != window - floor || found_token != token || too_many || forgotten)
        fail_msg("%s, %d of %d commits: of %lld and %lld ids %lld and %lld are known, and %lld that never "
                 "came; %lld forgotten for want of space",
                 where, done, begun, (long long)(window - floor), (long long)token, (long long)found_window,
                 (long long)found_token, (long long)too_many, (long long)forgotten);
}

/* ---- Killed behind each write -------------------------------------------------------------------- */

static void copy_database(const struct fixture *fixture, const char *directory)
{
    char from[128], command[400];
    fixture_path(fixture, "journal.db", from);
    snprintf(command, sizeof command, "cp %s %s/", from, directory);
    assert_int_equal(system(command), 0);
}

/* Opens what a kill has left as `status` would: nothing is changed by it. */
static struct journal *open_left(const struct story *story, const char *directory)
{
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    assert_ok(journal_open_reader(directory, &story->fixture->clock.clock, &journal, &error));
    return journal;
}

typedef void check_left(const struct story *story, struct journal *journal, int mark, const char *where);

static void check_behind_each_write(const struct story *story, const char *directory, size_t step,
                                    check_left *check)
{
    struct recorded_write write;
    char where[64];
    for (size_t i = 0; recorded_writes_get(i, &write); i++) {
        for (size_t part = write.bytes ? 1 : 2; part <= 2; part++) { /* a write of which half arrived, too */
            recorded_write_repeat(&write, part, 2, directory);
            if (i % step && i + 1 < recorded_writes_count()) continue;
            snprintf(where, sizeof where, "killed behind write %zu.%zu (%s)", i, part, write.name);
            struct journal *left = open_left(story, directory);
            check(story, left, write.mark, where);
            journal_close(left);
        }
    }
}

static void begin(struct story *story, struct fixture *fixture, char directory[64])
{
    *story = (struct story){.fixture = fixture};
    open_story(story);
    fixture_close(fixture); /* so that all of it lies in the database file */
    snprintf(directory, 64, "/tmp/postern-journal-left-XXXXXX");
    assert_non_null(mkdtemp(directory));
    copy_database(fixture, directory);
    recorded_writes_clear();
    recorded_writes_mark(0);
    open_story(story);
}

static void end(struct story *story, const char *directory)
{
    stream_record_clear(&story->window);
    stream_record_clear(&story->token);
    recorded_writes_clear();
    remove_directory(directory);
}

static void check_story(const struct story *story, struct journal *journal, int mark, const char *where)
{
    check_ids(story, journal, mark / 2, mark / 2 + mark % 2, where);
}

static void killed_behind_any_write_every_id_is_there(void **state)
{
    struct fixture *fixture = *state;
    struct story story;
    char directory[64];
    fixture->settings.retain_ms = 0;
    begin(&story, fixture, directory);
    for (int round = 0; round < ROUNDS; round++) {
        play_round(&story, round);
        check_ids(&story, fixture->journal, story.commits, story.commits, "alive");
        if (round % 8 != 7) continue;
        let_it_fold(&story);
        if (round % 16 != 15) continue;
        fixture_close(fixture);
        open_story(&story);
        check_ids(&story, fixture->journal, story.commits, story.commits, "opened again");
    }
    assert_true(number_of(fixture->journal, "SELECT sum(id_count) FROM known_run") > 10000);
    assert_true(number_of(fixture->journal, "SELECT max(id_count) FROM known_run") > 2048); /* joined */
    fixture_close(fixture);
    check_behind_each_write(&story, directory, 5, check_story);
    end(&story, directory);
}

/* ---- Asked behind each write ---------------------------------------------------------------------- */

struct watch {
    struct story *story;
    struct journal *other; /* as another process reads: it keeps nothing in memory */
    size_t seen;
};

/* On the writer's thread, where a test must not end: it only counts what is wrong. */
static _Atomic int wrong;

static void look(void *context, const struct recorded_write *write)
{
    struct watch *watch = context;
    const struct story *story = watch->story;
    int done = write->mark / 2, begun = done + write->mark % 2;
    int64_t floor = window_floor(begun);
    if (watch->seen++ % 7) return;
    struct journal *const journals[] = {story->fixture->journal, watch->other};
    for (size_t i = 0; i < 2; i++) {
        bool all =
            known_in(journals[i], story->window.id, floor, window_events(done) - floor) ==
                window_events(done) - floor &&
            known_in(journals[i], story->token.id, TOKEN_FIRST, token_events(done)) == token_events(done);
        if (!all) atomic_fetch_add(&wrong, 1);
    }
}

static void asked_at_any_write_every_id_is_known(void **state)
{
    struct fixture *fixture = *state;
    const int64_t memory[] = {64 << 20, 1};
    fixture->settings.retain_ms = 0;
    for (size_t n = 0; n < 2; n++) {
        struct story story;
        char directory[64];
        fixture->settings.ids_memory = memory[n];
        begin(&story, fixture, directory);
        struct watch watch = {.story = &story, .other = open_left(&story, fixture->directory)};
        recorded_writes_watch(look, &watch);
        for (int round = 0; round < ROUNDS / 2; round++) {
            play_round(&story, round);
            if (round % 8 == 7) let_it_fold(&story);
        }
        recorded_writes_watch(NULL, NULL);
        assert_int_equal(atomic_load(&wrong), 0);
        assert_true(watch.seen > 500);
        assert_true(number_of(fixture->journal, "SELECT sum(id_count) FROM known_run") > 5000);
        journal_close(watch.other);
        fixture_close(fixture);
        end(&story, directory);
        remove_directory(fixture->directory);
        assert_int_equal(mkdir(fixture->directory, 0700), 0);
        atomic_store(&fixture->clock.now_ms, T0);
    }
}

/* ---- Short of space ------------------------------------------------------------------------------ */

#define SCARCE_EVENTS 2000 /* of a commit */

/* Whatever had to go is counted in the transaction that lets it go. */
static void check_counted(const struct story *story, struct journal *journal, int mark, const char *where)
{
    int64_t stored = number_of(journal, STORED), forgotten = number_of(journal, FORGOTTEN);
    int64_t least = (int64_t)(mark / 2) * SCARCE_EVENTS;
    (void)story;
    if (stored + forgotten != least && !(mark % 2 && stored + forgotten == least + SCARCE_EVENTS))
        fail_msg("%s: %lld ids stored and %lld forgotten, of %lld", where, (long long)stored,
                 (long long)forgotten, (long long)least);
}

static void short_of_space_what_is_forgotten_is_counted(void **state)
{
    struct fixture *fixture = *state;
    struct story story;
    char directory[64];
    fixture->settings.retain_ms = 0;
    fixture->settings.max_size = 1 << 20;
    begin(&story, fixture, directory);
    for (int round = 0; round < 80; round++) {
        commit(&story, &story.token, (int64_t)round * SCARCE_EVENTS, SCARCE_EVENTS,
               (struct journal_commit){.remember_ms = 8 * DAY});
        fixture_advance(fixture, 11000);
    }
    assert_true(number_of(fixture->journal, FORGOTTEN) > 10000);
    fixture_close(fixture);
    check_behind_each_write(&story, directory, 7, check_counted);
    end(&story, directory);
}

/* ---- Writes that fail ----------------------------------------------------------------------------- */

static size_t writes_of_a_story(struct story *story, int rounds)
{
    size_t before = recorded_writes_count();
    for (int round = 0; round < rounds; round++) {
        play_round(story, round);
        check_ids(story, story->fixture->journal, story->commits, story->commits, "alive");
        if (round % 5 == 4) let_it_fold(story);
    }
    return recorded_writes_count() - before;
}

static void a_write_that_fails_costs_no_id(void **state)
{
    struct fixture *fixture = *state;
    const int rounds = 10, tries = 16;
    size_t writes = 0;
    int failed = 0;
    fixture->settings.retain_ms = 0;
    for (int n = 0; n <= tries; n++) { /* the first without a fault, to learn how many writes there are */
        struct story story;
        char directory[64];
        begin(&story, fixture, directory);
        story.may_fail = n > 0;
        if (n) recorded_writes_fail(1 + writes * (size_t)(n - 1) / (size_t)tries, (size_t)(n % 3) * 3);
        size_t used = writes_of_a_story(&story, rounds);
        if (!n) writes = used;
        failed += recorded_writes_failed();
        recorded_writes_fail(0, 0);
        let_it_fold(&story);
        fixture_close(fixture);
        open_story(&story);
        check_ids(&story, fixture->journal, story.commits, story.commits, "opened again behind a fault");
        assert_int_equal(number_of(fixture->journal, STORED),
                         window_events(story.commits) + token_events(story.commits));
        fixture_close(fixture);
        end(&story, directory);
        remove_directory(fixture->directory);
        assert_int_equal(mkdir(fixture->directory, 0700), 0);
        atomic_store(&fixture->clock.now_ms, T0);
    }
    assert_true(failed >= tries - 2); /* how many writes there are depends a little on the threads */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_behind_any_write_every_id_is_there, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(asked_at_any_write_every_id_is_known, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(short_of_space_what_is_forgotten_is_counted, fixture_setup_closed,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_write_that_fails_costs_no_id, fixture_setup_closed,
                                        fixture_teardown),
    };
    recorded_writes_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
