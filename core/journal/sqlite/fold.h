/* Folding: ids of older pages go from their rows (16 bytes each) into runs (under 6), a bounded number in
 * each transaction. The newer runs of the stream are taken into the new one as long as they are not much
 * larger, so that few runs are left and each id is written a few times at the most. Writer thread. */
#ifndef POSTERN_JOURNAL_SQLITE_FOLD_H
#define POSTERN_JOURNAL_SQLITE_FOLD_H

#include "journal/journal.h"

struct fold {
    int64_t unseen; /* ids that came, or whose pages lost their body, since all streams were looked at */
    int64_t after_stream; /* how far that look came */
    bool looking;
};

void fold_start(struct fold *fold); /* looks at all streams first */
/* So many ids more may be there to fold. */
void fold_note(struct fold *fold, int64_t ids);
bool fold_is_due(const struct journal *journal);
/* Nothing else is to be done: however few they are. */
void fold_when_idle(struct fold *fold);
/* One step; true if there may be more. */
bool fold_step(struct journal *journal);

#endif
