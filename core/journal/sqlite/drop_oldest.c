#include "journal/sqlite/drop_oldest.h"
#include "base/smaller.h"
#include "journal/sqlite/retention.h"
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

/* ---- Which pages -------------------------------------------------------------------------------- */

struct giving_up {
    int64_t after, until; /* pages in (after, until]; until 0 = none */
    int64_t limit;        /* what is behind it is needed, or in hand */
};

static int64_t held_until(struct journal *journal, const struct cursor *cursor)
{
    return cursor->drops_oldest ? hands_until(&journal->hands, cursor->delivery_id) : 0;
}

/* Of what a delivery has in hand nothing is given up, and of its later batches none in part: moves `*place`
 * on to where that is so for all that stand before it (`or_there`: or at it) with pages in hand. */
static postern_status leave_whole(struct journal *journal, bool or_there, int64_t *place,
                                  postern_error *error)
{
    const struct cursors *cursors = &journal->writer.cursors;
    postern_status status = POSTERN_OK;
    for (int64_t before = *place - 1; before < *place && status == POSTERN_OK;) {
        before = *place;
        for (size_t i = 0; i < cursors->count && status == POSTERN_OK; i++) {
            const struct cursor *cursor = &cursors->list[i];
            int64_t held = held_until(journal, cursor);
            if (cursor->sequence >= *place + or_there || held <= cursor->sequence) continue;
            int64_t least = larger(*place, held);
            status = end_of_batch(&journal->writer.database, cursor->delivery_id, least, place, error);
        }
    }
    return status;
}

static int64_t next_hand(struct journal *journal, int64_t after, int64_t most)
{
    const struct cursors *cursors = &journal->writer.cursors;
    for (size_t i = 0; i < cursors->count; i++) {
        const struct cursor *cursor = &cursors->list[i];
        if (cursor->sequence > after && held_until(journal, cursor) > cursor->sequence)
            most = smaller(most, cursor->sequence);
    }
    return most;
}

static postern_status find_oldest(struct journal *journal, struct giving_up *pages, postern_error *error)
{
    const struct cursors *cursors = &journal->writer.cursors;
    int64_t waiting = cursors_lowest_of(cursors, false);
    postern_status status = POSTERN_OK;
    int64_t from = cursors_lowest_of(cursors, true);
    for (*pages = (struct giving_up){0}; status == POSTERN_OK && !pages->until && from < waiting;
         from = pages->limit) {
        pages->after = from;
        status = leave_whole(journal, true, &pages->after, error);
        if (status < 0 || pages->after >= waiting) return status;
        pages->limit = next_hand(journal, pages->after, waiting);
        status = database_number(
            &journal->writer.database, error, 0, &pages->until,
            "SELECT max(sequence) FROM (SELECT sequence FROM page WHERE body_bytes > 0 AND sequence > ?1"
            " AND sequence <= ?2 ORDER BY sequence LIMIT ?3)",
            VALUES(value_integer(pages->after), value_integer(pages->limit), value_integer(DROP_PAGES)));
        if (status == POSTERN_OK && pages->until) status = leave_whole(journal, false, &pages->until, error);
        if (pages->until > pages->limit) pages->until = 0;
    }
    return status;
}

/* ---- Giving them up ----------------------------------------------------------------------------- */

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

/* With pages in hand it stays before them, and what is behind is not there any more. */
static postern_status lose(struct journal *journal, struct cursor *cursor, const struct giving_up *pages,
                           postern_error *error)
{
    if (held_until(journal, cursor) <= cursor->sequence)
        return move_over(journal, cursor, pages->until, error);
    hands_lose(&journal->hands, cursor->delivery_id);
    return skipped_note_dropped(&journal->writer.database, cursor->delivery_id, pages->after, pages->until,
                                error);
}

postern_status drop_oldest_pages(struct journal *journal, bool *moved, postern_error *error)
{
    struct cursors *cursors = &journal->writer.cursors;
    struct giving_up pages;
    *moved = false;
    if (cursors_lowest_of(cursors, true) >= cursors_lowest_of(cursors, false)) return POSTERN_OK;
    hands_freeze(&journal->hands);
    postern_status status = find_oldest(journal, &pages, error);
    if (status < 0 || !pages.until) return status;
    for (size_t i = 0; i < cursors->count && status == POSTERN_OK; i++) {
        struct cursor *cursor = &cursors->list[i];
        if (!cursor->drops_oldest || cursor->sequence >= pages.until) continue;
        status = lose(journal, cursor, &pages, error);
    }
    if (status == POSTERN_OK) status = retention_remove_between(journal, pages.after, pages.until, error);
    *moved = true;
    journal->writer.given_up = larger(journal->writer.given_up, pages.until);
    return status;
}
