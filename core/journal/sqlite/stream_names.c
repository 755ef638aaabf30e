#include "journal/sqlite/stream_names.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"

#define STREAMS_LIMIT 10000000 /* ids are given out one by one: a larger one is damage */

void stream_names_start(struct stream_names *names, struct readers *readers)
{
    *names = (struct stream_names){.readers = readers};
    pthread_mutex_init(&names->lock, NULL);
}

void stream_names_stop(struct stream_names *names)
{
    stream_names_forget(names);
    while (names->forgotten) {
        struct stream_name *next = names->forgotten->next;
        free(names->forgotten);
        names->forgotten = next;
    }
    free(names->by_id);
    pthread_mutex_destroy(&names->lock);
}

void stream_names_forget(struct stream_names *names)
{
    pthread_mutex_lock(&names->lock);
    for (size_t i = 0; i < names->capacity; i++) {
        struct stream_name *name = names->by_id[i];
        names->by_id[i] = NULL;
        if (!name) continue;
        name->next = names->forgotten;
        names->forgotten = name;
    }
    pthread_mutex_unlock(&names->lock);
}

static bool make_room(struct stream_names *names, size_t id)
{
    size_t before = names->capacity;
    if (!array_reserve(&names->by_id, &names->capacity, id + 1, sizeof(struct stream_name *), SIZE_MAX))
        return false;
    for (size_t i = before; i < names->capacity; i++)
        names->by_id[i] = NULL;
    return true;
}

static postern_status read_name(struct readers *readers, int64_t stream_id, struct stream_name *name,
                                postern_error *error)
{
    _cleanup_(reading_end) struct reader_connection reading = reading_begin(readers, error);
    if (!reading.database) return reading.status;
    _cleanup_(statement_end) sqlite3_stmt *statement = NULL;
    bool row = false;
    postern_status status =
        database_query(reading.database, error, &statement,
                       "SELECT a.name, s.source, s.name FROM stream s JOIN account a ON a.id = s.account_id"
                       " WHERE s.id = ?1",
                       VALUES(value_integer(stream_id)));
    if (status == POSTERN_OK) status = database_next(reading.database, error, statement, &row);
    if (status < 0) return status;
    if (!row)
        return error_set(error, POSTERN_E_PROTOCOL, "journal: there is no stream %lld", (long long)stream_id);
    column_string(statement, 0, name->account, sizeof name->account);
    column_string(statement, 1, name->source, sizeof name->source);
    column_string(statement, 2, name->stream, sizeof name->stream);
    return POSTERN_OK;
}

static postern_status load(struct stream_names *names, int64_t stream_id, postern_error *error)
{
    if (stream_id <= 0 || stream_id > STREAMS_LIMIT)
        return error_set(error, POSTERN_E_PROTOCOL, "journal: there is no stream %lld", (long long)stream_id);
    _cleanup_(freep) struct stream_name *name = malloc(sizeof *name);
    if (!name || !make_room(names, (size_t)stream_id)) return error_no_memory(error, NULL);
    postern_status status = read_name(names->readers, stream_id, name, error);
    if (status == POSTERN_OK) names->by_id[stream_id] = STEAL_POINTER(name);
    return status;
}

postern_status stream_names_get(struct stream_names *names, int64_t stream_id,
                                const struct stream_name **name, postern_error *error)
{
    pthread_mutex_lock(&names->lock);
    bool known = stream_id > 0 && (size_t)stream_id < names->capacity && names->by_id[stream_id];
    postern_status status = known ? POSTERN_OK : load(names, stream_id, error);
    if (status == POSTERN_OK) *name = names->by_id[stream_id];
    pthread_mutex_unlock(&names->lock);
    return status;
}
