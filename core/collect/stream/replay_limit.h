/* After refused credentials were replaced, what lies before replay_limit is not read by itself: said out
 * loud, and left as a hole in the coverage. [network]
 *
 * From when that counts is known with the first answer to the new ones, which shows what time it is. */
#ifndef POSTERN_COLLECT_STREAM_REPLAY_LIMIT_H
#define POSTERN_COLLECT_STREAM_REPLAY_LIMIT_H

#include "collect/stream/stream.h"

/* True if there is something to be skipped: it is being stored, and the stream is woken when that is done. */
bool stream_skips_gap(struct stream *stream);

#endif
