/* The sink "postgresql": events as rows of the user's table, each once.
 *
 *   sink.c        the sink's functions, and the table of its options
 *   settings.c    from the options to what connections and statements need
 *   target.c      where to connect: hosts and ports, out of options or a connection string
 *   statements.c  the SQL, made once
 *   resolve.c     the addresses of a server's name
 *   connection.c  one session: connecting, statements, COPY, all with a deadline and an ear for the host
 *   session.c     what a session needs before its first batch, and what is wrong with the user's table
 *   pool.c        sessions that are open: one for each batch that is written at once
 *   refusal.c     what the server's codes mean: try again, mend the configuration, or one event's fault
 *   rows.c        events as lines of COPY
 *   json_repair.c what JSON may hold and jsonb may not
 *   write.c       a batch in one transaction; what is refused for one event's sake is halved until it is
 * found
 */
#ifndef POSTGRESQL_SINK_H
#define POSTGRESQL_SINK_H

#include <libpq-fe.h>
#include <postern/kit.h>
#include <pthread.h>

/* The server refuses something in one of the events, with its words as the error's message: only inside of
 * this module. */
#define EVENT_REFUSED POSTERN_E_UNSUPPORTED

/* ---- settings.c ---- */

enum column {
    COLUMN_ID,
    COLUMN_RECEIVED,
    COLUMN_TIME,
    COLUMN_ACCOUNT,
    COLUMN_SOURCE,
    COLUMN_STREAM,
    COLUMN_TYPE,
    COLUMN_EVENT,
    COLUMN_COUNT,
};

/* What the configuration calls each of them. */
extern const char *const column_meanings[COLUMN_COUNT];

struct settings {
    char *table;               /* as the user wrote it: "events" or "siem.events" */
    char *names[COLUMN_COUNT]; /* of the user's columns; NULL = not written */
    bool unique[COLUMN_COUNT]; /* the columns of the unique index that tells a repeat */
    const char *event_type;    /* "jsonb", "json" or "text"; lives as long as the host */
    bool repairs_json;         /* jsonb takes less than JSON allows */
    bool create_table;
    int64_t connect_timeout_ms, timeout_ms;
};

postern_status settings_read(const postern_host *host, struct settings *settings, postern_error *error);
void settings_free(struct settings *settings);

/* ---- target.c ---- */

/* One server to try; each is tried with a time of its own, which libpq alone would not do. */
struct target_server {
    char *host, *address, *port; /* NULL = libpq's default */
};

#define MOST_SERVERS  16
#define MOST_KEYWORDS 48

struct destination {
    struct target_server servers[MOST_SERVERS];
    size_t server_count;
    /* What is the same for all of them, in libpq's words. The texts are ours. */
    char *keywords[MOST_KEYWORDS], *values[MOST_KEYWORDS];
    size_t keyword_count;
};

postern_status target_read(const postern_host *host, struct destination *target, postern_error *error);
void target_free(struct destination *target); /* wipes the password */

/* ---- statements.c ---- */

struct statements {
    char *prepare; /* the session: its time-outs and the staging table */
    char *look; /* plans the insert without doing it: so the table, its columns, its index and our rights are
                   looked at */
    char *create; /* the table as the guide shows it */
    char *begin;  /* a transaction and the COPY into the staging table */
    char *insert; /* out of it into the user's table; the end of the transaction */
};

bool statements_make(const struct settings *settings, struct statements *statements); /* false: no memory */
void statements_free(struct statements *statements);

/* ---- The sink ---- */

struct counters {
    const postern_metrics *metrics; /* NULL: this host counts nothing */
    postern_metric *repeated, *replaced;
};

struct postgresql_sink {
    const postern_host *host;
    const postern_log *log;
    struct settings settings;
    struct destination target;
    struct statements statements;
    struct counters counters;
    struct pool {
        pthread_mutex_t lock;
        struct connection *idle;
        bool said_unsafe; /* that the server forgets what it acknowledged; once is enough */
    } pool;
};

/* ---- refusal.c ---- */

/* Of an SQLSTATE: POSTERN_E_RETRY, POSTERN_E_CONFIG or EVENT_REFUSED; *remedy may become NULL. */
postern_status refusal_of(const char *sqlstate, const char *constraint, const char **remedy);
/* Fills *error with what the server said: the code that refusal_of has for it. `action` is what was done. */
postern_status refusal_take(const PGresult *answer, const char *action, postern_error *error);
/* The same for a connection that did not come about; its words have the SQLSTATE in them, or none. */
postern_status refusal_to_connect(const PGconn *session, postern_error *error);

/* ---- connection.c ---- */

#define ROW_BUFFER_SIZE ((size_t)64 << 10)

struct connection {
    const struct postgresql_sink *sink;
    struct connection *next; /* in the pool */
    PGconn *session;
    int64_t deadline_ms; /* monotonic: of what is under way */
    char rows[ROW_BUFFER_SIZE];
    size_t row_bytes;
};

/* Tries one server after the other, each for connect_timeout. */
postern_status connection_open(const struct postgresql_sink *sink, struct connection **connection,
                               postern_error *error);
void connection_free(struct connection *connection); /* NULL is fine */
/* What follows must be done by then. */
void connection_set_deadline(struct connection *connection, int64_t timeout_ms);
/* Runs SQL of one or more statements; *answer (may be NULL) gets the last one's result, to be cleared.
 * `action` is for words: "cannot insert the rows". */
postern_status connection_run(struct connection *connection, const char *sql, const char *action,
                              PGresult **answer, postern_error *error);
/* Between a statement that began a COPY and its end. */
postern_status connection_copy(struct connection *connection, const char *bytes, size_t size,
                               postern_error *error);
postern_status connection_copy_end(struct connection *connection, postern_error *error);

/* ---- resolve.c ---- */

/* Where a server is, as lists with commas of one length: its name beside each of its addresses, so that libpq
 * asks no name service, which nothing could break off. NULL: as the server itself says. */
struct server_addresses {
    char *hosts, *addresses;
};

/* By the connection's deadline, or until the host stops. What PGHOST or a service file names is left to
 * libpq.
 */
postern_status server_addresses_find(const struct connection *connection, const struct target_server *server,
                                     struct server_addresses *found_at, postern_error *error);
void server_addresses_free(struct server_addresses *found_at);

/* ---- session.c ---- */

/* Of a connection just made. With `may_create` the table is made if it is missing and the user wants that. */
postern_status session_prepare(struct connection *connection, bool may_create, postern_error *error);

/* ---- pool.c ---- */

postern_status pool_take(struct postgresql_sink *sink, struct connection **connection, postern_error *error);
void pool_give_back(struct postgresql_sink *sink, struct connection *connection);
void pool_close(struct postgresql_sink *sink);

/* ---- json_repair.c ---- */

/* How much of a JSON text, from its beginning, jsonb takes as it is; *bad is the size of what comes then (0
 * at the end): an escape of U+0000 or of half a surrogate pair. */
size_t json_good_part(postern_text text, size_t *bad);

/* ---- rows.c ---- */

/* Sends events `first` up to `end` as lines of COPY. *replaced counts what could not be kept as it was. */
postern_status rows_send(struct connection *connection, const postern_batch *batch, size_t first, size_t end,
                         uint64_t *replaced, postern_error *error);

/* ---- write.c ---- */

postern_status write_batch(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error);

#endif
