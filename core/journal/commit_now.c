/* Commits for whose end the caller waits. */
#include "base/error.h"
#include "journal/journal.h"
#include <pthread.h>

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    size_t under_way;
    postern_status status; /* the first failure */
    postern_error *error;
};

static void wake_waiter(struct journal_commit *commit, postern_status status, const postern_error *error)
{
    struct waiter *waiter = commit->context;
    pthread_mutex_lock(&waiter->lock);
    if (status < 0 && waiter->status == POSTERN_OK) {
        waiter->status = status;
        if (waiter->error) *waiter->error = *error;
    }
    if (--waiter->under_way == 0) pthread_cond_signal(&waiter->wake);
    pthread_mutex_unlock(&waiter->lock);
}

/* `done` and `context` of all are the waiter's. */
static postern_status commit_and_wait(struct journal *journal, struct journal_commit *commits, size_t count,
                                      postern_error *error)
{
    struct waiter waiter = {.lock = PTHREAD_MUTEX_INITIALIZER,
                            .wake = PTHREAD_COND_INITIALIZER,
                            .under_way = count,
                            .error = error};
    for (size_t i = 0; i < count; i++) {
        commits[i].done = wake_waiter;
        commits[i].context = &waiter;
        journal_submit(journal, &commits[i]);
    }
    pthread_mutex_lock(&waiter.lock);
    while (waiter.under_way)
        pthread_cond_wait(&waiter.wake, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    pthread_mutex_destroy(&waiter.lock);
    pthread_cond_destroy(&waiter.wake);
    return waiter.status;
}

postern_status journal_commit_now(struct journal *journal, struct journal_commit *commit,
                                  postern_error *error)
{
    void (*done)(struct journal_commit *, postern_status, const postern_error *) = commit->done;
    void *context = commit->context;
    postern_status status = commit_and_wait(journal, commit, 1, error);
    commit->done = done;
    commit->context = context;
    return status;
}

postern_status journal_commit_all(struct journal *journal, struct journal_commit *commits, size_t count,
                                  postern_error *error)
{
    return commit_and_wait(journal, commits, count, error);
}
