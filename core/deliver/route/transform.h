/* A page on its way through a pipeline's scripts: a job for a worker, then part of a batch for a sink. */
#ifndef POSTERN_DELIVER_ROUTE_TRANSFORM_H
#define POSTERN_DELIVER_ROUTE_TRANSFORM_H

#include "base/workers.h"
#include "deliver/route/pipeline.h"
#include "journal/journal.h"
#include <stdatomic.h>

/* The most that the output of one page may take. */
#define TRANSFORM_ARENA_LIMIT ((size_t)256 << 20)

struct transform {
    struct worker_job job;                      /* first */
    struct pipeline *pipeline;                  /* shared */
    const char *delivery;                       /* its name, for dead letters */
    const struct page_view *page;               /* held; NULL if it is a letter */
    const struct dead_letter *letter;           /* a single event that is tried again; borrowed */
    int64_t sequence;                           /* of the page */
    void (*ready)(struct transform *transform); /* on the worker */
    void *context;
    struct transform *next;         /* the owner's queue */
    bool is_ready;                  /* under the owner's lock */
    const _Atomic bool *breaks_off; /* NULL, or set once nobody wants the result any more */
    bool broken_off;                /* it was: the result is not whole */
    bool counted;                   /* among the events on which scripts may fail: it may go on */
    bool held;                      /* they failed on too many of it; that was said */

    /* The result, all in the arena. */
    postern_arena *arena;
    postern_sink_event *events;
    struct journal_event *origins; /* the raw event behind each */
    size_t count, capacity, bytes;
    struct dead_letter **dead;
    size_t dead_count, dead_capacity;
    struct drop_count *drops;
    size_t drop_reason_count;
    int64_t dropped, wrong_types;
    bool out_of_memory; /* the page did not fit: try again later */
};

/* Takes over the page if it succeeds. */
struct transform *transform_new(struct pipeline *pipeline, const char *delivery,
                                const struct page_view *page);
void transform_free(struct transform *transform);  /* NULL is fine */
void transform_free_list(struct transform *first); /* by their `next`; NULL is fine */

/* Runs the scripts on every event of the page (or on the letter's). On a worker. */
void transform_run(struct transform *transform, size_t worker);
/* A dead letter for a raw event, in `arena`, with copies of the texts but the event's; NULL if out of memory.
 * `result` NULL: no script was involved. */
struct dead_letter *transform_letter(const struct transform *transform, postern_arena *arena,
                                     const struct journal_event *event, enum dead_stage stage,
                                     const char *reason, const struct script_result *result);

#endif
