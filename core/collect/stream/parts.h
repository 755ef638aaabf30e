/* What the files stream*.c share. [network] */
#ifndef POSTERN_COLLECT_STREAM_PARTS_H
#define POSTERN_COLLECT_STREAM_PARTS_H

#include "collect/stream/stream.h"

bool stream_is_window(const struct stream *stream);
int64_t stream_now_ms(const struct stream *stream);  /* monotonic */
int64_t stream_wall_ms(const struct stream *stream); /* ours */

/* When the stream asks next: the poll is due, and neither back-off nor rate limit holds it. Monotonic. */
int64_t stream_wakes_at(const struct stream *stream);
/* For `status`: when it asks next, into the record. */
void stream_note_next_attempt(struct stream *stream, struct stream_record *record, int64_t at_ms);
/* The poll has been read to its end: sets when the next is due. */
void stream_schedule_next_poll(struct stream *stream);
/* Under `once`: nothing more is asked. */
void stream_finish(struct stream *stream, bool failed);

/* Makes sure that a pass is open; false if the poll has nothing (more) to read. */
bool stream_choose_pass(struct stream *stream);
/* NULL: see *error, whose code is set. */
struct request *stream_make_request(struct stream *stream, postern_error *error);

void stream_wait_for_space(struct stream *stream);
/* `again_ms` is when the account's next probe is due, monotonic; INT64_MAX if one is under way. */
void stream_wait_for_account(struct stream *stream, int64_t again_ms);

#endif
