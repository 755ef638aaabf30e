/* The names that belong to a stream's id. They live as long as the journal is open. Any thread. */
#ifndef POSTERN_JOURNAL_SQLITE_STREAM_NAMES_H
#define POSTERN_JOURNAL_SQLITE_STREAM_NAMES_H

#include "journal/sqlite/readers.h"

struct stream_name {
    char account[64], source[64], stream[64];
    struct stream_name *next; /* of those that are forgotten */
};

struct stream_names {
    struct readers *readers;
    pthread_mutex_t lock;
    struct stream_name **by_id;
    size_t capacity;
    struct stream_name *forgotten; /* pages may still bear them */
};

void stream_names_start(struct stream_names *names, struct readers *readers);
void stream_names_stop(struct stream_names *names);
postern_status stream_names_get(struct stream_names *names, int64_t stream_id,
                                const struct stream_name **name, postern_error *error);
/* They are read again from the file: an account has another name. */
void stream_names_forget(struct stream_names *names);

#endif
