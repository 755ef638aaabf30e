#include "journal/sqlite/backlog.h"
#include "base/cleanup.h"
#include "base/smaller.h"
#include "base/text.h"
#include "journal/wants.h"

/* By stream, since a delivery takes all of one or nothing. */
#define SELECT_WAITING                                                                                       \
    "SELECT w.pages, w.events, w.bytes, w.since_ms, a.name, s.source, d.wants FROM"                          \
    " (SELECT stream_id, count(*) AS pages, sum(event_count) AS events, sum(unpacked_bytes) AS bytes,"       \
    "  min(received_ms) AS since_ms FROM page WHERE sequence > ?2 AND body_bytes > 0 GROUP BY stream_id) w"  \
    " JOIN stream s ON s.id = w.stream_id JOIN account a ON a.id = s.account_id"                             \
    " JOIN delivery d ON d.id = ?1"

static void add_stream(sqlite3_stmt *statement, struct delivery_record *record)
{
    int64_t since_ms = sqlite3_column_int64(statement, 3);
    if (!wants_take(column_bytes(statement, 6), column_bytes(statement, 4), column_bytes(statement, 5)))
        return;
    record->backlog_pages += sqlite3_column_int64(statement, 0);
    record->backlog_events += sqlite3_column_int64(statement, 1);
    record->backlog_bytes += sqlite3_column_int64(statement, 2);
    record->waiting_since_ms =
        record->waiting_since_ms ? smaller(record->waiting_since_ms, since_ms) : since_ms;
}

postern_status backlog_count(struct database *database, struct delivery_record *record, postern_error *error)
{
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = true;
    record->backlog_pages = record->backlog_events = record->backlog_bytes = record->waiting_since_ms = 0;
    postern_status status = database_query(database, error, &statement, SELECT_WAITING,
                                           VALUES(value_integer(record->id), value_integer(record->cursor)));
    while (status == POSTERN_OK && (status = database_next(database, error, statement, &row)) == POSTERN_OK &&
           row)
        add_stream(statement, record);
    return status;
}
