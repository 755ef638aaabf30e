/* Where the configured deliveries stand: what lies behind them all may be removed. Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_CURSORS_H
#define POSTERN_JOURNAL_SQLITE_CURSORS_H

#include "journal/sqlite/database.h"

struct cursors {
    struct cursor {
        int64_t delivery_id, sequence;
        bool drops_oldest;
    } * list;
    size_t count;
};

postern_status cursors_load(struct cursors *cursors, struct database *database, postern_error *error);
void cursors_free(struct cursors *cursors);
/* Never back. */
void cursors_move(struct cursors *cursors, int64_t delivery_id, int64_t sequence);
/* All pages up to here were passed by every delivery; INT64_MAX if there is no delivery. */
int64_t cursors_lowest(const struct cursors *cursors);
/* The same of those that drop their oldest pages, or of the others. */
int64_t cursors_lowest_of(const struct cursors *cursors, bool drops_oldest);

#endif
