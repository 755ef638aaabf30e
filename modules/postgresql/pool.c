#include "postgresql_sink.h"

postern_status pool_take(struct postgresql_sink *sink, struct connection **connection, postern_error *error)
{
    struct pool *pool = &sink->pool;
    pthread_mutex_lock(&pool->lock);
    struct connection *idle = pool->idle;
    if (idle) pool->idle = idle->next;
    pthread_mutex_unlock(&pool->lock);
    *connection = idle;
    if (idle) return POSTERN_OK;
    postern_status status = connection_open(sink, connection, error);
    if (status < 0) return status;
    status = session_prepare(*connection, false, error);
    if (status < 0) connection_free(*connection);
    return status;
}

void pool_give_back(struct postgresql_sink *sink, struct connection *connection)
{
    struct pool *pool = &sink->pool;
    pthread_mutex_lock(&pool->lock);
    connection->next = pool->idle;
    pool->idle = connection;
    pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct postgresql_sink *sink)
{
    struct pool *pool = &sink->pool;
    while (pool->idle) {
        struct connection *next = pool->idle->next;
        connection_free(pool->idle);
        pool->idle = next;
    }
}
