/* Token streams: they follow the vendor's token. Pure. */
#ifndef POSTERN_COLLECT_PLAN_TOKEN_H
#define POSTERN_COLLECT_PLAN_TOKEN_H

#include "journal/records.h"
#include <postern/module.h>

/* The position moves together with the pages it brought; `position` is moved in (malloc'ed). */
void token_page_read(struct stream_record *record, bool keep_position, char *position, int64_t now_ms);
/* The vendor refused the token: again from the oldest; ids keep it silent. */
void token_restart(struct stream_record *record);
/* Every vendor keeps so much, at least. */
#define TOKEN_KEPT_MS (24LL * 60 * 60 * 1000)
/* Then what was published since this time may be missing, if the vendor does not keep it any more; 0 =
 * nothing can be, for the stream was read shortly before. */
int64_t token_gap_from_ms(const struct stream_record *record, int64_t now_ms);
/* Events before this time are left out (`lookback` with a duration); INT64_MIN = none. */
int64_t token_left_out_before(int64_t lookback_ms, int64_t added_ms);
/* Before which time a stream leaves out what the former one has read, less `overlap_ms` for what it was to
 * see late; INT64_MIN if that had never come to the present. */
int64_t token_begins_after(const struct stream_record *former, int64_t overlap_ms);

#endif
