/* What keeps a stream from reading: how it goes on, and what the user is told. [network] */
#ifndef POSTERN_COLLECT_STREAM_TROUBLE_H
#define POSTERN_COLLECT_STREAM_TROUBLE_H

#include "collect/plan/trouble.h"
#include "collect/stream/stream.h"

/* A request or a commit came to nothing. */
void stream_take_trouble(struct stream *stream, const struct trouble *given);
/* An answer failed: what is whole in it is stored, with the trouble. Owns the answer. */
void stream_take_failed_try(struct stream *stream, struct answer *answer, const struct trouble *given);
/* The journal is full: looks again in a while. */
void stream_wait_for_space(struct stream *stream);
/* A quota of its account lets it ask no sooner; monotonic. That is no trouble, and is shown if it takes
 * longer.
 */
void stream_wait_for_call(struct stream *stream, int64_t again_ms, const char *words);
/* A secret of its account is not there: nothing is asked until another configuration comes. */
void stream_wait_for_secret(struct stream *stream);
/* `again_ms` is when the account's next probe is due, monotonic; INT64_MAX if one is under way. */
void stream_wait_for_account(struct stream *stream, int64_t again_ms);

#endif
