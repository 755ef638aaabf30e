/* Idle polls over random histories of several streams, with kills, stops and transactions that fail: record
 * and ledger of a stream always tell the same story, other processes see no less than what was noted, and a
 * start finds what they saw.
 *
 * JOURNAL_SEED=n runs one seed, JOURNAL_SEEDS=n so many from 1 on. */
#include "base/smaller.h"
#include "idle_story.h"

#include <sys/mman.h>

enum { STREAMS = 6, LIVES = 5 };

enum ending { GOES_ON, FAILS_BETWEEN, IS_KILLED, ENDINGS };

/* Outlives the lives, each of which is a process of its own. */
static struct story {
    uint64_t random;
    int64_t now_ms;
    bool is_stopped;            /* the last life ended well */
    struct {                    /* of each stream: */
        int64_t requests, most; /* so many polls are in the file at least and at most */
    } stream[STREAMS];
} * story;

static enum ending ending; /* of this life */

static int64_t below(int64_t limit)
{
    story->random = story->random * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((story->random >> 33) % (uint64_t)limit);
}

static bool is_token(int which)
{
    return which % 2;
}

static int64_t number_of_stream(const struct fixture *fixture, const char *what, int64_t stream_id)
{
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT %s WHERE stream_id = %lld", what, (long long)stream_id);
    return number_in_file(fixture, sql);
}

/* All that the log had is in the rows. */
static void open_stream(struct fixture *fixture, int which, struct stream_record *record)
{
    postern_error error = ERROR_INIT;
    char name[16];
    snprintf(name, sizeof name, "s%d", which);
    assert_ok(journal_stream(fixture->journal, fixture->account.id, "acme", name, name,
                             is_token(which) ? POSTERN_STREAM_TOKEN : POSTERN_STREAM_WINDOW, "", record,
                             &error));
    int64_t reads = number_of_stream(fixture, "coalesce(sum(reads), 0) FROM coverage_day", record->id);
    assert_int_equal(record->requests, reads);
    assert_int_equal(number_of_stream(fixture, "count(*) FROM coverage", record->id), reads ? 1 : 0);
    if (reads)
        assert_int_equal(number_of_stream(fixture, "max(until_ms) FROM coverage", record->id),
                         record->settled_until_ms);
    assert_in_range(reads, story->stream[which].requests, story->stream[which].most);
    if (story->is_stopped) assert_int_equal(reads, story->stream[which].most);
    story->stream[which].requests = story->stream[which].most = reads;
    free(record->position);
    record->position = NULL;
}

/* One in twenty cannot be stored; one in eight may not wait; one in ten comes nine hours later. */
static void poll(struct fixture *fixture, int which, struct stream_record *record)
{
    postern_error error = ERROR_INIT;
    bool is_bad = below(20) == 0;
    int64_t from = record->settled_until_ms ? record->settled_until_ms : T0;
    int64_t until = from + (below(10) ? MINUTE : 9 * HOUR);
    struct coverage_read read = {.from_ms = is_token(which) ? until : from, .until_ms = until};
    struct journal_commit commit = {.stream = record,
                                    .coverage = &read,
                                    .forget_settled = !is_token(which),
                                    .remember_ms = 20 * HOUR,
                                    .may_wait = below(8) && !is_bad};
    struct stream_record before = *record;
    char position[32];
    if (is_bad) read.until_ms = read.from_ms - 1;
    record->settled_until_ms = until;
    record->requests++;
    record->last_success_ms = moved_now(&fixture->clock.clock);
    snprintf(position, sizeof position, "p%lld", (long long)record->requests);
    record->position = is_token(which) && below(3) ? position : NULL;
    story->stream[which].most = larger(story->stream[which].most, record->requests);
    postern_status status = journal_commit_now(fixture->journal, &commit, &error);
    record->position = NULL;
    if (status < 0)
        *record = before;
    else if (!commit.may_wait)
        story->stream[which].requests = record->requests;
}

/* As another process. Record and ledger are read one after the other, and the log may be written between. */
static void look(const struct fixture *fixture, int which, int64_t stream_id)
{
    struct shown shown;
    assert_comes_true(
        (shown = shown_of(fixture, stream_id), !shown.ranges || shown.until_ms == shown.settled_until_ms));
    assert_true(shown.ranges <= 1);
    assert_in_range(shown.requests, story->stream[which].requests, story->stream[which].most);
    story->stream[which].requests = shown.requests;
}

/* As the daemon; what cannot be stored now is shown as it stood before. */
static void read_here(struct fixture *fixture, const struct stream_record *records)
{
    postern_error error = ERROR_INIT;
    struct stream_record *found = NULL;
    size_t count = 0;
    assert_ok(journal_streams(fixture->journal, &found, &count, &error));
    for (size_t k = 0; k < count; k++) {
        for (int i = 0; i < STREAMS && ending != FAILS_BETWEEN; i++)
            if (found[k].id == records[i].id)
                assert_in_range(found[k].requests, story->stream[i].requests, story->stream[i].most);
        stream_record_clear(&found[k]);
    }
    free(found);
}

static void step(struct fixture *fixture, struct stream_record *records)
{
    int which = (int)below(STREAMS);
    switch (below(12)) {
    case 0:
        fixture_advance(fixture, PERIOD);
        story->now_ms = moved_now(&fixture->clock.clock);
        break;
    case 1:
        look(fixture, which, records[which].id);
        break;
    case 2:
        if (below(4) == 0) read_here(fixture, records);
        break;
    default:
        poll(fixture, which, &records[which]);
    }
}

static void choose_ending(void)
{
    char failpoint[64];
    const char *point = below(2) ? "journal-before-commit" : "journal-after-commit";
    int number = 20 + (int)below(30); /* behind the opening */
    ending = (enum ending)below(ENDINGS);
    if (ending == FAILS_BETWEEN)
        snprintf(failpoint, sizeof failpoint, "journal-before-commit:%d:error", number);
    else
        snprintf(failpoint, sizeof failpoint, "%s:%d", point, number);
    if (ending != GOES_ON) setenv("POSTERN_FAILPOINT", failpoint, 1);
}

static void live(struct fixture *fixture)
{
    struct stream_record records[STREAMS] = {0};
    choose_ending();
    atomic_store(&fixture->clock.now_ms, story->now_ms);
    fixture->settings.idle_at_once = below(3) ? 0 : 2;
    fixture_open(fixture);
    for (int i = 0; i < STREAMS; i++)
        open_stream(fixture, i, &records[i]);
    story->is_stopped = false;
    for (int64_t steps = below(150); steps > 0; steps--)
        step(fixture, records);
    if (below(2)) _exit(0);
    fixture_close(fixture);
    for (int i = 0; i < STREAMS && ending != FAILS_BETWEEN; i++)
        story->stream[i].most = records[i].requests;
    story->is_stopped = ending != FAILS_BETWEEN; /* else the last transaction may be the one that failed */
    _exit(0);
}

static void run_seed(uint64_t seed)
{
    struct fixture *fixture = fixture_new();
    fixture->settings.idle_flush_ms = PERIOD;
    *story = (struct story){.random = seed * 0x9E3779B97F4A7C15u, .now_ms = T0};
    for (int i = 0; i < LIVES; i++) {
        int status = 0;
        pid_t child = fork();
        if (child == 0) live(fixture);
        assert_int_equal(waitpid(child, &status, 0), child);
        bool was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        if (status && !was_killed) fail_msg("seed %llu, life %d", (unsigned long long)seed, i);
    }
    remove_directory(fixture->directory);
    free(fixture);
}

static void random_histories(void **state)
{
    (void)state;
    const char *one = getenv("JOURNAL_SEED"), *many = getenv("JOURNAL_SEEDS");
    uint64_t first = one ? strtoull(one, NULL, 10) : 1;
    uint64_t last = one ? first : many ? strtoull(many, NULL, 10) : 20;
    story = mmap(NULL, sizeof *story, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(story, MAP_FAILED);
    for (uint64_t seed = first; seed <= last; seed++)
        run_seed(seed);
    munmap(story, sizeof *story);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_histories)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
