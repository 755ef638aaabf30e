/* What a stream knows about itself, and its alarm clock. [network] */
#ifndef POSTERN_COLLECT_STREAM_STATE_H
#define POSTERN_COLLECT_STREAM_STATE_H

#include "collect/stream/stream.h"
#include "journal/notice.h"

#define STREAM_SCOPE_SIZE 132

bool stream_is_window(const struct stream *stream);
bool stream_is_snapshot(const struct stream *stream);
bool stream_has_passes(const struct stream *stream); /* its position dies with the pass, or the poll */
const struct stream_settings *stream_settings(const struct stream *stream);
int64_t stream_now_ms(const struct stream *stream);  /* monotonic */
int64_t stream_wall_ms(const struct stream *stream); /* ours */
/* "acme/audit", for the log. */
const char *stream_scope(const struct stream *stream, char scope[STREAM_SCOPE_SIZE]);

/* A notice about the stream; what it points to is the stream's and the caller's. */
struct notice stream_notice(const struct stream *stream, enum notice_kind kind, const char *message);

/* The loop runs the stream as soon as it comes to it. */
void stream_wake(struct stream *stream);
/* The loop runs the stream at that time (monotonic), unless it is woken before. */
void stream_wake_at(struct stream *stream, int64_t at_ms);
/* When the stream asks next: the poll is due, and neither back-off nor rate limit holds it. Monotonic. */
int64_t stream_wakes_at(const struct stream *stream);
/* For `status`: when it asks next, into the record. */
void stream_note_next_attempt(struct stream *stream, struct stream_record *record, int64_t at_ms);
/* The poll has been read to its end: sets when the next is due. */
void stream_schedule_next_poll(struct stream *stream);
/* What was stored as read up to a time that has not come yet, by a clock that was ahead, is read again; true
 * if it was so. Only while an answer is at hand: its Date is of now. */
bool stream_mend_future(const struct stream *stream, struct stream_record *record);
/* Under `once`: nothing more is asked. */
void stream_finish(struct stream *stream, bool failed);

#endif
