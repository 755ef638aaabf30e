/* Many commits for whose end the caller waits: they share transactions, and few are in memory at once. */
#ifndef POSTERN_COLLECT_COMMITS_H
#define POSTERN_COLLECT_COMMITS_H

#include "journal/journal.h"

struct commits {
    struct journal *journal;
    postern_error *error; /* the first failure's */
    postern_status status;
    struct journal_commit *list;
    size_t count;
};

/* Takes the commit; what it points to must live until commits_end. One that fails stops no other. */
void commits_add(struct commits *commits, const struct journal_commit *commit);
/* Waits for all; the first failure. */
postern_status commits_end(struct commits *commits);

#endif
