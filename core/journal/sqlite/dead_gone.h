/* Once the dead letters are full: what a vendor sent and nobody could read is counted, in one letter for each
 * stream, and is gone. Writer thread, in its transaction. */
#ifndef POSTERN_JOURNAL_SQLITE_DEAD_GONE_H
#define POSTERN_JOURNAL_SQLITE_DEAD_GONE_H

#include "journal/journal.h"

#define LETTER_OVERHEAD 200 /* bytes of a letter's row, about */

struct dead_gone {
    const struct dead_letter *letter; /* the last of them */
    int64_t count, bytes;
    bool of_account; /* the account's share was used up, not the whole */
};

/* Adds them to the stream's letter, making it. It may stand above the limit. */
postern_status dead_gone_add(struct journal *journal, const struct dead_gone *gone, postern_error *error);

#endif
