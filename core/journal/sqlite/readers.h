/* A few connections for reading, so that any thread may read without waiting for another or for the writer.
 */
#ifndef POSTERN_JOURNAL_SQLITE_READERS_H
#define POSTERN_JOURNAL_SQLITE_READERS_H

#include "journal/held_place.h"
#include "journal/sqlite/database.h"
#include <pthread.h>

#define READERS_KEPT 4

struct readers {
    const char *path;
    struct held_place *held; /* by which a new connection is known to be to the same file */
    pthread_mutex_t lock;
    struct database *idle[READERS_KEPT];
    size_t idle_count;
};

void readers_start(struct readers *readers, const char *path, struct held_place *held);
void readers_stop(struct readers *readers);
/* A connection for the length of one call:
 *     _cleanup_(reading_end) struct reader_connection reading = reading_begin(readers, error);
 *     if (!reading.database) return reading.status;
 * Statements must end before it does. */
struct reader_connection {
    struct readers *readers;
    struct database *database; /* NULL: could not be opened */
    postern_status status;     /* why not */
};
struct reader_connection reading_begin(struct readers *readers, postern_error *error);
void reading_end(struct reader_connection *reading);
/* Closes the idle connections. */
void readers_release_memory(struct readers *readers);

#endif
