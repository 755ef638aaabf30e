/* What holds up the polls of a stream, and how many streams are polled less often than they should be. */
#ifndef POSTERN_COLLECT_STREAM_LATE_POLLS_H
#define POSTERN_COLLECT_STREAM_LATE_POLLS_H

#include "base/late_polls.h"

#include <pthread.h>

struct request;
struct stream;

/* Those of all streams of a collector, over its reloads. */
struct late_tally {
    pthread_mutex_t lock;
    struct late_polls sums; /* of their times, where a group has averages */
};

void late_tally_init(struct late_tally *tally);
void late_tally_free(struct late_tally *tally);
void late_tally_clear(struct late_tally *tally);
/* What there is now. Any thread. `settings` are left alone. */
void late_tally_look(struct late_tally *tally, struct late_polls *polls);

/* ---- [network] ---- */

/* Something that is said elsewhere keeps the stream from asking: its poll is late for no reason of ours. */
void late_polls_excuse(struct stream *stream);
/* That lasts: what its polls waited for before says nothing any more, and the stream is not counted. */
void late_polls_forget(struct stream *stream);
void late_polls_wait(struct stream *stream, enum late_cause cause, int64_t waited_ms);
/* A request is about to be made. What lies between when the poll was due and now, and is neither counted nor
 * excused, took this program. */
void late_polls_ask(struct stream *stream);
/* It was answered. */
void late_polls_answered(struct stream *stream, const struct request *request);
/* The answer was read; `arrived_ms` is when it came. */
void late_polls_read(struct stream *stream, int64_t arrived_ms);
/* The poll has been read to its end: sets when the next is due, and counts what that shows. */
void late_polls_end(struct stream *stream);
/* The stream is counted again, in a tally that was cleared. */
void late_polls_count(const struct stream *stream);

#endif
