/* Snapshot streams: what has left the list is told, page by page, each in one commit with its being
 * forgotten. Before anything more is asked, so that an item that comes back meanwhile has left before.
 * [network] */
#ifndef POSTERN_COLLECT_STREAM_DEPARTURES_H
#define POSTERN_COLLECT_STREAM_DEPARTURES_H

#include "collect/stream/stream.h"

/* One page; stream->departures_due says afterwards whether there may be more, and the stream is woken. */
void stream_tell_departures(struct stream *stream);

#endif
