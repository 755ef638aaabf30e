/* An answer that was read: the record moves over its page, and both are committed. [network] */
#ifndef POSTERN_COLLECT_STREAM_PAGE_H
#define POSTERN_COLLECT_STREAM_PAGE_H

#include "collect/stream/stream.h"

/* An answer was read (all its downloads included): commits it. Owns the answer. */
void stream_take_answer(struct stream *stream, struct answer *answer);

#endif
