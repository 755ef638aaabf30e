/* How other threads hand work to the writer, and how they hear of it. */
#include "journal/sqlite/store.h"

void journal_submit(struct journal *journal, struct journal_commit *commit)
{
    struct writer *writer = &journal->writer;
    commit->next = NULL;
    if (is_reader(journal)) {
        error_set(&commit->failure, POSTERN_E_INVALID, "the journal is open for reading only");
        if (commit->done) commit->done(commit, POSTERN_E_INVALID, &commit->failure);
        return;
    }
    pthread_mutex_lock(&writer->lock);
    *writer->commits_tail = commit;
    writer->commits_tail = &commit->next;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
}

postern_status writer_call(struct journal *journal,
                           postern_status (*run)(struct journal *journal, void *context,
                                                 postern_error *error),
                           void *context, postern_error *error)
{
    struct writer *writer = &journal->writer;
    if (is_reader(journal)) {
        error_set(error, POSTERN_E_UNSUPPORTED, "the journal is open for reading only");
        return POSTERN_E_UNSUPPORTED;
    }
    struct task task = {.run = run, .context = context, .error = error};
    pthread_mutex_lock(&writer->lock);
    *writer->tasks_tail = &task;
    writer->tasks_tail = &task.next;
    pthread_cond_signal(&writer->wake);
    while (!task.finished)
        pthread_cond_wait(&writer->finished, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
    return task.status;
}

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

void journal_listen(struct journal *journal, void (*wake)(void *context), void *context)
{
    pthread_mutex_lock(&journal->listeners_lock);
    if (journal->listener_count < LISTENERS) {
        journal->listeners[journal->listener_count].wake = wake;
        journal->listeners[journal->listener_count++].context = context;
    }
    pthread_mutex_unlock(&journal->listeners_lock);
}

void journal_unlisten(struct journal *journal, void *context)
{
    pthread_mutex_lock(&journal->listeners_lock);
    size_t kept = 0;
    for (size_t i = 0; i < journal->listener_count; i++)
        if (journal->listeners[i].context != context) journal->listeners[kept++] = journal->listeners[i];
    journal->listener_count = kept;
    pthread_mutex_unlock(&journal->listeners_lock);
}

void listeners_wake(struct journal *journal)
{
    pthread_mutex_lock(&journal->listeners_lock);
    for (size_t i = 0; i < journal->listener_count; i++)
        journal->listeners[i].wake(journal->listeners[i].context);
    pthread_mutex_unlock(&journal->listeners_lock);
}
