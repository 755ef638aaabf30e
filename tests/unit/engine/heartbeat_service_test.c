/* The thread that looks at the parts: a journal's writer that stands, and that it moves again, are told. */
#include "../journal/seen_notices.h"
#include "engine/heartbeat_service.h"
#include <semaphore.h>

#define STALLED_MS 60000

static const struct notice_settings settings = {
    .wanted = true, .after_ms = 60000, .repeat_ms = HOUR, .per_hour = 4};

static struct pulse resting; /* of the main thread */

/* Holds the writer where it says that a commit is done. */
struct held_commit {
    struct journal_commit commit;
    sem_t reached, gate;
};

static void hold(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct held_commit *held = (struct held_commit *)(void *)commit;
    (void)status, (void)error;
    sem_post(&held->reached);
    sem_wait(&held->gate);
}

static struct held_commit *hold_writer(struct fixture *fixture)
{
    struct held_commit *held = calloc(1, sizeof *held);
    assert_non_null(held);
    held->commit = (struct journal_commit){.stream = &fixture->stream, .received_ms = T0, .done = hold};
    sem_init(&held->reached, 0, 0);
    sem_init(&held->gate, 0, 0);
    journal_submit(fixture->journal, &held->commit);
    sem_wait(&held->reached);
    return held;
}

static void let_go(struct fixture *fixture, struct held_commit *held)
{
    sem_post(&held->gate);
    settle(fixture); /* the writer is past it */
    sem_destroy(&held->reached);
    sem_destroy(&held->gate);
    free(held);
}

static struct heartbeat_service *start(struct fixture *fixture)
{
    postern_error error = ERROR_INIT;
    struct heartbeat_service *service = NULL;
    const struct heartbeat_parts parts = {
        .journal = fixture->journal, .main = &resting, .clock = &fixture->clock.clock};
    journal_take_notices(fixture->journal, &settings);
    assert_ok(
        heartbeat_service_start(&parts, &(struct tolerance){.stalled_ms = STALLED_MS}, &service, &error));
    return service;
}

/* The file tells that somebody has looked since. */
static bool has_looked_at(const struct fixture *fixture, int64_t monotonic_ms)
{
    struct heartbeat beat;
    return heartbeat_read(fixture->directory, &beat) && beat.monotonic_ms >= monotonic_ms;
}

static void wait_for_look(struct fixture *fixture)
{
    fixture_advance(fixture, HEARTBEAT_EVERY_MS);
    int64_t now = moved_now(&fixture->clock.clock);
    assert_comes_true(has_looked_at(fixture, now));
}

/* It cannot store the notice while it stands: that waits in memory and comes as soon as it moves. */
static void a_writer_that_stood_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen;
    struct heartbeat_service *service = start(fixture);
    struct held_commit *held = hold_writer(fixture);
    fixture_advance(fixture, STALLED_MS);
    wait_for_look(fixture);
    let_go(fixture, held);
    wait_for_look(fixture);
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.types[0], "part.stalled");
    assert_non_null(strstr(seen.texts[0], "\"part\":\"journal\",\"message\":\"stands: one step (storing) "));
    assert_non_null(strstr(seen.texts[0], "\"key\":\"part:postern/journal\""));
    assert_string_equal(seen.types[1], "part.moves");
    assert_non_null(strstr(seen.texts[1], "\"key\":\"part:postern/journal\""));
    heartbeat_service_end(service, 0);
    heartbeat_service_free(service);
}

/* The run ended before it looked again: the next one tells the end. */
static void its_end_is_told_by_the_next_run(void **state)
{
    struct fixture *fixture = *state;
    struct seen seen;
    struct heartbeat_service *service = start(fixture);
    struct held_commit *held = hold_writer(fixture);
    fixture_advance(fixture, STALLED_MS);
    wait_for_look(fixture);
    heartbeat_service_free(service);
    let_go(fixture, held);
    fixture_close(fixture);
    fixture_open(fixture);
    service = start(fixture);
    assert_comes_true(has_looked_at(fixture, moved_now(&fixture->clock.clock)));
    wait_for_look(fixture);
    settle(fixture);
    look(fixture, &seen);
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.types[0], "part.stalled");
    assert_string_equal(seen.types[1], "part.moves");
    heartbeat_service_end(service, 0);
    heartbeat_service_free(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_writer_that_stood_is_told, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(its_end_is_told_by_the_next_run, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
