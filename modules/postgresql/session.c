#include "postgresql_sink.h"

/* A server that acknowledges before its disk has the row loses it with the power. */
static void say_if_unsafe(struct connection *connection, const PGresult *answer)
{
    struct postgresql_sink *sink = (struct postgresql_sink *)(uintptr_t)connection->sink;
    if (PQntuples(answer) != 1 || PQnfields(answer) != 2 || !sink->log) return;
    const char *commit = PQgetvalue(answer, 0, 0), *sync = PQgetvalue(answer, 0, 1);
    if (strcmp(commit, "off") != 0 && strcmp(sync, "off") != 0) return;
    pthread_mutex_lock(&sink->pool.lock);
    bool first = !sink->pool.said_unsafe;
    sink->pool.said_unsafe = true;
    pthread_mutex_unlock(&sink->pool.lock);
    if (!first) return;
    char words[256];
    snprintf(words, sizeof words,
             "the server acknowledges rows before its disk has them (synchronous_commit = %.16s, fsync = "
             "%.16s): if its power fails, the last ones are lost",
             commit, sync);
    sink->log->write(sink->host, POSTERN_LOG_WARNING, words);
}

/* Only if it is not there: to create a table "if not exists" needs rights on the schema even if it exists. */
static postern_status create_table(struct connection *connection, postern_error *error)
{
    const struct statements *statements = &connection->sink->statements;
    postern_error missing = {.size = sizeof missing};
    postern_status status = connection_run(connection, statements->look, "the table", NULL, &missing);
    if (status >= 0 || !strstr(missing.message, "(42P01)"))
        return POSTERN_OK; /* what else is wrong is said later */
    return connection_run(connection, statements->create, "cannot create the table", NULL, error);
}

postern_status session_prepare(struct connection *connection, bool may_create, postern_error *error)
{
    const struct postgresql_sink *sink = connection->sink;
    PGresult *answer = NULL;
    connection_set_deadline(connection, sink->settings.timeout_ms);
    postern_status status = connection_run(connection, sink->statements.prepare,
                                           "the session cannot be prepared", &answer, error);
    if (status >= 0) say_if_unsafe(connection, answer);
    PQclear(answer);
    if (status >= 0 && may_create && sink->settings.create_table) status = create_table(connection, error);
    if (status >= 0)
        status =
            connection_run(connection, sink->statements.look, "the table cannot be written to", NULL, error);
    /* No event is in hand yet that could be at fault. */
    return status == EVENT_REFUSED ? kit_fail(error, POSTERN_E_CONFIG, NULL, "%.400s", error->message)
                                   : status;
}
