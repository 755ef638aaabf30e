/* What a stream asks: the pass, the request, and what its answer is read with. [network] */
#ifndef POSTERN_COLLECT_STREAM_NEXT_REQUEST_H
#define POSTERN_COLLECT_STREAM_NEXT_REQUEST_H

#include "collect/stream/request.h"
#include "collect/stream/stream.h"

/* Makes sure that a pass is open; false if the poll has nothing (more) to read. */
bool stream_choose_pass(struct stream *stream);
/* NULL: see *error, whose code is set. */
struct request *stream_make_request(struct stream *stream, postern_error *error);
/* For a probe: the first request of a fresh stream, not started. NULL: see *error. */
struct request *stream_first_request(struct stream *stream, postern_error *error);
/* An answer to be read by a worker, for the stream as it stands; NULL if out of memory. Takes over the
 * request. */
struct answer *stream_new_answer(struct stream *stream, struct request *request);

#endif
