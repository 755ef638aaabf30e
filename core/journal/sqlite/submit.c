#include "journal/sqlite/submit.h"
#include "base/error.h"
#include "journal/sqlite/store.h"

void journal_submit(struct journal *journal, struct journal_commit *commit)
{
    if (!is_reader(journal)) {
        writer_queue_submit(&journal->queue, commit);
        return;
    }
    commit->next = NULL;
    error_set(&commit->failure, POSTERN_E_INVALID, "the journal is open for reading only");
    if (commit->done) commit->done(commit, POSTERN_E_INVALID, &commit->failure);
}

postern_status writer_call(struct journal *journal, journal_step *run, void *context, postern_error *error)
{
    if (!is_reader(journal)) return writer_queue_call(&journal->queue, run, context, error);
    return error_set(error, POSTERN_E_UNSUPPORTED, "the journal is open for reading only");
}

void journal_listen(struct journal *journal, struct journal_listener *listener)
{
    listeners_add(&journal->listeners, listener);
}

void journal_unlisten(struct journal *journal, struct journal_listener *listener)
{
    listeners_remove(&journal->listeners, listener);
}

static postern_status do_nothing(struct journal *journal, void *context, postern_error *error)
{
    (void)journal;
    (void)context;
    (void)error;
    return POSTERN_OK;
}

void writer_store_idle(struct journal *journal)
{
    if (!is_reader(journal) && atomic_load(&journal->writer.idle.count))
        (void)writer_queue_call(&journal->queue, do_nothing, NULL, NULL);
}
