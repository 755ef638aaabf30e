/* A story of the journal that has its ids go all ways: two streams are committed to round by round, bodies
 * go, ids go into runs, passes are settled and forgotten; and what must be known behind each of its commits.
 */
#ifndef POSTERN_TESTS_JOURNAL_IDS_STORY_H
#define POSTERN_TESTS_JOURNAL_IDS_STORY_H

#include "../recorded_writes.h"
#include "number_of.h"

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
static inline int64_t window_events(int commits)
{
    return (int64_t)((commits + 1) / 2) * WINDOW_EVENTS;
}

static inline int64_t token_events(int commits)
{
    return (int64_t)(commits / 2) * TOKEN_EVENTS;
}

/* The first round of each pass forgets all passes but the last two. */
static inline int64_t window_floor(int commits)
{
    int64_t pass = commits ? (commits - 1) / 2 / PASS_ROUNDS : 0;
    return pass >= 2 ? (pass - 1) * PASS_ROUNDS * WINDOW_EVENTS : 0;
}

static inline void open_story(struct story *story)
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

#define FORGOTTEN "SELECT value FROM meta WHERE key = 'ids_forgotten'"
#define STORED                                                                                               \
    "SELECT ifnull((SELECT sum(id_count) FROM known_run), 0) +"                                              \
    " ifnull((SELECT sum(p.event_count) FROM page p JOIN page_ids i ON i.sequence = p.sequence"              \
    " WHERE p.known = 1 AND length(i.ids) = p.event_count * 16), 0)"

static inline bool try_commit(struct story *story, struct journal_commit *commit, postern_error *error)
{
    struct journal *journal = story->fixture->journal;
    recorded_writes_mark(2 * story->commits + 1);
    bool done = journal_commit_now(journal, commit, error) == POSTERN_OK;
    if (done) recorded_writes_mark(2 * ++story->commits);
    return done;
}

static inline void commit(struct story *story, struct stream_record *stream, int64_t first, int64_t count,
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

static inline void play_round(struct story *story, int round)
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

/* Bodies go, ids go into runs; a fault may put that off until the next commit, and is not waited for. */
static inline void let_it_fold(struct story *story)
{
    static const char many[] = "SELECT count(*) FROM (SELECT sum(event_count) AS n FROM page WHERE known = 1"
                               " GROUP BY stream_id, pass_until_ms) WHERE n >= 1024";
    if (!story->may_fail) {
        assert_comes_true(
            (fixture_advance(story->fixture, 11000), number_of(story->fixture->journal, many) == 0));
        return;
    }
    for (int left = 200; left > 0 && number_of(story->fixture->journal, many) > 0; left--) {
        fixture_advance(story->fixture, 11000);
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
}

/* How many of them are known; -1 if that cannot be told. */
static inline int64_t known_in(struct journal *journal, int64_t stream_id, int64_t first, int64_t count)
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
static inline void check_ids(const struct story *story, struct journal *journal, int done, int begun,
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

/* The database with all that belongs to it, into a new directory. */
static inline void copy_database(const char *from, char directory[64])
{
    char command[400];
    snprintf(directory, 64, "/tmp/postern-journal-left-XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(command, sizeof command, "cp %s/journal.db* %s/", from, directory);
    assert_int_equal(system(command), 0);
}

static inline void begin(struct story *story, struct fixture *fixture, char directory[64])
{
    *story = (struct story){.fixture = fixture};
    open_story(story);
    fixture_close(fixture); /* so that all of it lies in the database file */
    copy_database(fixture->directory, directory);
    recorded_writes_clear();
    recorded_writes_mark(0);
    open_story(story);
}

static inline void end(struct story *story, const char *directory)
{
    stream_record_clear(&story->window);
    stream_record_clear(&story->token);
    recorded_writes_clear();
    remove_directory(directory);
}

#endif
