/* How often the vendor lets itself be asked where it counts several streams together: so many calls in any
 * span of a window. Pure; times are monotonic ms unless said otherwise.
 *
 * A call counts from when it is sent until a window after its answer came: the moment at which the vendor
 * counts it lies between the two. So however long its way was, no span of the vendor's clock sees more. */
#ifndef POSTERN_COLLECT_PLAN_CALL_QUOTA_H
#define POSTERN_COLLECT_PLAN_CALL_QUOTA_H

#include "base/buffer.h"

#define CALL_QUOTA_MOST       10000 /* calls in a window */
#define CALL_QUOTA_TEXT_LIMIT ((size_t)20 * CALL_QUOTA_MOST)

struct call_quota {
    int64_t calls, window_ms;
    int64_t under_way;
    int64_t not_before_ms; /* the vendor said that none may come sooner */
    int64_t *ended;        /* when those of the last window did, oldest first */
    size_t count;
};

/* One of the streams that share it. */
struct quota_claim {
    bool waits;           /* it would ask now */
    bool lags;            /* it has more to read, or has not caught up for long */
    int64_t last_call_ms; /* 0 = never yet */
};

/* What calls there were stays if the numbers change. */
void call_quota_set(struct call_quota *quota, int64_t calls, int64_t window_ms);
void call_quota_free(struct call_quota *quota);

/* How many calls may go out now. */
int64_t call_quota_left(struct call_quota *quota, int64_t now_ms);
/* When the `nth` call from now (1 = the next) may go out, if all that are under way ended now; now or later.
 */
int64_t call_quota_when(struct call_quota *quota, int64_t now_ms, int64_t nth);
/* Whether the claim `mine` has to wait, and for how many calls of others. Those that lag go first, whoever
 * has waited longest before the others; what would probably be an empty poll gives way to them, also to those
 * that do not ask at this moment, unless more than half of the calls are left. Whoever waits long enough
 * lags: so nobody starves. */
bool call_quota_gives_way(struct call_quota *quota, int64_t now_ms, const struct quota_claim *claims,
                          size_t count, size_t mine, int64_t *before);

/* The vendor says that it wants to be asked by nobody before that time. */
void call_quota_hold(struct call_quota *quota, int64_t until_ms);

/* A call goes out, for which there was room. */
void call_quota_begin(struct call_quota *quota);
/* It has ended; at the latest at `end_ms`, which may lie ahead. */
void call_quota_end(struct call_quota *quota, int64_t end_ms);
/* It never went out. */
void call_quota_cancel(struct call_quota *quota);

/* What a restart must know, by the wall clock, so that it may be written down before a call goes out; and
 * read again: what was under way counts as if it had ended now, and so does what lies in a future by this
 * clock. Of what makes no sense nothing is taken. */
bool call_quota_write(struct call_quota *quota, int64_t now_ms, int64_t wall_ms, struct buffer *text);
void call_quota_read(struct call_quota *quota, int64_t now_ms, int64_t wall_ms, postern_text text);
/* Goes on where another one stands, whose numbers may differ. */
void call_quota_take_over(struct call_quota *quota, struct call_quota *before);

#endif
