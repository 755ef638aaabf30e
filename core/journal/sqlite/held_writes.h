/* What the writing connection writes to the database's file itself: each write first asks whether the file is
 * still as we left it, and is refused where it is not. */
#ifndef POSTERN_JOURNAL_SQLITE_HELD_WRITES_H
#define POSTERN_JOURNAL_SQLITE_HELD_WRITES_H

#include "journal/held_place.h"
#include <sqlite3.h>

struct held_writes {
    sqlite3_io_methods methods; /* the first: what the open file calls leads back to us */
    const sqlite3_io_methods *real;
    struct held_place *place;
};

/* From now on; both must outlive the connection. */
void held_writes_start(struct held_writes *writes, sqlite3 *handle, struct held_place *place);

#endif
