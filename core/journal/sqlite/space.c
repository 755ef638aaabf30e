#include "journal/sqlite/space.h"
#include "base/failpoint.h"
#include "base/units.h"
#include "journal/sqlite/drop_oldest.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/known_evict.h"
#include "journal/sqlite/retention.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include <errno.h>

#define LARGEST_RESERVE (16 << 20)
#define LARGEST_MARGIN  (8 << 20)
#define EVICT_PAGES     64
#define PROBE_MS        1000

/* Bytes of the database that are in use, without the dead letters, which have a limit of their own. */
static postern_status bytes_used(struct journal *journal, int64_t *used, postern_error *error)
{
    struct writer *writer = &journal->writer;
    int64_t pages = 0, free_pages = 0;
    postern_status status =
        database_number(&writer->database, error, 0, &pages, "PRAGMA page_count", NO_VALUES);
    if (status == POSTERN_OK)
        status =
            database_number(&writer->database, error, 0, &free_pages, "PRAGMA freelist_count", NO_VALUES);
    *used = (pages - free_pages) * writer->page_size - writer->dead.bytes - writer->group_dead.bytes;
    return status;
}

static int64_t reserve_in(int64_t max_size)
{
    return max_size / 8 < LARGEST_RESERVE ? max_size / 8 : LARGEST_RESERVE;
}

static int64_t margin_in(int64_t max_size)
{
    return max_size / 16 < LARGEST_MARGIN ? max_size / 16 : LARGEST_MARGIN;
}

int64_t space_usable(int64_t max_size)
{
    return max_size - reserve_in(max_size) - margin_in(max_size);
}

/* What is left for the write-ahead log. */
static int64_t reserve_of(const struct journal *journal)
{
    return reserve_in(journal->settings.max_size);
}

/* What pages and small tables may take. */
static int64_t limit_of(const struct journal *journal)
{
    return journal->settings.max_size - reserve_of(journal);
}

/* Room that is kept free for the answers under way when streams are told to stop. */
static int64_t margin_of(const struct journal *journal)
{
    return margin_in(journal->settings.max_size);
}

bool space_in_trouble(const struct space *space)
{
    return space->over_limit || space->disk_full || space->wal_stuck;
}

bool journal_is_full(struct journal *journal)
{
    return is_full(journal);
}

void journal_space(struct journal *journal, struct journal_space *space)
{
    pthread_mutex_lock(&journal->space_lock);
    *space = journal->space_shown;
    pthread_mutex_unlock(&journal->space_lock);
}

/* Another kind of trouble begins now, and so does its time. */
static void show_space(struct journal *journal, enum space_kind kind, const char *words)
{
    int64_t now = clock_monotonic_ms(journal->clock);
    pthread_mutex_lock(&journal->space_lock);
    struct journal_space *shown = &journal->space_shown;
    if (shown->kind != kind) {
        *shown = (struct journal_space){.kind = kind, .since_ms = now};
        if (words) text_to_string(text_of(words), shown->words, sizeof shown->words);
    }
    pthread_mutex_unlock(&journal->space_lock);
}

static enum space_kind kind_of(const struct space *space)
{
    return space->disk_full    ? space->disk_trouble
           : space->over_limit ? SPACE_JOURNAL_FULL
           : space->wal_stuck  ? SPACE_LOG_STUCK
                               : SPACE_FINE;
}

/* How long the trouble that stands there has lasted; only the writer changes it. */
static const char *lasted(const struct journal *journal, char words[32])
{
    return duration_format(clock_monotonic_ms(journal->clock) - journal->space_shown.since_ms, words);
}

static void say(struct journal *journal, enum notice_kind kind, const char *message)
{
    notice_say(journal, &(struct notice){.kind = kind, .message = message});
}

/* Whoever takes notices is told by update_full: other trouble may remain. */
static void say_ended(struct journal *journal, const char *message)
{
    notice_log(&(struct notice){.kind = NOTICE_JOURNAL_RECOVERED, .message = message});
    text_to_string(text_of(message), journal->writer.space.ended, sizeof journal->writer.space.ended);
}

static void tell_ended(struct journal *journal)
{
    static const struct notice remaining[] = {
        [SPACE_FINE] = {0},
        [SPACE_JOURNAL_FULL] = {.kind = NOTICE_JOURNAL_FULL,
                                .message = "still full of what is not delivered yet"},
        [SPACE_LOG_STUCK] = {.kind = NOTICE_JOURNAL_FULL,
                             .message = "still full: a process keeps its write-ahead log growing"},
        [SPACE_DISK_FULL] = {.kind = NOTICE_JOURNAL_UNWRITABLE, .message = "the disk is still full"},
        [SPACE_READ_ONLY] = {.kind = NOTICE_JOURNAL_UNWRITABLE,
                             .message = "the file system is still read-only"},
        [SPACE_CANNOT_WRITE] = {.kind = NOTICE_JOURNAL_UNWRITABLE, .message = "still cannot write"},
    };
    struct space *space = &journal->writer.space;
    if (!space->ended[0]) return;
    enum space_kind kind = kind_of(space);
    struct notice notice = {.kind = NOTICE_JOURNAL_RECOVERED, .message = space->ended};
    if (kind != SPACE_FINE) notice = remaining[kind];
    notice_emit(journal, &notice);
    space->ended[0] = '\0';
}

/* Between groups: tells everyone how things stand. */
static void update_full(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    bool full = space_in_trouble(&writer->space);
    show_space(journal, kind_of(&writer->space), NULL);
    bool was_full = atomic_exchange(&journal->full, full);
    if (full != writer->space.full_written && meta_set(&writer->database, "full", full, NULL) == POSTERN_OK)
        writer->space.full_written = full; /* for `status`; on a full disk it must do without */
    tell_ended(journal);
    if (was_full && !full) listeners_wake(&journal->listeners);
}

/* ---- The limit ---------------------------------------------------------------------------------- */

static void set_space_full(struct journal *journal, int64_t used)
{
    char used_words[32], limit_words[32], message[320];
    snprintf(message, sizeof message,
             "full: %s of max_size %s are in use and nothing of it may be removed yet. The sources are asked "
             "for no more until a delivery catches up (`postern status` shows which)",
             size_format(used, used_words), size_format(journal->settings.max_size, limit_words));
    if (!journal->writer.space.over_limit) say(journal, NOTICE_JOURNAL_FULL, message);
    journal->writer.space.over_limit = true;
}

static postern_status evict_bodies(struct journal *journal, int64_t wanted, int64_t *used,
                                   postern_error *error)
{
    postern_status status = bytes_used(journal, used, error);
    for (size_t removed = 1; status == POSTERN_OK && *used > wanted && removed > 0;) {
        status = retention_remove_bodies(journal, INT64_MAX, EVICT_PAGES, &removed, error);
        if (status == POSTERN_OK) status = bytes_used(journal, used, error);
    }
    return status;
}

/* What window streams remember gives way only where it takes more than half of the room: a journal full of it
 * could never settle. Where undelivered events take the room, the streams wait instead: they repeat nothing.
 * Delivered bodies are gone by now. */
static postern_status forget_oldest(struct journal *journal, int64_t used, int64_t *forgotten,
                                    postern_error *error)
{
    int64_t undelivered = 0;
    postern_status status =
        database_number(&journal->writer.database, error, 0, &undelivered,
                        "SELECT sum(body_bytes) FROM page WHERE body_bytes > 0", NO_VALUES);
    if (status < 0) return status;
    return known_evict(journal, used - undelivered > limit_of(journal) / 2, forgotten, error);
}

/* What is delivered goes first; then, where that was chosen, what a delivery gives up: it must cost the
 * others nothing, as repeats would for which a memory is missing; then the oldest memories. */
static postern_status evict_until(struct journal *journal, int64_t wanted, int64_t *used,
                                  postern_error *error)
{
    postern_status status = evict_bodies(journal, wanted, used, error);
    for (bool moved = true; status == POSTERN_OK && *used > wanted && moved;) {
        status = drop_oldest_pages(journal, &moved, error);
        if (status == POSTERN_OK && moved) status = evict_bodies(journal, wanted, used, error);
    }
    for (int64_t forgotten = 1; status == POSTERN_OK && *used > wanted && forgotten > 0;) {
        status = forget_oldest(journal, *used, &forgotten, error);
        if (status == POSTERN_OK) status = bytes_used(journal, used, error);
    }
    return status;
}

postern_status space_admit(struct journal *journal, int64_t bytes, postern_error *error)
{
    struct writer *writer = &journal->writer;
    int64_t used = 0, limit = limit_of(journal);
    if (writer->space.wal_stuck) {
        error_set(error, POSTERN_E_LIMIT,
                  "the journal's write-ahead log has grown too large: another process has been "
                  "reading the journal without an end");
        error_remedy(error, "end that process (a Postern command that is stopped, a database tool)");
        return POSTERN_E_LIMIT;
    }
    postern_status status = evict_until(journal, limit - bytes, &used, error);
    if (status < 0) return status;
    if (used + bytes <= limit) return POSTERN_OK;
    if (bytes > writer->space.needed) writer->space.needed = bytes < limit / 2 ? bytes : limit / 2;
    set_space_full(journal, used);
    char words[32];
    error_set(error, POSTERN_E_LIMIT,
              "the journal is full of events that are not delivered yet (max_size %s)",
              size_format(journal->settings.max_size, words));
    error_remedy(error, "see which delivery hangs with `postern status`, or raise the journal's max_size");
    return POSTERN_E_LIMIT;
}

static postern_status evict_some(struct journal *journal, void *removed, postern_error *error)
{
    return retention_remove_bodies(journal, INT64_MAX, EVICT_PAGES, removed, error);
}

static postern_status drop_some(struct journal *journal, void *moved, postern_error *error)
{
    return drop_oldest_pages(journal, moved, error);
}

static postern_status evict_down_to(struct journal *journal, int64_t wanted, int64_t *used,
                                    postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (size_t removed = 1; status == POSTERN_OK && *used > wanted && removed > 0;) {
        status = transaction_run(journal, evict_some, &removed, error);
        if (status == POSTERN_OK) status = bytes_used(journal, used, error);
    }
    return status;
}

static postern_status forget_some(struct journal *journal, void *forgotten, postern_error *error)
{
    int64_t used = 0;
    postern_status status = bytes_used(journal, &used, error);
    return status == POSTERN_OK ? forget_oldest(journal, used, forgotten, error) : status;
}

/* Looks how full it is: above the low-water mark it removes delivered pages, then what deliveries give up
 * that drop their oldest pages, then remembered ids. */
static postern_status review_limit(struct journal *journal, postern_error *error)
{
    struct writer *writer = &journal->writer;
    int64_t limit = limit_of(journal), margin = margin_of(journal), used = 0;
    postern_status status = bytes_used(journal, &used, error);
    if (status == POSTERN_OK) status = evict_down_to(journal, limit - 2 * margin, &used, error);
    for (bool moved = true; status == POSTERN_OK && used > limit - 2 * margin && moved;) {
        status = transaction_run(journal, drop_some, &moved, error);
        if (status == POSTERN_OK && moved) status = evict_down_to(journal, limit - 2 * margin, &used, error);
    }
    for (int64_t forgotten = 1; status == POSTERN_OK && used > limit - 2 * margin && forgotten > 0;) {
        status = transaction_run(journal, forget_some, &forgotten, error);
        if (status == POSTERN_OK) status = bytes_used(journal, &used, error);
    }
    if (status < 0) return status;
    int64_t needed = writer->space.needed > 2 * margin ? writer->space.needed : 2 * margin;
    if (used > limit - margin) {
        set_space_full(journal, used);
    } else if (writer->space.over_limit && used + needed <= limit) {
        char words[32], message[64];
        snprintf(message, sizeof message, "has space again after %s", lasted(journal, words));
        say_ended(journal, message);
        writer->space.over_limit = false;
        writer->space.needed = 0;
    }
    return POSTERN_OK;
}

/* ---- A full disk -------------------------------------------------------------------------------- */

static enum space_kind kind_of_failure(int system_error)
{
    return system_error == ENOSPC || system_error == EDQUOT ? SPACE_DISK_FULL
           : system_error == EROFS                          ? SPACE_READ_ONLY
                                                            : SPACE_CANNOT_WRITE;
}

void space_disk_failed(struct journal *journal, const postern_error *error)
{
    struct writer *writer = &journal->writer;
    enum space_kind kind = kind_of_failure(writer->database.system_error);
    if (!writer->space.disk_full) {
        log_error(POSTERN_LOG_ERROR, "journal", error);
        say(journal, NOTICE_JOURNAL_UNWRITABLE,
            kind == SPACE_DISK_FULL   ? "the disk is full; tries again every second"
            : kind == SPACE_READ_ONLY ? "the file system is read-only; tries again every second"
                                      : "cannot write; tries again every second");
    }
    writer->space.disk_full = true;
    writer->space.disk_trouble = kind;
    show_space(journal, kind, error->message);
    writer->space.next_probe_ms = clock_monotonic_ms(journal->clock) + PROBE_MS;
    writer->next_housekeeping_ms = 0;
    atomic_store(&journal->full, true);
}

static postern_status write_probe(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    if (failpoint("journal-probe")) return error_set(error, POSTERN_E_IO, "failpoint journal-probe");
    return database_run(&journal->writer.database, error,
                        "INSERT OR REPLACE INTO meta (key, value) VALUES ('probe', zeroblob(262144))",
                        NO_VALUES);
}

static postern_status remove_probe(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    return database_run(&journal->writer.database, error, "DELETE FROM meta WHERE key = 'probe'", NO_VALUES);
}

/* Where the file was written over, that is no trouble of the disk. */
static int checkpoint(struct journal *journal, int mode, int *in_log, int *copied)
{
    int code = sqlite3_wal_checkpoint_v2(journal->writer.database.handle, NULL, mode, in_log, copied);
    return held_place_is_written_over(&journal->held) ? SQLITE_BUSY : code;
}

/* Whether a quarter of a MiB finds its way to the disk. The log is emptied first: it would take it without
 * asking. */
static void probe_disk(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    int code = checkpoint(journal, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code != SQLITE_OK && code != SQLITE_BUSY) return;
    if (transaction_run(journal, write_probe, NULL, NULL) < 0) return;
    if (transaction_run(journal, remove_probe, NULL, NULL) < 0) return;
    writer->space.disk_full = false;
    char words[32], message[64];
    snprintf(message, sizeof message, "can write again after %s", lasted(journal, words));
    say_ended(journal, message);
}

void space_review(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    postern_error error = ERROR_INIT;
    if (writer->space.disk_full && clock_monotonic_ms(journal->clock) >= writer->space.next_probe_ms) {
        writer->space.next_probe_ms = clock_monotonic_ms(journal->clock) + PROBE_MS;
        probe_disk(journal);
    }
    if (!writer->space.disk_full && review_limit(journal, &error) < 0) space_disk_failed(journal, &error);
    known_evict_report(journal);
    update_full(journal);
}

/* ---- The write-ahead log ------------------------------------------------------------------------ */

void wal_checkpoint(struct journal *journal, bool all)
{
    struct writer *writer = &journal->writer;
    int64_t bytes = writer->wal_pages * writer->page_size;
    int64_t reserve = reserve_of(journal);
    if (bytes == 0 || (!all && bytes < reserve / 4)) return;
    /* Passive never waits; emptying the file waits for readers to finish, which are short, but must not for
     * long. */
    int mode = all || bytes >= reserve ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int in_log = 0, copied = 0;
    sqlite3_busy_timeout(writer->database.handle, 50);
    int code = checkpoint(journal, mode, &in_log, &copied);
    sqlite3_busy_timeout(writer->database.handle, WRITER_BUSY_MS);
    if (code == SQLITE_OK && in_log == copied) writer->wal_pages = 0;
    if (code != SQLITE_OK && code != SQLITE_BUSY) {
        postern_error error = ERROR_INIT;
        database_failure(&writer->database, code, &error);
        space_disk_failed(journal, &error);
    }
    bool stuck = writer->wal_pages * writer->page_size > 4 * reserve;
    if (stuck && !writer->space.wal_stuck)
        say(journal, NOTICE_JOURNAL_FULL,
            "a process reads the journal without an end and keeps its write-ahead log growing; the sources "
            "are "
            "asked for no more until it ends");
    if (!stuck && writer->space.wal_stuck) say_ended(journal, "the write-ahead log could be emptied again");
    writer->space.wal_stuck = stuck;
    update_full(journal);
}
