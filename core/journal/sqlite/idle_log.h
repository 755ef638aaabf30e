/* How idle polls stand in the file while they wait (idle_polls.h): some thousand of them in a group, which is
 * a row of `idle_log`. A stream's row and its ranges of the ledger take 190 bytes, each time in other pages;
 * here a poll takes some 20, so that it can be written often.
 *
 * A group is: varint number of columns | varint number of polls | their streams, as steps | a byte of flags
 * each | when each last succeeded | column by column a number of each. A column's numbers are alike, which is
 * what makes them small once they are packed.
 *
 * Of the position it says only whether there is one. A vendor's token is long, and another one after each
 * answer; that of the stream's row leads to the same place, since nothing came in between.
 *
 * Groups are numbered and never changed. What a group says of a stream counts until its row was written with
 * the number of that group or a later one (stream.idle_group): whatever writes the row knows all groups. */
#ifndef POSTERN_JOURNAL_SQLITE_IDLE_LOG_H
#define POSTERN_JOURNAL_SQLITE_IDLE_LOG_H

#include "journal/sqlite/database.h"
#include "journal/sqlite/idle_poll.h"

struct idle_log {
    int64_t group;          /* the newest that there has been */
    int64_t flushes, bytes; /* since it was empty; about so many flushes */
};

/* Whether the log has a form for it. */
bool idle_log_can_hold(const struct idle_poll *poll);
/* Adds them, of rising streams, in as many groups as they need. Writer, in its transaction. */
postern_status idle_log_add(struct database *database, struct idle_log *log, struct idle_poll *const *polls,
                            size_t count, postern_error *error);
postern_status idle_log_clear(struct database *database, struct idle_log *log, postern_error *error);
/* The newest that each stream has there, without names, kind and position; whether its row is newer still is
 * for the caller to see. A group that is damaged is said and passed over: its polls will be made again. */
postern_status idle_log_read(struct database *database, struct idle_poll_table *table, postern_error *error);
/* How the log of the file stands. */
postern_status idle_log_start(struct database *database, struct idle_log *log, postern_error *error);

#endif
