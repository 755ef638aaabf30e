/* What the files of the journal share. */
#ifndef POSTERN_JOURNAL_SQLITE_STORE_H
#define POSTERN_JOURNAL_SQLITE_STORE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "journal/journal.h"
#include "journal/page/cache.h"
#include "journal/sqlite/database.h"
#include "journal/sqlite/known_ids.h"
#include "journal/sqlite/stream_names.h"
#include <string.h>

#define LISTENERS      8
#define WRITER_BUSY_MS 5000 /* another process holds the write lock for one insert at the most */

/* Work for the writer thread that is not a commit; on the stack of the thread that waits for it. */
struct task {
    struct task *next;
    postern_status (*run)(struct journal *journal, void *context, postern_error *error);
    void *context;
    postern_status status;
    postern_error *error;
    bool finished;
};

/* Where a delivery that pins pages stands. */
struct cursor {
    int64_t delivery_id, sequence;
};

/* The one connection that writes. Everything below `stop` belongs to the writer thread. */
struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake, finished;
    struct task *tasks, **tasks_tail;
    struct journal_commit *commits, **commits_tail;
    bool stop;

    struct database database;
    int64_t page_size; /* of the database */
    int64_t wal_pages; /* in the write-ahead log after the last commit */
    int64_t dead_count, dead_bytes;
    int64_t group_dead_count, group_dead_bytes; /* changes of the transaction under way */
    struct cursor *cursors;
    size_t cursor_count;
    int64_t space_needed; /* by the commit that did not fit */
    bool space_full, disk_full, wal_stuck, full_written;
    int64_t next_retention_ms, next_probe_ms, idle_since_ms;
    bool trimmed; /* memory was given back since the last work */
};

struct journal {
    char *directory, *path;
    struct journal_settings settings;
    const struct clock *clock;
    int lock_fd; /* -1 in a reader */
    struct readers readers;
    struct known_ids ids;
    struct stream_names names;
    struct page_cache cache;
    struct writer writer;
    atomic_bool full;
    pthread_mutex_t listeners_lock;
    struct {
        void (*wake)(void *context);
        void *context;
    } listeners[LISTENERS];
    size_t listener_count;
};

static inline bool is_reader(const struct journal *journal)
{
    return journal->lock_fd < 0;
}

/* ---- The writer: writer.c, submit.c --------------------------------------------------------------- */

/* Opens the writing connection; then, once the database is ready, starts the thread. */
postern_status writer_open(struct journal *journal, postern_error *error);
postern_status writer_start(struct journal *journal, postern_error *error);
/* Commits what was submitted and ends the thread; then closes the connection. */
void writer_stop(struct journal *journal);
void writer_close(struct journal *journal);
/* Runs `run` on the writer thread, in a transaction that others may share, and waits for the commit. In a
 * reader it fails with POSTERN_E_UNSUPPORTED. */
postern_status writer_call(struct journal *journal,
                           postern_status (*run)(struct journal *journal, void *context,
                                                 postern_error *error),
                           void *context, postern_error *error);
/* For the writer thread's own small transactions, between groups. */
postern_status writer_transaction(struct journal *journal,
                                  postern_status (*run)(struct journal *journal, void *context,
                                                        postern_error *error),
                                  void *context, postern_error *error);
void listeners_wake(struct journal *journal);

/* ---- The parts of a commit; in the writer's transaction ----------------------------------------- */

postern_status commit_apply(struct journal *journal, struct journal_commit *commit, postern_error *error);
postern_status account_update(struct database *database, const struct account_record *record,
                              postern_error *error);
postern_status stream_update(struct database *database, const struct stream_record *record,
                             postern_error *error);
postern_status pages_store(struct journal *journal, struct journal_commit *commit, postern_error *error);
postern_status coverage_extend(struct database *database, int64_t stream_id, const struct coverage_read *read,
                               int64_t now_ms, postern_error *error);
postern_status downloads_update(struct database *database, const struct journal_commit *commit,
                                postern_error *error);
postern_status delivery_update(struct journal *journal, const struct delivery_move *move,
                               postern_error *error);
postern_status dead_letters_update(struct journal *journal, const struct journal_commit *commit,
                                   postern_error *error);
postern_status request_answer(struct database *database, int64_t id, const char *outcome,
                              postern_error *error);

/* ---- Deliveries' cursors; writer thread --------------------------------------------------------- */

postern_status cursors_load(struct journal *journal, postern_error *error);
void cursors_move(struct journal *journal, int64_t delivery_id, int64_t sequence);
/* All pages up to here were passed by every delivery; INT64_MAX if there is no delivery. */
int64_t cursors_lowest(const struct journal *journal);

/* ---- Space: limits, full disks; writer thread --------------------------------------------------- */

/* Makes room for a commit's pages, removing delivered ones if need be; POSTERN_E_LIMIT if there is none. In
 * the transaction. */
postern_status space_admit(struct journal *journal, int64_t bytes, postern_error *error);
/* Between groups: removes delivered pages above the limit, tries a disk that failed, says whether it is full.
 */
void space_review(struct journal *journal);
/* A write failed: counts as full until a probe succeeds. */
void space_disk_failed(struct journal *journal, const postern_error *error);
/* Copies the write-ahead log into the database when it is large; `all`: however small it is, and empties its
 * file. */
void wal_checkpoint(struct journal *journal, bool all);

/* ---- Retention; writer thread ------------------------------------------------------------------- */

/* Removes the bodies of delivered pages received until `received_until_ms`, the oldest first, at most
 * `limit`. In a transaction. */
postern_status retention_remove_bodies(struct journal *journal, int64_t received_until_ms, size_t limit,
                                       size_t *removed, postern_error *error);
/* Window streams: forgets the ids of pages whose pass ended before `until_ms`. In a transaction. */
postern_status retention_forget_window(struct database *database, int64_t stream_id, int64_t until_ms,
                                       int64_t *forgotten, postern_error *error);
/* One small step of what is due; true if there may be more. */
bool retention_step(struct journal *journal);

/* ---- Dead letters ------------------------------------------------------------------------------- */

postern_status dead_totals(struct database *database, int64_t *count, int64_t *bytes, postern_error *error);

/* ---- Facts for readers of other processes ------------------------------------------------------- */

postern_status meta_set(struct database *database, const char *key, int64_t value, postern_error *error);
postern_status meta_get(struct database *database, const char *key, int64_t *value, postern_error *error);

#endif
