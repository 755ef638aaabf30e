#include "journal/sqlite/writer.h"
#include "base/smaller.h"
#include "base/thread.h"
#include "journal/sqlite/commit_parts.h"
#include "journal/sqlite/retention.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include <malloc.h>

#define TICK_MS         10000
#define IDLE_TICK_MS    60000
#define TROUBLE_TICK_MS 1000
#define IDS_UNUSED_MS   60000

/* ---- One group ---------------------------------------------------------------------------------- */

static postern_status apply_commit(struct journal *journal, void *context, postern_error *error)
{
    postern_status status = idle_polls_apply_before(journal, context, error);
    return status == POSTERN_OK ? commit_apply(journal, context, error) : status;
}

static postern_status apply_group(struct journal *journal, struct writer_group *group, enum idle_step idle,
                                  postern_error *error)
{
    bool broken = false;
    for (struct journal_commit *each = group->commits; each; each = each->next) {
        each->failure = ERROR_INIT;
        each->forgotten_ids = 0;
    }
    postern_status status = transaction_begin(journal, error);
    if (status == POSTERN_OK) status = idle_polls_step(journal, idle, error);
    for (struct writer_task *task = group->tasks; status == POSTERN_OK && task; task = task->next) {
        task->status = transaction_part(journal, task->run, task->context, &broken, task->error);
        if (broken) status = error_set(error, POSTERN_E_IO, "the journal's transaction was given up");
    }
    for (struct journal_commit *each = group->commits; status == POSTERN_OK && each; each = each->next) {
        postern_status failed = transaction_part(journal, apply_commit, each, &broken, &each->failure);
        if (failed < 0 && each->notice && !broken) failed = notice_failed(journal, failed, &each->failure);
        if (failed < 0) idle_polls_give_up(&journal->writer.idle, each);
        each->failure.code = failed;
        if (failed == POSTERN_E_IO) space_disk_failed(journal, &each->failure);
        if (broken) {
            if (error) *error = each->failure;
            status = failed;
        }
    }
    if (status == POSTERN_OK)
        status = forget_clock_keep(&journal->forget_clock, &journal->writer.database, false, error);
    if (status == POSTERN_OK)
        status = transaction_commit(journal, "journal-before-commit", "journal-after-commit", error);
    if (status < 0) transaction_roll_back(journal);
    return status;
}

/* Brings what is kept in memory to where the file is now. True if pages came. */
static bool publish(struct journal *journal, const struct journal_commit *commit)
{
    if (commit->delivery && commit->delivery->cursor > 0)
        cursors_move(&journal->writer.cursors, commit->delivery->delivery_id, commit->delivery->cursor);
    for (struct journal_page *packed = commit->pages; packed; packed = packed->next) {
        struct page *page = packed->page;
        const struct stream_name *name = NULL;
        if (stream_names_get(&journal->names, commit->stream->id, &name, NULL) < 0) name = NULL;
        page->view.sequence = packed->sequence;
        page->view.stream_id = commit->stream->id;
        page->view.received_ms = commit->received_ms;
        page->view.account = name ? name->account : commit->stream->account;
        page->view.source = name ? name->source : commit->stream->source;
        page->view.stream = name ? name->stream : commit->stream->name;
        known_ids_add(&journal->ids, commit->stream->id, page->ids, page->view.event_count);
        fold_note(&journal->writer.fold, (int64_t)page->view.event_count);
        /* Without its names in lasting memory it must be read from the file. */
        page_cache_put(&journal->cache, page_share(page), name && journal->writer.cursors.count > 0);
    }
    if (commit->forgotten_ids)
        known_ids_forget(&journal->ids, commit->stream->id, (size_t)commit->forgotten_ids);
    return commit->pages != NULL;
}

static void finish_commits(struct journal_commit *commits, postern_status status, const postern_error *error)
{
    while (commits) {
        struct journal_commit *each = commits;
        commits = each->next; /* `done` may free the commit */
        each->next = NULL;
        if (status < 0 && each->failure.code == POSTERN_OK) each->failure = *error;
        postern_status result = each->failure.code;
        if (each->done) each->done(each, result, result < 0 ? &each->failure : NULL);
    }
}

/* Whether a commit before it in the group changes the same stream. */
static bool follows_another(const struct writer_group *group, const struct journal_commit *commit)
{
    for (const struct journal_commit *each = group->commits; each != commit; each = each->next)
        if (each->stream && commit->stream && each->stream->id == commit->stream->id) return true;
    return false;
}

/* Commits of idle polls that need not be stored yet are done. */
static void hold_back_idle(struct journal *journal, struct writer_group *group)
{
    struct journal_commit **place = &group->commits;
    while (*place) {
        struct journal_commit *each = *place;
        if (!each->may_wait || follows_another(group, each) || !idle_polls_take(journal, each)) {
            place = &each->next;
            continue;
        }
        *place = each->next;
        each->next = NULL;
        each->failure = ERROR_INIT;
        finish_commits(each, POSTERN_OK, NULL);
    }
}

/* A task may read or change what idle polls say: they are stored before it. */
static void run_group(struct journal *journal, struct writer_group *group, enum idle_step idle)
{
    postern_error error = ERROR_INIT;
    bool pages = false;
    postern_status status = apply_group(journal, group, group->tasks ? IDLE_STORED : idle, &error);
    if (status == POSTERN_OK) {
        idle_polls_stored(journal);
        if (group->tasks && cursors_load(&journal->writer.cursors, &journal->writer.database, &error) < 0)
            log_error(POSTERN_LOG_ERROR, "journal", &error);
        for (struct journal_commit *each = group->commits; each; each = each->next)
            if (each->failure.code == POSTERN_OK) pages |= publish(journal, each);
        page_cache_drop(&journal->cache, cursors_lowest(&journal->writer.cursors));
    } else {
        idle_polls_failed(journal);
        if (status == POSTERN_E_IO) space_disk_failed(journal, &error);
    }
    error.code = status;
    writer_queue_finish(&journal->queue, group->tasks, status, &error);
    finish_commits(group->commits, status, &error);
    if (pages) listeners_wake(&journal->listeners);
    if (status == POSTERN_E_STOPPED) return; /* the file is lost */
    wal_checkpoint(journal, false);
    space_review(journal);
}

/* ---- Housekeeping ------------------------------------------------------------------------------- */

/* Gives memory back once nothing has happened for a while. */
static void trim(struct journal *journal, int64_t now_ms)
{
    struct writer *writer = &journal->writer;
    bool freed = known_ids_release_memory(&journal->ids, now_ms - IDS_UNUSED_MS);
    if (!writer->trimmed && now_ms - writer->idle_since_ms >= TICK_MS) {
        fold_when_idle(&writer->fold);
        wal_checkpoint(journal, true);
        readers_release_memory(&journal->readers);
        database_release_memory(&writer->database);
        page_release_memory();
        writer->trimmed = freed = true;
    }
    if (freed) malloc_trim(0);
}

static void keep_house(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    int64_t now = clock_monotonic_ms(journal->clock);
    if (now < writer->next_housekeeping_ms) return;
    if (held_place_check(&journal->held, NULL) < 0) {
        writer->next_housekeeping_ms = now + TICK_MS;
        return;
    }
    if (writer->space.wal_stuck) wal_checkpoint(journal, true);
    bool more;
    do {
        pulse_step(&writer->pulse, "cleaning up", clock_monotonic_ms(journal->clock));
        more = fold_step(journal);
        more = retention_step(journal) || more;
    } while (more && !writer_queue_has_work(&journal->queue));
    wal_checkpoint(journal, false);
    space_review(journal);
    trim(journal, now);
    int64_t pause = space_in_trouble(&writer->space) ? TROUBLE_TICK_MS
                    : writer->trimmed                ? IDLE_TICK_MS
                                                     : TICK_MS;
    writer->next_housekeeping_ms =
        more || fold_is_due(journal) ? now : now + pause; /* a step behind each group until it is done */
}

/* ---- The thread --------------------------------------------------------------------------------- */

static void *writer_main(void *context)
{
    struct journal *journal = context;
    struct writer *writer = &journal->writer;
    struct writer_group group = {0};
    if (idle_polls_wait(&writer->idle)) run_group(journal, &group, IDLE_STORED); /* of an earlier run */
    while (writer_queue_take(&journal->queue, journal->clock,
                             smaller(writer->next_housekeeping_ms, idle_polls_due_ms(&writer->idle)),
                             &group)) {
        pulse_step(&writer->pulse, "storing", clock_monotonic_ms(journal->clock));
        hold_back_idle(journal, &group);
        bool idle_is_due = idle_polls_due_ms(&writer->idle) <= clock_monotonic_ms(journal->clock);
        if (group.tasks || group.commits || idle_is_due) {
            run_group(journal, &group, idle_is_due ? IDLE_NOTED : IDLE_WAITS);
            int64_t now = clock_monotonic_ms(journal->clock);
            writer->idle_since_ms = now;
            writer->trimmed = false;
            if (writer->next_housekeeping_ms > now + TICK_MS) writer->next_housekeeping_ms = now + TICK_MS;
            if (fold_is_due(journal)) writer->next_housekeeping_ms = now;
        }
        pulse_step(&writer->pulse, "cleaning up", clock_monotonic_ms(journal->clock));
        keep_house(journal);
        pulse_rest(&writer->pulse);
    }
    if (idle_polls_wait(&writer->idle)) run_group(journal, &group, IDLE_STORED);
    return NULL;
}

struct pulse *journal_pulse(struct journal *journal)
{
    return &journal->writer.pulse;
}

static int note_wal_pages(void *context, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct writer *)context)->wal_pages = pages;
    return SQLITE_OK;
}

static postern_status open_database(struct journal *journal, postern_error *error)
{
    struct writer *writer = &journal->writer;
    postern_status status =
        database_open(&writer->database, journal->path, SQLITE_OPEN_READWRITE, WRITER_BUSY_MS, error);
    if (status < 0) return status;
    held_writes_start(&writer->held_writes, writer->database.handle, &journal->held);
    /* 4 MiB of pages: with 1 MiB a group's pages were written twice, to make room for others. A checkpoint in
     * the middle of a commit would make it late: wal_checkpoint does it behind the group. */
    status =
        database_script(&writer->database,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;"
                        "PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 4194304;"
                        "PRAGMA foreign_keys = OFF",
                        error);
    sqlite3_wal_hook(writer->database.handle, note_wal_pages, writer);
    if (status == POSTERN_OK)
        status = database_number(&writer->database, error, 4096, &writer->page_size, "PRAGMA page_size",
                                 NO_VALUES);
    return status;
}

postern_status writer_open(struct journal *journal, postern_error *error)
{
    writer_queue_start(&journal->queue);
    return open_database(journal, error);
}

postern_status writer_start(struct journal *journal, postern_error *error)
{
    struct writer *writer = &journal->writer;
    writer->idle_since_ms = clock_monotonic_ms(journal->clock);
    fold_start(&writer->fold);
    return thread_start(&writer->thread, "journal", writer_main, journal, error);
}

void writer_stop(struct journal *journal)
{
    writer_queue_close(&journal->queue);
    pthread_join(journal->writer.thread, NULL);
}

void writer_close(struct journal *journal)
{
    database_close(&journal->writer.database);
    cursors_free(&journal->writer.cursors);
    idle_polls_free(&journal->writer.idle);
    writer_queue_stop(&journal->queue);
}
