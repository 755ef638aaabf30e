/* Opening and closing. */
#include "base/files.h"
#include "journal/sqlite/facts.h"
#include "journal/sqlite/schema.h"
#include "journal/sqlite/store.h"
#include "journal/sqlite/transaction.h"
#include "journal/sqlite/writer.h"
#include "journal/state_directory.h"
#include <errno.h>

static struct journal *journal_new(const char *directory, const struct clock *clock)
{
    struct journal *journal = calloc(1, sizeof *journal);
    if (!journal) return NULL;
    journal->lock_fd = journal->directory_fd = -1;
    journal->clock = clock;
    pthread_mutex_init(&journal->space_lock, NULL);
    held_place_start(&journal->held);
    journal->directory = strdup(directory);
    journal->path = path_join(directory, "journal.db");
    if (journal->directory && journal->path) return journal;
    held_place_free(&journal->held);
    pthread_mutex_destroy(&journal->space_lock);
    free(journal->directory);
    free(journal->path);
    free(journal);
    return NULL;
}

static void journal_free(struct journal *journal)
{
    held_place_free(&journal->held);
    if (journal->lock_fd >= 0) close(journal->lock_fd);
    if (journal->directory_fd >= 0) close(journal->directory_fd);
    pthread_mutex_destroy(&journal->space_lock);
    free(journal->directory);
    free(journal->path);
    free(journal);
}

static void start_parts(struct journal *journal, int64_t newest)
{
    size_t ids_memory = is_reader(journal) ? 0 : (size_t)journal->settings.ids_memory;
    hands_start(&journal->hands);
    listeners_start(&journal->listeners);
    notices_start(&journal->notices);
    readers_start(&journal->readers, journal->path, &journal->held);
    known_ids_start(&journal->ids, &journal->readers, journal->clock, ids_memory);
    stream_names_start(&journal->names, &journal->readers);
    page_cache_start(&journal->cache, (size_t)journal->settings.cache_size, newest);
}

static void stop_parts(struct journal *journal)
{
    page_cache_stop(&journal->cache);
    stream_names_stop(&journal->names);
    known_ids_stop(&journal->ids);
    readers_stop(&journal->readers);
    notices_stop(&journal->notices);
    listeners_stop(&journal->listeners);
    hands_stop(&journal->hands);
}

static postern_status check_files(const struct journal *journal, postern_error *error)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    postern_status status = POSTERN_OK;
    for (size_t i = 0; status == POSTERN_OK && i < sizeof suffixes / sizeof *suffixes; i++) {
        _cleanup_(freep) char *file = NULL;
        if (asprintf(&file, "%s%s", journal->path, suffixes[i]) < 0) return error_no_memory(error, NULL);
        status = state_file_check(file, error);
    }
    return status;
}

/* What the writer keeps in memory of the database. */
static postern_status load_state(struct journal *journal, int64_t *newest, postern_error *error)
{
    struct writer *writer = &journal->writer;
    postern_status status = cursors_load(&writer->cursors, &writer->database, error);
    int64_t count = 0, bytes = 0;
    if (status == POSTERN_OK) status = dead_totals(&writer->database, &count, &bytes, error);
    atomic_store(&writer->dead.count, count);
    atomic_store(&writer->dead.bytes, bytes);
    if (status == POSTERN_OK) status = last_sequence(&writer->database, newest, error);
    return status;
}

static postern_status announce(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    struct database *database = &journal->writer.database;
    postern_status status = meta_set(database, "max_size", journal->settings.max_size, error);
    if (status == POSTERN_OK) status = meta_set(database, "dead_limit", journal->settings.dead_limit, error);
    return status == POSTERN_OK ? meta_set(database, "full", 0, error) : status;
}

static postern_status prepare_database(struct journal *journal, postern_error *error)
{
    postern_status status = check_files(journal, error);
    if (status == POSTERN_OK)
        status = schema_create(journal->directory, journal->path, SCHEMA_VERSION, error);
    if (status == POSTERN_OK) status = schema_check_file(journal->path, error);
    return status;
}

static postern_status migrate(struct journal *journal, postern_error *error)
{
    int version = 0;
    postern_status status = schema_version(&journal->writer.database, &version, error);
    if (status < 0 || version == SCHEMA_VERSION) return status;
    log_write(POSTERN_LOG_INFO, "journal", "bringing it from version %d to %d", version, SCHEMA_VERSION);
    return schema_migrate(&journal->writer.database, SCHEMA_VERSION, error);
}

static postern_status open_database(struct journal *journal, postern_error *error)
{
    int64_t newest = 0;
    postern_status status = migrate(journal, error);
    if (status == POSTERN_OK) status = schema_check_tables(&journal->writer.database, error);
    if (status == POSTERN_OK) status = load_state(journal, &newest, error);
    if (status < 0) return status;
    status = forget_clock_start(&journal->forget_clock, journal->clock, &journal->writer.database, error);
    if (status < 0) return status;
    start_parts(journal, newest);
    char damage[200];
    status = idle_polls_start(journal, error);
    if (!schema_notices_are_whole(&journal->writer.database, damage)) notices_give_up(journal, damage);
    /* A full disk must not keep the daemon from starting: what is in the journal can still be delivered. */
    postern_error announcing = ERROR_INIT;
    if (transaction_run(journal, announce, NULL, &announcing) < 0) space_disk_failed(journal, &announcing);
    if (status == POSTERN_OK)
        status = held_place_note(&journal->held, journal->directory, journal->path, error);
    if (status == POSTERN_OK) status = writer_start(journal, error);
    if (status == POSTERN_OK) return status;
    stop_parts(journal);
    forget_clock_stop(&journal->forget_clock);
    return status;
}

postern_status journal_open(const char *directory, const struct journal_settings *settings,
                            const struct clock *clock, struct journal **journal, postern_error *error)
{
    char real[PATH_MAX];
    postern_status status = state_directory_open(directory, real, error);
    if (status < 0) return status;
    struct journal *fresh = journal_new(real, clock);
    if (!fresh) return error_no_memory(error, NULL);
    fresh->settings = *settings;
    status = state_lock_take(real, &fresh->lock_fd, &fresh->directory_fd, error);
    if (status == POSTERN_OK) status = prepare_database(fresh, error);
    if (status == POSTERN_OK) {
        status = writer_open(fresh, error);
        if (status == POSTERN_OK) status = open_database(fresh, error);
        if (status < 0) writer_close(fresh);
    }
    if (status < 0) {
        journal_free(fresh);
        return status;
    }
    *journal = fresh;
    return POSTERN_OK;
}

static postern_status check_version(struct journal *journal, postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(&journal->readers, error);
    if (!reading.database) return reading.status;
    int version = 0;
    postern_status status = schema_version(reading.database, &version, error);
    if (status < 0 || version == SCHEMA_VERSION) return status;
    error_set(error, POSTERN_E_CONFIG,
              "%s was written by an older Postern (journal version %d, this one knows %d)", journal->path,
              version, SCHEMA_VERSION);
    error_remedy(error, "restart the daemon with this version: it brings the journal up to date");
    return POSTERN_E_CONFIG;
}

postern_status journal_check_place(struct journal *journal, postern_error *error)
{
    return held_place_check(&journal->held, error);
}

const char *journal_directory(const struct journal *journal)
{
    return journal->directory;
}

postern_status journal_open_reader(const char *directory, const struct clock *clock, struct journal **journal,
                                   postern_error *error)
{
    char real[PATH_MAX]; /* all connections open the same file, whatever becomes of a link */
    struct journal *fresh = journal_new(realpath(directory, real) ? real : directory, clock);
    if (!fresh) return error_no_memory(error, NULL);
    if (access(fresh->path, R_OK | W_OK) < 0) {
        int reason = errno;
        error_set_errno(error, POSTERN_E_IO, reason, "cannot open %s", fresh->path);
        error_remedy(error, reason == ENOENT ? "has Postern run with this configuration yet?"
                            : reason == EROFS
                                ? "its file system is read-only: see in the system's log why, then remount "
                                  "it read-write"
                                : "run this command as the user that runs Postern");
        journal_free(fresh);
        return POSTERN_E_IO;
    }
    start_parts(fresh, 0);
    postern_status status = check_version(fresh, error);
    if (status < 0) {
        stop_parts(fresh);
        journal_free(fresh);
        return status;
    }
    *journal = fresh;
    return POSTERN_OK;
}

static postern_status keep_time(struct journal *journal, void *context, postern_error *error)
{
    (void)context;
    return forget_clock_keep(&journal->forget_clock, &journal->writer.database, true, error);
}

void journal_close(struct journal *journal)
{
    if (!journal) return;
    if (!is_reader(journal)) {
        writer_stop(journal);
        notices_end(&journal->notices);
        transaction_run(journal, keep_time, NULL, NULL); /* without it a little more is remembered */
        forget_clock_stop(&journal->forget_clock);
        readers_release_memory(&journal->readers);
        wal_checkpoint(journal, true);
        writer_close(journal);
    }
    stop_parts(journal);
    journal_free(journal);
}
