/* Many threads at once: collectors commit and ask for ids, deliveries follow and move, others look on. For
 * the thread sanitizer, and for the order of pages. */
#include "fixture.h"
#include <pthread.h>

#define STREAMS   4
#define ROUNDS    60
#define PER_ROUND 50

static struct fixture *shared;
static atomic_int running, failures;

static void expect(bool condition)
{
    if (!condition) atomic_fetch_add(&failures, 1);
}

static void *collect(void *argument)
{
    int number = (int)(intptr_t)argument;
    char name[16];
    struct stream_record stream;
    snprintf(name, sizeof name, "s%d", number);
    expect(journal_stream(shared->journal, shared->account.id, "acme", name, name, POSTERN_STREAM_WINDOW, "",
                          &stream, NULL) == POSTERN_OK);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t first = (number * ROUNDS + round) * PER_ROUND;
        unsigned char ids[PER_ROUND][EVENT_ID_SIZE];
        bool known[PER_ROUND];
        struct journal_page *pages = pages_of(first, PER_ROUND, 100);
        struct journal_commit commit = {.stream = &stream,
                                        .pages = pages,
                                        .received_ms = T0,
                                        .pass_until_ms = T0 + round * 60000,
                                        .forget_settled = true};
        stream.settled_until_ms = T0 + (round - 10) * 60000;
        expect(journal_commit_now(shared->journal, &commit, NULL) == POSTERN_OK);
        journal_page_free(pages);
        for (int i = 0; i < PER_ROUND; i++)
            event_id(first + i, ids[i]);
        expect(journal_known_ids(shared->journal, stream.id, ids[0], NULL, PER_ROUND, known, NULL) ==
               POSTERN_OK);
        for (int i = 0; i < PER_ROUND; i++)
            expect(known[i]);
        journal_is_full(shared->journal);
    }
    stream_record_clear(&stream);
    return NULL;
}

static pthread_mutex_t wake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake_condition = PTHREAD_COND_INITIALIZER;
static int64_t wakes;

static void wake(void *context)
{
    (void)context;
    pthread_mutex_lock(&wake_lock);
    wakes++;
    pthread_cond_broadcast(&wake_condition);
    pthread_mutex_unlock(&wake_lock);
}

static void *deliver(void *argument)
{
    char name[16];
    struct delivery_record record;
    snprintf(name, sizeof name, "p/%d", (int)(intptr_t)argument);
    expect(journal_delivery(shared->journal, name, false, &record, NULL) == POSTERN_OK);
    int64_t events = 0, after = record.cursor;
    while (events < STREAMS * ROUNDS * PER_ROUND) {
        const struct page_view *page = NULL;
        pthread_mutex_lock(&wake_lock);
        int64_t seen = wakes;
        pthread_mutex_unlock(&wake_lock);
        int64_t next = 0;
        expect(journal_next_page(shared->journal, after, NULL, NULL, &page, &next, NULL) == POSTERN_OK);
        if (!page) {
            pthread_mutex_lock(&wake_lock);
            while (wakes == seen)
                pthread_cond_wait(&wake_condition, &wake_lock);
            pthread_mutex_unlock(&wake_lock);
            continue;
        }
        expect(next == after + 1 && page->sequence == next); /* gapless and in order */
        struct journal_event event;
        for (size_t cursor = 0; page_next_event(page, &cursor, &event);)
            events++;
        expect(page->source[0] == 's');
        page_release(page);
        after = next;
        struct delivery_move move = {.delivery_id = record.id, .cursor = after, .delivered = PER_ROUND};
        struct journal_commit commit = {.delivery = &move};
        expect(journal_commit_now(shared->journal, &commit, NULL) == POSTERN_OK);
    }
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static void *look(void *argument)
{
    (void)argument;
    while (atomic_load(&running) > 0) {
        struct delivery_record *deliveries = NULL;
        struct stream_record *streams = NULL;
        struct journal_totals totals;
        size_t count = 0;
        expect(journal_deliveries(shared->journal, &deliveries, &count, NULL) == POSTERN_OK);
        free(deliveries);
        expect(journal_streams(shared->journal, &streams, &count, NULL) == POSTERN_OK);
        for (size_t i = 0; i < count; i++)
            stream_record_clear(&streams[i]);
        free(streams);
        expect(journal_totals(shared->journal, &totals, NULL) == POSTERN_OK);
        fixture_advance(shared, 3000); /* housekeeping falls in between */
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    shared = *state;
    postern_error error = ERROR_INIT;
    pthread_t threads[STREAMS + 3];
    size_t count = 0;
    struct journal_listener listener = {.wake = wake};
    journal_listen(shared->journal, &listener);
    struct delivery_record record; /* made first, so that they start at the beginning */
    assert_ok(journal_delivery(shared->journal, "p/0", false, &record, &error));
    assert_ok(journal_delivery(shared->journal, "p/1", false, &record, &error));
    atomic_store(&running, 2);
    for (intptr_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[count++], NULL, deliver, (void *)i), 0);
    for (intptr_t i = 0; i < STREAMS; i++)
        assert_int_equal(pthread_create(&threads[count++], NULL, collect, (void *)i), 0);
    assert_int_equal(pthread_create(&threads[count++], NULL, look, NULL), 0);
    while (count)
        pthread_join(threads[--count], NULL);
    journal_unlisten(shared->journal, &listener);
    assert_int_equal(atomic_load(&failures), 0);
    assert_ok(journal_delivery(shared->journal, "p/1", false, &record, &error));
    assert_int_equal(record.delivered, STREAMS * ROUNDS * PER_ROUND);
    assert_int_equal(record.backlog_events, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(threads_do_not_disturb_each_other, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
