/* libpq without its blocking calls: each step waits for the socket itself, no longer than the deadline and
 * never against the host's wish to stop. */
#include "postgresql_sink.h"
#include "shared/net/wait.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define LOOK_UP_MS 100 /* how often a wait asks whether it shall stop */

void connection_set_deadline(struct connection *connection, int64_t timeout_ms)
{
    connection->deadline_ms = net_clock_ms() + timeout_ms;
}

static postern_status wait_for(const struct connection *connection, short events, postern_error *error)
{
    const postern_host *host = connection->sink->host;
    for (;;) {
        int64_t left = connection->deadline_ms - net_clock_ms();
        if (host->stopping(host)) return kit_fail(error, POSTERN_E_STOPPED, NULL, "Postern is stopping");
        if (left <= 0)
            return kit_fail(error, POSTERN_E_RETRY, "look whether the server is overloaded or out of reach",
                            "the server does not answer in time");
        struct pollfd socket = {.fd = PQsocket(connection->session), .events = events};
        int ready = poll(&socket, 1, (int)(left < LOOK_UP_MS ? left : LOOK_UP_MS));
        if (ready > 0) return POSTERN_OK;
        if (ready < 0 && errno != EINTR)
            return kit_fail(error, POSTERN_E_RETRY, NULL, "the connection cannot be waited for");
    }
}

static postern_status lost(const struct connection *connection, postern_error *error)
{
    const char *words = PQerrorMessage(connection->session);
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the connection is lost: %.*s", (int)strcspn(words, "\n"),
                    words);
}

/* ---- Connecting ---- */

/* libpq would print notices on stderr. */
static void ignore_notice(void *context, const PGresult *notice)
{
    (void)context, (void)notice;
}

static postern_status wait_until_connected(struct connection *connection, postern_error *error)
{
    PGconn *session = connection->session;
    PostgresPollingStatusType step = PGRES_POLLING_WRITING;
    while (step != PGRES_POLLING_OK) {
        postern_status status = wait_for(connection, step == PGRES_POLLING_WRITING ? POLLOUT : POLLIN, error);
        if (status < 0) return status;
        step = PQconnectPoll(session);
        if (step == PGRES_POLLING_FAILED) return refusal_to_connect(session, error);
    }
    return PQsetnonblocking(session, 1) == 0 ? POSTERN_OK : lost(connection, error);
}

static postern_status begin(struct connection *connection, const struct target_server *server,
                            const struct server_addresses *found_at, postern_error *error)
{
    const struct destination *target = &connection->sink->target;
    const char *keywords[MOST_KEYWORDS + 4] = {"host", "hostaddr", "port"};
    const char *values[MOST_KEYWORDS + 4] = {found_at->hosts ? found_at->hosts : server->host,
                                             found_at->hosts ? found_at->addresses : server->address,
                                             server->port};
    for (size_t i = 0; i < target->keyword_count; i++) {
        keywords[i + 3] = target->keywords[i];
        values[i + 3] = target->values[i];
    }
    connection->session = PQconnectStartParams(keywords, values, 0);
    if (!connection->session) return kit_no_memory(error);
    PQsetNoticeReceiver(connection->session, ignore_notice, NULL);
    PQsetErrorVerbosity(connection->session, PQERRORS_VERBOSE);
    return PQstatus(connection->session) == CONNECTION_BAD ? refusal_to_connect(connection->session, error)
                                                           : POSTERN_OK;
}

static postern_status connect_to(struct connection *connection, const struct target_server *server,
                                 postern_error *error)
{
    struct server_addresses found_at;
    PQfinish(connection->session);
    connection->session = NULL;
    connection_set_deadline(connection, connection->sink->settings.connect_timeout_ms);
    postern_status status = server_addresses_find(connection, server, &found_at, error);
    if (status >= 0) status = begin(connection, server, &found_at, error);
    server_addresses_free(&found_at);
    if (status < 0) return status;
    status = wait_until_connected(connection, error);
    if (status != POSTERN_E_RETRY || !server->host || net_clock_ms() < connection->deadline_ms) return status;
    return kit_fail(error, POSTERN_E_RETRY, "check the address, the firewall and that the server runs",
                    "no connection to %s within the connect_timeout", server->host);
}

postern_status connection_open(const struct postgresql_sink *sink, struct connection **connection,
                               postern_error *error)
{
    struct connection *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    made->sink = sink;
    postern_status status = POSTERN_E_RETRY;
    for (size_t i = 0; i < sink->target.server_count && status < 0 && status != POSTERN_E_STOPPED; i++) {
        postern_error later = {.size = sizeof later};
        bool wins = i == 0 ||
                    error->code != POSTERN_E_CONFIG; /* what the user must mend is said before what passes */
        postern_status result = connect_to(made, &sink->target.servers[i], wins ? error : &later);
        status = wins || result >= 0 || result == POSTERN_E_STOPPED ? result : status;
    }
    if (status >= 0)
        *connection = made;
    else
        connection_free(made);
    return status;
}

void connection_free(struct connection *connection)
{
    if (!connection) return;
    PQfinish(connection->session);
    free(connection);
}

/* ---- Statements ---- */

/* Until all is sent; what the server says meanwhile is taken in, so that neither waits for the other. */
static postern_status send_all(struct connection *connection, postern_error *error)
{
    int left;
    while ((left = PQflush(connection->session)) > 0) {
        postern_status status = wait_for(connection, POLLIN | POLLOUT, error);
        if (status < 0) return status;
        if (!PQconsumeInput(connection->session)) return lost(connection, error);
    }
    return left < 0 ? lost(connection, error) : POSTERN_OK;
}

static postern_status next_answer(struct connection *connection, PGresult **answer, postern_error *error)
{
    while (PQisBusy(connection->session)) {
        postern_status status = wait_for(connection, POLLIN, error);
        if (status < 0) return status;
        if (!PQconsumeInput(connection->session)) return lost(connection, error);
    }
    *answer = PQgetResult(connection->session);
    return POSTERN_OK;
}

/* A server that ends by an error of its own says so before it hangs up; what has no code is the connection's.
 */
static postern_status judge(const struct connection *connection, const PGresult *answer, const char *action,
                            postern_error *error)
{
    switch (PQresultStatus(answer)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
        return POSTERN_OK;
    default:
        return PQresultErrorField(answer, PG_DIAG_SQLSTATE) ? refusal_take(answer, action, error)
                                                            : lost(connection, error);
    }
}

/* All answers to what was sent; the first failure counts. Stops where a COPY begins. */
static postern_status take_answers(struct connection *connection, const char *action, PGresult **last,
                                   postern_error *error)
{
    postern_status verdict = POSTERN_OK;
    PGresult *kept = NULL;
    for (bool more = true; more;) {
        PGresult *answer = NULL;
        postern_status status = next_answer(connection, &answer, error);
        if (status < 0) verdict = status;
        if (status < 0 || !answer) break;
        if (verdict >= 0) verdict = judge(connection, answer, action, error);
        more = PQresultStatus(answer) != PGRES_COPY_IN && PQstatus(connection->session) != CONNECTION_BAD;
        PQclear(kept);
        kept = answer;
    }
    if (last && verdict >= 0)
        *last = kept;
    else
        PQclear(kept);
    return verdict;
}

postern_status connection_run(struct connection *connection, const char *sql, const char *action,
                              PGresult **answer, postern_error *error)
{
    if (!PQsendQuery(connection->session, sql)) return lost(connection, error);
    postern_status status = send_all(connection, error);
    return status < 0 ? status : take_answers(connection, action, answer, error);
}

/* ---- COPY ---- */

postern_status connection_copy(struct connection *connection, const char *bytes, size_t size,
                               postern_error *error)
{
    for (;;) {
        int queued = PQputCopyData(connection->session, bytes, (int)size);
        if (queued < 0) return lost(connection, error);
        postern_status status = send_all(connection, error);
        if (status < 0 || queued > 0) return status;
    }
}

postern_status connection_copy_end(struct connection *connection, postern_error *error)
{
    int queued;
    while ((queued = PQputCopyEnd(connection->session, NULL)) == 0) {
        postern_status status = send_all(connection, error);
        if (status < 0) return status;
    }
    if (queued < 0) return lost(connection, error);
    postern_status status = send_all(connection, error);
    return status < 0 ? status : take_answers(connection, "the server takes the rows not", NULL, error);
}
