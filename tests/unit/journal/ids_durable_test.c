/* A remembered id lies in a page's row or in a run at every instant: what is in the files behind each single
 * write, had the program been killed there, is compared with what had been committed. */
#include "../sanitized.h"
#include "ids_story.h"

/* ---- Killed behind each write -------------------------------------------------------------------- */

/* Opens what a kill has left as `status` would: nothing is changed by it. */
static struct journal *open_left(const struct story *story, const char *directory)
{
    postern_error error = ERROR_INIT;
    struct journal *journal = NULL;
    assert_ok(journal_open_reader(directory, &story->fixture->clock.clock, &journal, &error));
    return journal;
}

typedef void check_left(const struct story *story, struct journal *journal, int mark, const char *where);

/* The next start goes on with what the killed one was at: it removes, folds and forgets while it is asked. */
static void check_started_again(const struct story *story, const char *directory, check_left *check, int mark,
                                const char *where)
{
    postern_error error = ERROR_INIT;
    struct fixture *fixture = story->fixture;
    struct journal *journal = NULL;
    char copy[64];
    copy_database(directory, copy);
    assert_ok(journal_open(copy, &fixture->settings, &fixture->clock.clock, &journal, &error));
    for (int look = 0; look < 20; look++) {
        check(story, journal, mark, where);
        fixture_advance(fixture, 11000);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
    journal_close(journal);
    remove_directory(copy);
}

#define STARTS_EVERY 150 /* writes */

static void check_behind_each_write(const struct story *story, const char *directory, size_t step,
                                    check_left *check)
{
    struct recorded_write write;
    char where[96];
    size_t count = recorded_writes_count(); /* a start behind one of them writes, too */
    for (size_t i = 0; i < count && recorded_writes_get(i, &write); i++) {
        for (size_t part = write.bytes ? 1 : 2; part <= 2; part++) { /* a write of which half arrived, too */
            recorded_write_repeat(&write, part, 2, directory);
            if (i % step && i + 1 < count) continue;
            snprintf(where, sizeof where, "killed behind write %zu.%zu (%s)", i, part, write.name);
            struct journal *left = open_left(story, directory);
            check(story, left, write.mark, where);
            journal_close(left);
            if (i % STARTS_EVERY == 0 && part == 2)
                check_started_again(story, directory, check, write.mark, where);
        }
    }
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
    check_behind_each_write(&story, directory, 5 * SANITIZED_SHARE, check_story);
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

/* Whatever had to go is counted in the transaction that lets it go. Both are read by one statement: a journal
 * that was started again lets more of it go meanwhile. */
static void check_counted(const struct story *story, struct journal *journal, int mark, const char *where)
{
    int64_t all = number_of(journal, "SELECT ifnull((" FORGOTTEN "), 0) + (" STORED ")");
    int64_t least = (int64_t)(mark / 2) * SCARCE_EVENTS;
    (void)story;
    if (all != least && !(mark % 2 && all == least + SCARCE_EVENTS))
        fail_msg("%s: %lld ids stored or forgotten, of %lld", where, (long long)all, (long long)least);
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
    check_behind_each_write(&story, directory, 7 * SANITIZED_SHARE, check_counted);
    end(&story, directory);
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
    };
    recorded_writes_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
