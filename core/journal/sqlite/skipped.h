/* The tables of what deliveries do not get. Writer thread, in its transaction. */
#ifndef POSTERN_JOURNAL_SQLITE_SKIPPED_H
#define POSTERN_JOURNAL_SQLITE_SKIPPED_H

#include "journal/skipped.h"
#include "journal/sqlite/database.h"

/* A page whose body goes. */
struct leaving_page {
    int64_t sequence, stream_id, received_ms, events;
};
/* Notes it for every delivery that was removed and has not passed it: should it come back. */
postern_status skipped_note_page(struct database *database, const struct leaving_page *page,
                                 postern_error *error);
/* A new delivery begins behind `cursor`: notes what the journal still has before. */
postern_status skipped_note_beginning(struct database *database, int64_t delivery_id, int64_t cursor,
                                      postern_error *error);
/* A delivery gives up what the journal has from behind `cursor` to `until`. */
postern_status skipped_note_dropped(struct database *database, int64_t delivery_id, int64_t cursor,
                                    int64_t until, postern_error *error);
/* A delivery is to be removed: emits the notice of what it has not delivered, before that is certain. Any
 * thread. */
postern_status skipped_tell_removal(struct journal *journal, int64_t delivery_id, postern_error *error);
/* It was removed: what it had not delivered; and it has come back. */
postern_status skipped_removed(struct journal *journal, int64_t delivery_id, postern_error *error);
postern_status skipped_came_back(struct database *database, const char *delivery, postern_error *error);
/* Keeps the range to be shown; the oldest ones go. */
postern_status skipped_add(struct journal *journal, const struct skipped_range *range, postern_error *error);

#endif
