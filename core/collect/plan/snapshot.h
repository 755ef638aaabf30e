/* Snapshot streams: a list that is whole at each poll is read page by page and compared with what is
 * remembered of it. Pure.
 *
 * A poll has a number, and keeps it until it was read to its end: begun again after it broke off, it is still
 * the same, and what its first part showed was there. An item is missed once a whole poll did not show it,
 * and leaves with the second one in a row, because rows that shift while the pages are read can hide it from
 * one. What cannot be read may be any item: a poll with damage misses nothing, unless the whole poll before
 * had the very same damage beside the item. */
#ifndef POSTERN_COLLECT_PLAN_SNAPSHOT_H
#define POSTERN_COLLECT_PLAN_SNAPSHOT_H

#include "journal/records.h"
#include "journal/snapshot.h"

/* Begins a poll at that time of the vendor's. */
void snapshot_begin_poll(struct snapshot_state *state, struct stream_record *record, int64_t now_ms);
/* The number of the poll under way. */
int64_t snapshot_poll(const struct snapshot_state *state);
/* A page left something that cannot be read; `mark` tells it from other damage, 0 = it is like no other. */
void snapshot_note_damage(struct snapshot_state *state, uint64_t mark);
/* The poll has been read to its end: counts it, and says what it misses. */
struct snapshot_end snapshot_poll_read(struct snapshot_state *state, struct stream_record *record);

/* What may be remembered of one list. */
struct snapshot_room {
    int64_t items, bytes;
};

/* What a row that a page shows is to the list; `room` is what is left. False: it appears, but there is no
 * room to remember it; it waits until there is. A changed text that there is no room for is left as it was.
 */
bool snapshot_sight_of(const struct snapshot_known *known, uint64_t sum, size_t size,
                       const struct snapshot_room *room, enum snapshot_sight *sight);

#endif
