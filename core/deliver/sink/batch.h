/* A batch: the events of one or more pages on their way to the sink, and what became of each. */
#ifndef POSTERN_DELIVER_SINK_BATCH_H
#define POSTERN_DELIVER_SINK_BATCH_H

#include "deliver/route/transform.h"

struct delivery;

enum batch_stage {
    BATCH_CLOSED,    /* no more pages come to it; to be written */
    BATCH_IN_FLIGHT, /* being written */
    BATCH_WRITTEN,   /* only the commit is missing */
    BATCH_FAILED,    /* `status` and `error` say why */
};

enum verdict {
    VERDICT_OPEN = 0, /* with the batch */
    VERDICT_REJECTED, /* never to be accepted: a dead letter once the batch is delivered */
    VERDICT_ACCEPTED, /* safe, whatever becomes of the rest */
};

struct batch {
    struct worker_job job; /* first: on the crew of a sink that takes several at once */
    struct delivery *delivery;
    struct batch *next;
    struct transform *pages; /* in order, by their `next` */
    size_t page_count;
    int64_t end; /* the cursor once it is delivered */
    uint64_t id;
    uint32_t attempt;
    enum batch_stage stage; /* under the runner's lock */

    size_t count, bytes; /* of all its events */
    struct batch_event {
        const struct transform *page;
        size_t index; /* in the page's events */
        enum verdict verdict;
        const char *reason; /* of a rejection; in `reasons` */
    } * events;
    /* What the try under way was given, and which of `events` that is. */
    const postern_sink_event **sent;
    size_t *places, sent_count, sent_bytes;

    postern_arena *reasons; /* of rejections, which may outlive their try */

    /* What the last try said. */
    postern_arena *arena;
    struct state_entry *entries;
    size_t entry_count, entry_capacity;
    postern_status status;
    postern_error error;

    /* Dead letters of the pages' scripts and of rejected events (sink/letters.h); made when it is committed.
     */
    struct dead_letter **letters;
    size_t letter_count;
};

/* Takes over the list of pages if it succeeds; NULL if out of memory. */
struct batch *batch_new(struct delivery *delivery, struct transform *pages, int64_t end);
/* Hands back the pages, which are the caller's again. */
struct transform *batch_free(struct batch *batch);
/* Before each try: forgets what the last one said, but not which events are safe. Beside such an event a
 * rejection stands, too: then it is about the event, unless the sink fails for its settings. False if nothing
 * is left to write.
 */
bool batch_begin_try(struct batch *batch);
/* Whether the rejections of the last try, which failed, stand. */
bool batch_keeps_rejections(const struct batch *batch);
size_t batch_count(const struct batch *batch, enum verdict verdict);
/* Whether the sink has the event: it was accepted, or the try that it was in succeeded. */
bool batch_is_delivered(const struct batch *batch, const struct batch_event *event);
size_t batch_delivered_count(const struct batch *batch);
/* Whether the last try, though it failed, settled events for good. */
bool batch_was_taken_in_part(const struct batch *batch);
/* True if the try has rejected two or more events, all that it was given and all that there are, for one
 * reason: then the mistake is not in the events. */
bool batch_is_rejected_as_one(const struct batch *batch);

#endif
