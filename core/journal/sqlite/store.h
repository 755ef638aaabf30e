/* The journal as SQLite keeps it: a file, and what is held in memory of it. */
#ifndef POSTERN_JOURNAL_SQLITE_STORE_H
#define POSTERN_JOURNAL_SQLITE_STORE_H

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/pulse.h"
#include "base/text.h"
#include "journal/held_place.h"
#include "journal/journal.h"
#include "journal/listeners.h"
#include "journal/page/cache.h"
#include "journal/sqlite/cursors.h"
#include "journal/sqlite/database.h"
#include "journal/sqlite/fold.h"
#include "journal/sqlite/forget_clock.h"
#include "journal/sqlite/hands.h"
#include "journal/sqlite/held_writes.h"
#include "journal/sqlite/idle_polls.h"
#include "journal/sqlite/known_ids.h"
#include "journal/sqlite/notices.h"
#include "journal/sqlite/space.h"
#include "journal/sqlite/stream_names.h"
#include "journal/writer_queue.h"
#include <string.h>

#define WRITER_BUSY_MS 5000 /* another process holds the write lock for one insert at the most */

/* The one connection that writes, and what only its thread touches. */
struct writer {
    pthread_t thread;
    struct database database;
    struct held_writes held_writes;
    int64_t page_size; /* of the database */
    int64_t wal_pages; /* in the write-ahead log after the last commit */
    struct {
        _Atomic int64_t count, bytes;
    } dead; /* the letters that are committed; others read it (journal_dead_room) */
    struct dead_usage {
        int64_t count, bytes;
    } group_dead; /* the change of the transaction under way */
    struct cursors cursors;
    bool cursors_ahead; /* they were moved by the transaction under way: it may still fail */
    int64_t given_up;   /* the last page that it gave up; 0 = none */
    struct space space;
    struct fold fold;
    struct idle_polls idle;
    struct pulse pulse;
    int64_t next_housekeeping_ms, idle_since_ms;
    bool trimmed; /* memory was given back since the last work */
};

struct journal {
    char *directory, *path;
    struct journal_settings settings;
    const struct clock *clock;
    int lock_fd;      /* -1 in a reader */
    int directory_fd; /* its lock; -1 = none */
    struct held_place held;
    struct readers readers;
    struct forget_clock forget_clock; /* not in a reader */
    struct known_ids ids;
    struct stream_names names;
    struct said_profile { /* the change of profile that was logged last, once for all streams of an account */
        int64_t account_id;
        char before[RECORD_NAME_SIZE], after[RECORD_NAME_SIZE];
    } said_profile; /* not in a reader; by whoever loads streams */
    struct page_cache cache;
    struct listeners listeners;
    struct notices notices;
    struct writer_queue queue;
    struct writer writer;
    atomic_bool full;
    struct hands hands;
    pthread_mutex_t space_lock;
    struct journal_space space_shown; /* under its lock: what others are told */
};

static inline bool is_full(struct journal *journal)
{
    return atomic_load(&journal->full) || atomic_load(&journal->held.lost);
}

static inline bool is_reader(const struct journal *journal)
{
    return journal->lock_fd < 0;
}

#endif
