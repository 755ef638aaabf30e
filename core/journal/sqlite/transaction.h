/* The writer's transactions: a group of parts, each of which may fail alone, or one step of housekeeping.
 * Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_TRANSACTION_H
#define POSTERN_JOURNAL_SQLITE_TRANSACTION_H

#include "journal/writer_queue.h"

postern_status transaction_begin(struct journal *journal, postern_error *error);
/* Runs one part of the group; a part that fails leaves no trace. *broken: SQLite gave up the whole
 * transaction. */
postern_status transaction_part(struct journal *journal, journal_step *run, void *context, bool *broken,
                                postern_error *error);
/* With the names of the points at which tests let it fail. */
postern_status transaction_commit(struct journal *journal, const char *before, const char *after,
                                  postern_error *error);
void transaction_roll_back(struct journal *journal);
/* A step in a transaction of its own. */
postern_status transaction_run(struct journal *journal, journal_step *run, void *context,
                               postern_error *error);

#endif
