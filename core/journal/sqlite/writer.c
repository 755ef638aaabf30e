/* The writer thread: takes all commits that wait, puts them into one transaction, one savepoint each, so that
 * one that fails fails alone and many share one fsync. Between the groups it keeps house. */
#include "base/failpoint.h"
#include "journal/sqlite/store.h"
#include <malloc.h>

#define GROUP_COMMITS   256
#define GROUP_BYTES     ((size_t)32 << 20)
#define TICK_MS         10000
#define IDLE_TICK_MS    60000
#define TROUBLE_TICK_MS 1000
#define IDS_UNUSED_MS   60000

struct group {
    struct task *tasks;
    struct journal_commit *commits;
};

static struct database *writing(struct journal *journal)
{
    return &journal->writer.database;
}

/* ---- One transaction ---------------------------------------------------------------------------- */

static postern_status begin(struct journal *journal, postern_error *error)
{
    journal->writer.group_dead_count = journal->writer.group_dead_bytes = 0;
    return database_run(writing(journal), error, "BEGIN IMMEDIATE", NO_VALUES);
}

static postern_status commit(struct journal *journal, const char *before, const char *after,
                             postern_error *error)
{
    if (failpoint(before)) return error_set(error, POSTERN_E_IO, "failpoint %s", before);
    postern_status status = database_run(writing(journal), error, "COMMIT", NO_VALUES);
    if (status == POSTERN_OK) {
        failpoint(after);
        journal->writer.dead_count += journal->writer.group_dead_count;
        journal->writer.dead_bytes += journal->writer.group_dead_bytes;
    }
    return status;
}

static void roll_back(struct journal *journal)
{
    if (!sqlite3_get_autocommit(writing(journal)->handle))
        database_run(writing(journal), NULL, "ROLLBACK", NO_VALUES);
    journal->writer.group_dead_count = journal->writer.group_dead_bytes = 0;
}

postern_status writer_transaction(struct journal *journal,
                                  postern_status (*run)(struct journal *journal, void *context,
                                                        postern_error *error),
                                  void *context, postern_error *error)
{
    postern_status status = begin(journal, error);
    if (status == POSTERN_OK) status = run(journal, context, error);
    if (status == POSTERN_OK) status = commit(journal, "house-before-commit", "house-after-commit", error);
    if (status < 0) roll_back(journal);
    return status;
}

/* Runs one part of the group; a part that fails leaves no trace. *broken: SQLite gave up the whole
 * transaction. */
static postern_status run_part(struct journal *journal,
                               postern_status (*run)(struct journal *journal, void *context,
                                                     postern_error *error),
                               void *context, bool *broken, postern_error *error)
{
    int64_t count = journal->writer.group_dead_count, bytes = journal->writer.group_dead_bytes;
    postern_status status = database_run(writing(journal), error, "SAVEPOINT part", NO_VALUES);
    if (status == POSTERN_OK) status = run(journal, context, error);
    if (status == POSTERN_OK) status = database_run(writing(journal), error, "RELEASE part", NO_VALUES);
    if (status == POSTERN_OK) return status;
    journal->writer.group_dead_count = count;
    journal->writer.group_dead_bytes = bytes;
    *broken = sqlite3_get_autocommit(writing(journal)->handle) != 0 ||
              database_run(writing(journal), NULL, "ROLLBACK TO part", NO_VALUES) < 0 ||
              database_run(writing(journal), NULL, "RELEASE part", NO_VALUES) < 0;
    return status;
}

/* ---- One group ---------------------------------------------------------------------------------- */

static postern_status apply_commit(struct journal *journal, void *context, postern_error *error)
{
    return commit_apply(journal, context, error);
}

static postern_status apply_group(struct journal *journal, struct group *group, postern_error *error)
{
    bool broken = false;
    for (struct journal_commit *each = group->commits; each; each = each->next) {
        each->failure = ERROR_INIT;
        each->forgotten_ids = 0;
    }
    postern_status status = begin(journal, error);
    for (struct task *task = group->tasks; status == POSTERN_OK && task; task = task->next) {
        task->status = run_part(journal, task->run, task->context, &broken, task->error);
        if (broken) status = error_set(error, POSTERN_E_IO, "the journal's transaction was given up");
    }
    for (struct journal_commit *each = group->commits; status == POSTERN_OK && each; each = each->next) {
        postern_status failed = run_part(journal, apply_commit, each, &broken, &each->failure);
        each->failure.code = failed;
        if (failed == POSTERN_E_IO) space_disk_failed(journal, &each->failure);
        if (broken) {
            if (error) *error = each->failure;
            status = failed;
        }
    }
    if (status == POSTERN_OK)
        status = commit(journal, "journal-before-commit", "journal-after-commit", error);
    if (status < 0) roll_back(journal);
    return status;
}

/* Brings what is kept in memory to where the file is now. True if pages came. */
static bool publish(struct journal *journal, const struct journal_commit *commit)
{
    if (commit->delivery && commit->delivery->cursor > 0)
        cursors_move(journal, commit->delivery->delivery_id, commit->delivery->cursor);
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
        /* Without its names in lasting memory it must be read from the file. */
        page_cache_put(&journal->cache, page_share(page), name && journal->writer.cursor_count > 0);
    }
    if (commit->forgotten_ids)
        known_ids_forget(&journal->ids, commit->stream->id, (size_t)commit->forgotten_ids);
    return commit->pages != NULL;
}

static void finish_tasks(struct journal *journal, struct task *tasks, postern_status status,
                         const postern_error *error)
{
    if (!tasks) return;
    pthread_mutex_lock(&journal->writer.lock);
    for (struct task *task = tasks; task; task = task->next) {
        if (status < 0 && task->status >= 0) {
            task->status = status;
            if (task->error) *task->error = *error;
        }
        task->finished = true;
    }
    pthread_cond_broadcast(&journal->writer.finished);
    pthread_mutex_unlock(&journal->writer.lock);
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

static void run_group(struct journal *journal, struct group *group)
{
    postern_error error = ERROR_INIT;
    bool pages = false;
    postern_status status = apply_group(journal, group, &error);
    if (status == POSTERN_OK) {
        if (group->tasks && cursors_load(journal, &error) < 0)
            log_error(POSTERN_LOG_ERROR, "journal", &error);
        for (struct journal_commit *each = group->commits; each; each = each->next)
            if (each->failure.code == POSTERN_OK) pages |= publish(journal, each);
        page_cache_drop(&journal->cache, cursors_lowest(journal));
    } else if (status == POSTERN_E_IO) {
        space_disk_failed(journal, &error);
    }
    error.code = status;
    finish_tasks(journal, group->tasks, status, &error);
    finish_commits(group->commits, status, &error);
    if (pages) listeners_wake(journal);
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
        wal_checkpoint(journal, true);
        readers_release_memory(&journal->readers);
        database_release_memory(&writer->database);
        page_release_memory();
        writer->trimmed = freed = true;
    }
    if (freed) malloc_trim(0);
}

static bool in_trouble(const struct writer *writer)
{
    return writer->space_full || writer->disk_full || writer->wal_stuck;
}

static bool work_waits(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    bool waits = writer->tasks || writer->commits || writer->stop;
    pthread_mutex_unlock(&writer->lock);
    return waits;
}

static void keep_house(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    int64_t now = clock_monotonic_ms(journal->clock);
    if (now < writer->next_retention_ms) return;
    if (writer->wal_stuck) wal_checkpoint(journal, true);
    bool more;
    do
        more = retention_step(journal);
    while (more && !work_waits(writer));
    wal_checkpoint(journal, false);
    space_review(journal);
    trim(journal, now);
    int64_t pause = in_trouble(writer) ? TROUBLE_TICK_MS : writer->trimmed ? IDLE_TICK_MS : TICK_MS;
    writer->next_retention_ms =
        more ? now : now + pause; /* more: a step behind each group until it is done */
}

/* ---- The thread --------------------------------------------------------------------------------- */

static struct journal_commit *take_commits(struct writer *writer)
{
    struct journal_commit *first = writer->commits, **end = &writer->commits;
    size_t bytes = 0;
    for (size_t count = 0; *end && count < GROUP_COMMITS && bytes < GROUP_BYTES; count++) {
        bytes += journal_page_bytes((*end)->pages);
        end = &(*end)->next;
    }
    struct journal_commit *rest = *end;
    *end = NULL;
    writer->commits = rest;
    if (!rest) writer->commits_tail = &writer->commits;
    return first;
}

/* Waits for work or until housekeeping is due. False: told to stop, and nothing is left. */
static bool wait_for_work(struct journal *journal, struct group *group)
{
    struct writer *writer = &journal->writer;
    pthread_mutex_lock(&writer->lock);
    while (!writer->tasks && !writer->commits && !writer->stop &&
           clock_monotonic_ms(journal->clock) < writer->next_retention_ms)
        clock_wait(journal->clock, &writer->wake, &writer->lock, writer->next_retention_ms);
    group->tasks = STEAL_POINTER(writer->tasks);
    writer->tasks_tail = &writer->tasks;
    group->commits = take_commits(writer);
    bool stop = writer->stop && !group->tasks && !group->commits;
    pthread_mutex_unlock(&writer->lock);
    return !stop;
}

static void *writer_main(void *context)
{
    struct journal *journal = context;
    struct writer *writer = &journal->writer;
    struct group group = {0};
    while (wait_for_work(journal, &group)) {
        if (group.tasks || group.commits) {
            run_group(journal, &group);
            int64_t now = clock_monotonic_ms(journal->clock);
            writer->idle_since_ms = now;
            writer->trimmed = false;
            if (writer->next_retention_ms > now + TICK_MS) writer->next_retention_ms = now + TICK_MS;
        }
        keep_house(journal);
    }
    return NULL;
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
    /* A checkpoint in the middle of a commit would make it late: wal_checkpoint does it behind the group. */
    status =
        database_script(&writer->database,
                        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -1024;"
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
    struct writer *writer = &journal->writer;
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->wake, NULL);
    pthread_cond_init(&writer->finished, NULL);
    writer->tasks_tail = &writer->tasks;
    writer->commits_tail = &writer->commits;
    return open_database(journal, error);
}

postern_status writer_start(struct journal *journal, postern_error *error)
{
    struct writer *writer = &journal->writer;
    writer->idle_since_ms = clock_monotonic_ms(journal->clock);
    int failed = pthread_create(&writer->thread, NULL, writer_main, journal);
    if (failed) return error_set_errno(error, POSTERN_E_MEMORY, failed, "cannot start the journal's writer");
    return POSTERN_OK;
}

void writer_stop(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    pthread_mutex_lock(&writer->lock);
    writer->stop = true;
    pthread_cond_signal(&writer->wake);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
}

void writer_close(struct journal *journal)
{
    struct writer *writer = &journal->writer;
    database_close(&writer->database);
    free(writer->cursors);
    pthread_cond_destroy(&writer->finished);
    pthread_cond_destroy(&writer->wake);
    pthread_mutex_destroy(&writer->lock);
}
