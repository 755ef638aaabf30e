#include "journal/sqlite/drop_oldest.h"
#include "journal/sqlite/skipped.h"
#include "journal/sqlite/store.h"
#include <stdlib.h>

#define DROP_PAGES 8 /* at a time: no more than is needed, or nearly so */

/* Where the batch ends that has the page: a batch is given up as a whole, or a receiver that knows it by its
 * number would be told that less is the same. */
static postern_status end_of_batch(struct database *database, int64_t delivery_id, int64_t sequence,
                                   int64_t *end, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    char planned[PLANNED_SIZE];
    bool row = false;
    *end = sequence;
    postern_status status =
        database_query(database, error, &statement, "SELECT planned FROM delivery WHERE id = ?1",
                       VALUES(value_integer(delivery_id)));
    if (status == POSTERN_OK) status = database_next(database, error, statement, &row);
    if (status < 0 || !row) return status;
    column_string(statement, 0, planned, sizeof planned);
    for (char *at = planned, *rest; *at; at = rest) {
        int64_t planned_end = strtoll(at, &rest, 10);
        if (rest == at) break;
        if (planned_end < sequence) continue;
        *end = planned_end;
        break;
    }
    return status;
}

static postern_status move_over(struct journal *journal, struct cursor *cursor, int64_t until,
                                postern_error *error)
{
    struct database *database = &journal->writer.database;
    int64_t end = until;
    postern_status status = end_of_batch(database, cursor->delivery_id, until, &end, error);
    if (status == POSTERN_OK)
        status = skipped_note_dropped(database, cursor->delivery_id, cursor->sequence, end, error);
    if (status == POSTERN_OK)
        status = database_run(database, error, "UPDATE delivery SET cursor = max(cursor, ?2) WHERE id = ?1",
                              VALUES(value_integer(cursor->delivery_id), value_integer(end)));
    if (status < 0) return status;
    cursor->sequence = end;
    journal->writer.cursors_ahead = true;
    return status;
}

postern_status drop_oldest_pages(struct journal *journal, bool *moved, postern_error *error)
{
    struct cursors *cursors = &journal->writer.cursors;
    int64_t from = cursors_lowest_of(cursors, true), waiting = cursors_lowest_of(cursors, false);
    int64_t until = 0;
    *moved = false;
    if (from >= waiting) return POSTERN_OK;
    postern_status status = database_number(
        &journal->writer.database, error, 0, &until,
        "SELECT max(sequence) FROM (SELECT sequence FROM page WHERE body_bytes > 0 AND sequence > ?1"
        " ORDER BY sequence LIMIT ?2)",
        VALUES(value_integer(from), value_integer(DROP_PAGES)));
    if (until > waiting) until = waiting;
    if (status < 0 || until <= from) return status;
    for (size_t i = 0; i < cursors->count && status == POSTERN_OK; i++) {
        struct cursor *cursor = &cursors->list[i];
        if (!cursor->drops_oldest || cursor->sequence >= until) continue;
        status = move_over(journal, cursor, until, error);
        *moved = true;
    }
    return status;
}
