/* A large answer goes into the journal in steps while it is read: what a step brings is kept whatever becomes
 * of the rest, and only the last commit, the stream's own, moves the position. An answer that breaks off in
 * between is asked for again, and the ids make silent what is kept already. On the thread that reads the
 * answer. */
#ifndef POSTERN_COLLECT_ANSWER_STEP_H
#define POSTERN_COLLECT_ANSWER_STEP_H

#include "collect/answer/answer.h"

/* Memory that the answer holds until it is freed, beside its pages. */
void answer_hold(struct answer *answer, int64_t bytes);
/* Commits the pages (owned) with so many events, and waits for that. */
postern_status answer_keep_step(struct answer *answer, struct journal_page *pages, int64_t events);
/* The last pages (owned) wait for the stream's commit; or go in a step if too much waits already. */
postern_status answer_keep_last(struct answer *answer, struct journal_page *pages, int64_t events,
                                int64_t bytes);
/* What the answer adds to the ledger. Window: where its pass counts as long as it is not read to its end. */
struct coverage_read answer_coverage(const struct answer *answer, int64_t counts_at_ms, int64_t events);

#endif
