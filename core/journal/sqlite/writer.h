/* The writer thread: takes all commits that wait, puts them into one transaction, one savepoint each, so that
 * one that fails fails alone and many share one fsync. Between the groups it keeps house. */
#ifndef POSTERN_JOURNAL_SQLITE_WRITER_H
#define POSTERN_JOURNAL_SQLITE_WRITER_H

#include "journal/journal.h"

/* Opens the writing connection; then, once the database is ready, starts the thread. */
postern_status writer_open(struct journal *journal, postern_error *error);
postern_status writer_start(struct journal *journal, postern_error *error);
/* Commits what was submitted and ends the thread; then closes the connection. */
void writer_stop(struct journal *journal);
void writer_close(struct journal *journal);

#endif
