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
    /* What could not be stored, and what came behind it, in their order, until the journal can be written
     * again and none is on its way to the writer. */
    struct notice_commit *waiting;
    size_t waiting_count;
    size_t on_their_way;
    int64_t numbers;        /* that were given */
    bool group_has_failed;  /* one of the group under way: those behind it wait too */
    bool memory_is_damaged; /* the table of what was told; the writer's */
};

void notices_start(struct notices *notices);
void notices_stop(struct notices *notices);
/* Nobody reads them any more. */
void notices_end(struct notices *notices);
/* Writer thread, in its transaction: finds the notice's stream, or takes the commit's pages away where it is
 * no news. */
postern_status notice_admit(struct journal *journal, struct notice_commit *notice, postern_error *error);
/* Before the writer runs, or its thread: the table of what was told is damaged. It is left alone and no
 * notice is stored, but everything else goes on. */
void notices_give_up(struct journal *journal, const char *why);
/* Writer thread: its part of the transaction failed. Returns what becomes of it: where the
 * journal is damaged it is dropped, since it would fail at every try. */
postern_status notice_failed(struct journal *journal, postern_status failed, const postern_error *error);

#endif
