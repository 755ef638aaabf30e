/* A request under a quota: it is on record before it goes out, so that a process that is killed and begins
 * again does not ask more often than the vendor allows. [network] */
#ifndef POSTERN_COLLECT_STREAM_COUNTED_CALL_H
#define POSTERN_COLLECT_STREAM_COUNTED_CALL_H

#include "collect/stream/request.h"
#include "collect/stream/stream.h"

/* Sends it as soon as that is stored, unless the stream was paused meanwhile; owns the request, and calls
 * `done` as request_start does. Without memory, or if it cannot be stored, the stream has the trouble. */
void counted_call_start(struct stream *stream, struct request *request,
                        void (*done)(struct request *request));

#endif
