/* A page on its way through a pipeline's scripts: a job for a worker, then a batch for a sink. */
#ifndef POSTERN_DELIVER_ROUTE_TRANSFORM_H
#define POSTERN_DELIVER_ROUTE_TRANSFORM_H

#include "base/workers.h"
#include "deliver/route/pipeline.h"
#include "journal/journal.h"
#include <stdatomic.h>

/* The most that the output of one page may take. */
#define TRANSFORM_ARENA_LIMIT ((size_t)256 << 20)

struct transform {
    struct worker_job job;
    struct pipeline *pipeline;
    const char *delivery;                       /* its name, for dead letters */
    const struct page_view *page;               /* held; NULL if it is a letter */
    const struct dead_letter *letter;           /* a single event that is tried again; borrowed */
    int64_t sequence;                           /* the cursor once this is delivered */
    void (*ready)(struct transform *transform); /* on the worker */
    void *context;
    struct transform *next;            /* the owner's queue */
    bool is_ready;                     /* under the owner's lock */
    const _Atomic bool *breaks_off;    /* NULL, or set once nobody wants the result any more */
    bool broken_off;                   /* it was: the result is not whole */
    bool written;                      /* the sink has it: only the commit is missing */
    postern_arena *result_arena;       /* what the sink's write said ... */
    struct write_result *write_result; /* ... once written (deliver/sink/writer.c) */

    /* The result, all in the arena. */
    postern_arena *arena;
    postern_sink_event *events;
    const postern_sink_event **batch; /* pointers to `events`, as sinks take them */
    struct journal_event *origins;    /* the raw event behind each */
    size_t count, capacity, bytes;
    struct dead_letter **dead;
    size_t dead_count, dead_capacity;
    size_t dead_by_scripts; /* the first ones; those behind are the sink's */
    struct drop_count *drops;
    size_t drop_reason_count;
    int64_t dropped, wrong_types;
    bool out_of_memory; /* the page did not fit: try again later */
};

struct transform *transform_new(struct pipeline *pipeline, const char *delivery,
                                const struct page_view *page);
void transform_free(struct transform *transform);

/* Runs the scripts on every event of the page (or on the letter's). On a worker. */
void transform_run(struct transform *transform, size_t worker);
/* Adds a dead letter for a raw event; the texts are copied. `result` NULL: no script was involved. */
void transform_bury(struct transform *transform, const struct journal_event *event, const char *stage,
                    const char *reason, const struct script_result *result);

#endif
