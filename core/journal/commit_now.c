/* A commit for whose end the caller waits. */
#include "journal/journal.h"
#include <pthread.h>

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool finished;
    postern_status status;
    postern_error *error;
};

static void wake_waiter(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct waiter *waiter = commit->context;
    pthread_mutex_lock(&waiter->lock);
    waiter->status = status;
    if (status < 0 && waiter->error) *waiter->error = *error;
    waiter->finished = true;
    pthread_cond_signal(&waiter->wake);
    pthread_mutex_unlock(&waiter->lock);
}

postern_status journal_commit_now(struct journal *journal, struct journal_commit *commit,
                                  postern_error *error)
{
    struct waiter waiter = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .error = error};
    void (*done)(struct journal_commit *, postern_status, const postern_error *) = commit->done;
    void *context = commit->context;
    commit->done = wake_waiter;
    commit->context = &waiter;
    journal_submit(journal, commit);
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.finished)
        pthread_cond_wait(&waiter.wake, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    pthread_mutex_destroy(&waiter.lock);
    pthread_cond_destroy(&waiter.wake);
    commit->done = done;
    commit->context = context;
    return waiter.status;
}
