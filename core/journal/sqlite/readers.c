#include "journal/sqlite/readers.h"
#include "base/error.h"
#include <stdlib.h>

#define BUSY_MS 2000 /* readers of a write-ahead log wait only for its recovery */

void readers_start(struct readers *readers, const char *path, struct held_place *held)
{
    *readers = (struct readers){.path = path, .held = held};
    pthread_mutex_init(&readers->lock, NULL);
}

static void close_one(struct database *database)
{
    if (!database) return;
    database_close(database);
    free(database);
}

void readers_release_memory(struct readers *readers)
{
    for (;;) {
        pthread_mutex_lock(&readers->lock);
        struct database *database = readers->idle_count ? readers->idle[--readers->idle_count] : NULL;
        pthread_mutex_unlock(&readers->lock);
        if (!database) return;
        close_one(database);
    }
}

void readers_stop(struct readers *readers)
{
    readers_release_memory(readers);
    pthread_mutex_destroy(&readers->lock);
}

static postern_status open_one(const struct readers *readers, struct database **opened, postern_error *error)
{
    struct database *database = malloc(sizeof *database);
    if (!database) return error_no_memory(error, NULL);
    /* Not SQLITE_OPEN_READONLY: a reader must be able to make the shared-memory file when no daemon runs. The
     * last connection to close must not checkpoint either: that is the daemon's. */
    postern_status status = database_open(database, readers->path, SQLITE_OPEN_READWRITE, BUSY_MS, error);
    if (status < 0) {
        free(database);
        return status;
    }
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    status = database_script(database, "PRAGMA query_only = ON; PRAGMA cache_size = -64", error);
    if (status == POSTERN_OK) status = held_place_check(readers->held, error); /* the name led to ours */
    if (status < 0)
        close_one(database);
    else
        *opened = database;
    return status;
}

struct reader_connection reading_begin(struct readers *readers, postern_error *error)
{
    pthread_mutex_lock(&readers->lock);
    struct database *database = readers->idle_count ? readers->idle[--readers->idle_count] : NULL;
    pthread_mutex_unlock(&readers->lock);
    struct reader_connection reading = {readers, database, POSTERN_OK};
    if (!database) reading.status = open_one(readers, &reading.database, error);
    return reading;
}

void reading_end(struct reader_connection *reading)
{
    struct readers *readers = reading->readers;
    struct database *database = reading->database;
    if (!database) return;
    pthread_mutex_lock(&readers->lock);
    bool kept = readers->idle_count < READERS_KEPT;
    if (kept) readers->idle[readers->idle_count++] = database;
    pthread_mutex_unlock(&readers->lock);
    if (!kept) close_one(database);
}
