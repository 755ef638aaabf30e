/* Window streams: which range is read next, and what is settled once it has been read. Pure. Server
 * times are UTC ms.
 *
 * All bounds that a vendor sees are whole seconds, because requests of vendors know no fractions. Both ends
 * of a pass are inclusive, so a pass begins in the very second in which the one before it ended.
 * `settled_until_ms` is inclusive as well: everything up to that millisecond is read for good and nothing
 * asks for it again, so the ids of a pass may be forgotten once its `until` is settled. */
#ifndef POSTERN_COLLECT_PLAN_WINDOW_H
#define POSTERN_COLLECT_PLAN_WINDOW_H

#include "journal/records.h"

/* A page position that is older than this is not trusted any more: vendors publish no lifetime. */
#define WINDOW_POSITION_AGE_MS ((int64_t)10 * 60 * 1000)
/* How far `lookback = "all"` goes back on a window stream: the longest retention that a vendor has published.
 */
#define WINDOW_ALL_MS (60LL * 24 * 60 * 60 * 1000)

struct window_settings {
    int64_t delay_ms, settle_ms, lookback_ms /* -1 = all */, replay_limit_ms, slice_ms;
};

/* One look at the vendor: a range that is read in consecutive passes, oldest first. Lives in memory only. */
struct window_poll {
    int64_t start_ms;     /* pessimistic server time at which the poll began */
    int64_t target_ms;    /* where the last pass ends */
    int64_t next_from_ms; /* where the next pass begins */
    int64_t origin_ms;    /* where the stream begins as long as nothing is settled */
};

/* Where a stream of an account that was added at `added_ms` begins. */
int64_t window_origin(const struct window_settings *settings, int64_t added_ms);
/* The first moment that is not read for good: where the next poll begins. */
int64_t window_unsettled_from(const struct stream_record *record, const struct window_settings *settings,
                              int64_t added_ms);

/* True if the pass that was broken off may go on at its page. `now_ms` is the clock that set
 * position_saved_ms. */
bool window_can_resume(const struct stream_record *record, int64_t now_ms);
/* Fixes the range of a poll. `until_ms` and `settled_ms` are now by server_clock_for_until and _for_settled.
 */
void window_begin_poll(struct window_poll *poll, const struct stream_record *record,
                       const struct window_settings *settings, int64_t added_ms, int64_t until_ms,
                       int64_t settled_ms);
/* The server's time is not known yet: no more is asked for than shows it, which lies in no future. */
void window_look(struct window_poll *poll);
/* Credentials were replaced so that nothing before `floor_ms` is read by itself, and are not known to work.
 */
void window_begin_at_floor(struct window_poll *poll, int64_t floor_ms);
/* An answer showed what time it is at the server's: fixes the end of a poll anew. */
void window_set_target(struct window_poll *poll, const struct window_settings *settings, int64_t until_ms);
/* Where the account begins turned out to lie before what the poll assumed. */
void window_lower_origin(struct window_poll *poll, const struct window_settings *settings, int64_t added_ms);
/* Mends what was settled by a clock that was ahead: nothing of the future is read for good. A stream that has
 * brought no event yet began by that clock too: it goes back by `lookback`, which repeats nothing.
 * `latest_ms` is now by server_clock_latest. True if there was something to mend. */
bool window_mend_future(struct stream_record *record, const struct window_settings *settings,
                        int64_t latest_ms);
/* Lets a poll go on with the pass in `record` instead of beginning one. */
void window_resume_pass(struct window_poll *poll, const struct stream_record *record);
/* Begins the next pass of the poll in `record`, without a position; false if the poll has been read to its
 * end. */
bool window_next_pass(const struct window_poll *poll, const struct window_settings *settings,
                      struct stream_record *record);
/* The server's clock turned out to be behind what the poll assumed: settle less. */
void window_lower_start(struct window_poll *poll, struct stream_record *record, int64_t settled_ms);
/* Where in the ledger a pass counts until it is read to its end: where it begins. One that begins behind its
 * own pessimistic time is not known to follow on what counts as read, and would make a hole where all was
 * asked for: it counts where the stream stands, before anything is settled at its origin. */
int64_t window_counts_at(const struct stream_record *record, int64_t origin_ms);
/* One page more has been read; `position` (moved in, malloc'ed) is where the pass goes on. */
void window_page_read(struct stream_record *record, char *position, int64_t now_ms);
/* The pass has been read to its end: its position dies and settled_until moves, unless the pass began behind
 * what is settled. pass_from and pass_until stay until the next pass begins, because the pages in the same
 * commit belong to them. */
void window_pass_read(struct window_poll *poll, const struct window_settings *settings,
                      struct stream_record *record);
/* Forgets the pass under way: the next one begins at what is settled. */
void window_drop_pass(struct stream_record *record);

/* Where a stream goes on at the earliest after refused credentials were replaced at `credentials_ms`. */
int64_t window_replay_floor(const struct window_settings *settings, int64_t credentials_ms);
/* After refused credentials were replaced at `credentials_ms`: nothing before replay_limit is read by itself.
 * Moves settled_until and returns true with the gap [*from, *until] if there is one. */
bool window_limit_replay(struct stream_record *record, const struct window_settings *settings,
                         int64_t added_ms, int64_t credentials_ms, int64_t *from_ms, int64_t *until_ms);

#endif
