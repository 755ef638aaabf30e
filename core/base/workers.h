/* A pool of worker threads for what takes processor time: reading answers, running scripts. Jobs start in the
 * order in which they were submitted; each runs to its end on one worker. */
#ifndef POSTERN_BASE_WORKERS_H
#define POSTERN_BASE_WORKERS_H

#include <stdbool.h>
#include <stddef.h>

struct workers;

struct worker_job {
    void (*run)(struct worker_job *job, size_t worker); /* `worker`: 0 .. count-1, for per-worker state */
    struct worker_job *next;                            /* the pool's */
};

/* How many processors this process may use, at least 1 and at most `most`. */
size_t workers_processors(size_t most);

/* `count` 0 = as many as there are processors, at most 64. Threads start at the first job. NULL if out of
 * memory. */
struct workers *workers_new(size_t count);
size_t workers_count(const struct workers *workers);
/* The job must live until it has run. Any thread. */
void workers_submit(struct workers *workers, struct worker_job *job);
/* Waits until all submitted jobs have run, ends the threads. */
void workers_free(struct workers *workers);

#endif
