/* One stream while the program runs: asks, has the answer read, commits, asks again. [network] */
#ifndef POSTERN_COLLECT_STREAM_STREAM_H
#define POSTERN_COLLECT_STREAM_STREAM_H

#include "collect/fleet.h"

/* First poll at pace.due_ms. */
void stream_start(struct stream *stream);
/* Does what is due, if anything; sets the timer otherwise. */
void stream_go(struct stream *stream);
/* Forgets a request under way. */
void stream_pause(struct stream *stream);
void stream_free(struct stream *stream);

/* An answer was read (all its downloads included): commits it. Owns the answer. */
void stream_take_answer(struct stream *stream, struct answer *answer);
/* A request or a commit came to nothing. */
void stream_take_trouble(struct stream *stream, const struct trouble *trouble);
/* An answer to be read by a worker, for the stream as it stands; NULL if out of memory. Takes over the
 * request. */
struct answer *stream_new_answer(struct stream *stream, struct request *request);
/* For a probe: the first request of a fresh stream, not started. NULL: see *error. */
struct request *stream_first_request(struct stream *stream, postern_error *error);

#endif
