/* Notices on their way into the journal: each a page of its own, in a stream of the account that it is about.
 */
#ifndef POSTERN_JOURNAL_SQLITE_NOTICES_H
#define POSTERN_JOURNAL_SQLITE_NOTICES_H

#include "journal/commit.h"
#include "journal/notice.h"
#include "journal/sqlite/database.h"
#include <pthread.h>

struct notice_commit;

/* What is held of them in memory. Any thread, under the lock. */
struct notices {
    pthread_mutex_t lock;
    struct notice_settings settings;
    struct notice_hour hour;
    /* What could not be stored, the oldest first, until the journal can be written again. */
    struct notice_commit *waiting, **last;
    size_t waiting_count;
};

void notices_start(struct notices *notices);
void notices_stop(struct notices *notices);
/* Writer thread, in its transaction: finds the notice's stream, or takes the commit's pages away where it is
 * no news. */
postern_status notice_admit(struct journal *journal, struct notice_commit *notice, postern_error *error);

#endif
