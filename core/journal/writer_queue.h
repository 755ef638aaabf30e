/* What waits for the one thread that writes: commits, and tasks, for whose end another thread waits. */
#ifndef POSTERN_JOURNAL_WRITER_QUEUE_H
#define POSTERN_JOURNAL_WRITER_QUEUE_H

#include "journal/journal.h"
#include <pthread.h>

/* One step of the writer, in its transaction. */
typedef postern_status journal_step(struct journal *journal, void *context, postern_error *error);

/* On the stack of the thread that waits for it. */
struct writer_task {
    struct writer_task *next;
    journal_step *run;
    void *context;
    postern_status status;
    postern_error *error;
    bool finished;
};

struct writer_queue {
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
    struct writer_task *tasks, **tasks_tail;
    struct journal_commit *commits, **commits_tail;
    bool stop;
};

/* What is written in one transaction. */
struct writer_group {
    struct writer_task *tasks;
    struct journal_commit *commits;
};

void writer_queue_start(struct writer_queue *queue);
void writer_queue_stop(struct writer_queue *queue);

/* ---- Any thread -------------------------------------------------------------------------------- */

void writer_queue_submit(struct writer_queue *queue, struct journal_commit *commit);
/* Waits until `run` was run and its transaction has ended. */
postern_status writer_queue_call(struct writer_queue *queue, journal_step *run, void *context,
                                 postern_error *error);
/* Tells the writer to end when nothing is left. */
void writer_queue_close(struct writer_queue *queue);

/* ---- The writer -------------------------------------------------------------------------------- */

/* Waits for work, at most until `until_ms` (monotonic; *group is empty then). False: closed, and nothing is
 * left. */
bool writer_queue_take(struct writer_queue *queue, const struct clock *clock, int64_t until_ms,
                       struct writer_group *group);
bool writer_queue_has_work(struct writer_queue *queue);
/* Lets go of those who wait; `status` < 0: the transaction failed for all of them. */
void writer_queue_finish(struct writer_queue *queue, struct writer_task *tasks, postern_status status,
                         const postern_error *error);

#endif
