/* A write that fails, wherever in what the journal does, costs no remembered id. */
#include "ids_story.h"

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
        cmocka_unit_test_setup_teardown(a_write_that_fails_costs_no_id, fixture_setup_closed,
                                        fixture_teardown),
    };
    recorded_writes_start();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
