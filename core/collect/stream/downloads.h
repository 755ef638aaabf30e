/* The files that an answer names: fetched without credentials, several at once within a byte budget, read and
 * committed one after the other; when all are done the answer itself is committed and the position moves.
 * [network] */
#ifndef POSTERN_COLLECT_STREAM_DOWNLOADS_H
#define POSTERN_COLLECT_STREAM_DOWNLOADS_H

#include "collect/plan/trouble.h"
#include "collect/stream/stream.h"

#define DOWNLOADS_MOST 16                   /* at once, of one stream, whatever is configured */
#define DOWNLOAD_GUESS ((int64_t)4 << 20)   /* reserved for a file whose size is not known yet */
#define DOWNLOAD_LEAST ((int64_t)256 << 10) /* and for one that claims to be smaller */

/* How they end, unless they are paused; the stream is resting then. */
struct downloads_end {
    void (*complete)(struct stream *stream, struct answer *page); /* all are committed; owns the answer */
    void (*broken)(struct stream *stream, const struct trouble *trouble);
};

/* Owns the answer. `end` must live as long as the program. */
void downloads_start(struct stream *stream, struct answer *page, const struct downloads_end *end);
/* The stream's timer rings: the turn of the next file may have come (account_take_turn). */
void downloads_go_on(struct downloads *downloads);
/* Forgets requests under way; the rest is freed as soon as no answer is being read. */
void downloads_pause(struct downloads *downloads);
void downloads_free(struct downloads *downloads);

#endif
