/* The events that tell what has left a list, made of what is remembered of it: about a page of them at once.
 * On a worker; owns all that it needs. */
#ifndef POSTERN_COLLECT_ANSWER_LEAVING_H
#define POSTERN_COLLECT_ANSWER_LEAVING_H

#include "base/error.h"
#include "base/workers.h"
#include "http/network.h"
#include "journal/journal.h"
#include "journal/snapshot.h"

struct leaving {
    /* What is asked of it; constant while it is read. */
    struct journal *journal;
    struct workers *workers;
    struct network *network; /* where `done` is called */
    int64_t stream_id;
    const char *left_type;
    size_t page_size, page_events;
    void (*done)(struct leaving *leaving); /* on the network thread; owns it from then on: leaving_free */
    void *context;

    /* What came of it. */
    postern_status status;
    postern_error error;
    struct journal_page *pages; /* NULL: nothing leaves */
    int64_t *rows;              /* of those items, to be forgotten with the commit of the pages */
    size_t count;
    bool is_all;       /* no more leave */
    int64_t newest_ms; /* time of the newest event */

    struct page_builder *builder; /* meanwhile */
    size_t bytes;
    struct worker_job job;
    struct network_task back;
};

void leaving_read(struct leaving *leaving);
void leaving_free(struct leaving *leaving);

#endif
