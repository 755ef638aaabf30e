/* Handing work to the writer. Any thread. */
#ifndef POSTERN_JOURNAL_SQLITE_SUBMIT_H
#define POSTERN_JOURNAL_SQLITE_SUBMIT_H

#include "journal/writer_queue.h"

/* Runs `run` on the writer thread, in a transaction that others may share, and waits for the commit. In a
 * reader it fails with POSTERN_E_UNSUPPORTED. */
postern_status writer_call(struct journal *journal, journal_step *run, void *context, postern_error *error);
/* Idle polls that wait are stored (idle_polls.h), before somebody reads the records that they change. What
 * cannot be stored waits on: the caller sees where the stream stood a while ago. */
void writer_store_idle(struct journal *journal);

#endif
