#include "amqp_sink.h"
#include "reply.h"
#include "shared/broker/address.h"
#include "shared/broker/server.h"
#include "shared/net/aside.h"
#include "shared/net/wait.h"
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <openssl/ssl.h>
#include <stdlib.h>

static struct timeval of_ms(int64_t ms)
{
    return (struct timeval){.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

/* ---- Words ---- */

static postern_status library_failed(const struct broker_server *server, int status, postern_error *error)
{
    struct mq_verdict verdict = mq_judge_status(status);
    return kit_fail(error, verdict.status, verdict.remedy, "no connection to %s:%d: %s", server->host,
                    server->port, amqp_error_string2(status));
}

static postern_status server_refused(const struct broker_server *server, int code, amqp_bytes_t words,
                                     postern_error *error)
{
    struct mq_verdict verdict = mq_judge_code(code);
    return kit_fail(error, verdict.status, verdict.remedy, "%s:%d refuses: %d %.*s", server->host,
                    server->port, code, (int)words.len, (const char *)words.bytes);
}

static postern_status look_at(const struct broker_server *server, amqp_rpc_reply_t reply,
                              postern_error *error)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return POSTERN_OK;
    if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION)
        return library_failed(server, reply.library_error, error);
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION &&
        reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = reply.reply.decoded;
        return server_refused(server, closed->reply_code, closed->reply_text, error);
    }
    if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = reply.reply.decoded;
        return server_refused(server, closed->reply_code, closed->reply_text, error);
    }
    return kit_fail(error, POSTERN_E_RETRY, NULL, "%s:%d answers what makes no sense", server->host,
                    server->port);
}

/* ---- The socket ---- */

static int set_trust(const struct mq_sink *sink, amqp_socket_t *socket)
{
    int status = AMQP_STATUS_OK;
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 1);
    status = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
    if (status == AMQP_STATUS_OK && sink->ca_file)
        status = amqp_ssl_socket_set_cacert(socket, sink->ca_file);
    else if (status == AMQP_STATUS_OK &&
             SSL_CTX_set_default_verify_paths(amqp_ssl_socket_get_context(socket)) != 1)
        status = AMQP_STATUS_SSL_ERROR;
    if (status == AMQP_STATUS_OK && sink->certificate)
        status = amqp_ssl_socket_set_key(socket, sink->certificate, sink->key);
    return status;
}

/* The library resolves the name, connects and greets by TLS in one call, which nothing breaks off. */
struct opening {
    amqp_connection_state_t connection;
    amqp_socket_t *socket; /* the connection's */
    struct broker_server server;
    struct timeval timeout;
    int status;
};

static void opening_free(void *work)
{
    struct opening *opening = work;
    if (opening->connection) amqp_destroy_connection(opening->connection);
    free(opening);
}

static void open_aside(void *work)
{
    struct opening *opening = work;
    opening->status = amqp_socket_open_noblock(opening->socket, opening->server.host, opening->server.port,
                                               &opening->timeout);
}

static struct opening *opening_new(const struct mq_sink *sink, const struct broker_server *server)
{
    struct opening *opening = calloc(1, sizeof *opening);
    if (!opening) return NULL;
    opening->server = *server;
    opening->timeout = of_ms(sink->connect_timeout_ms);
    opening->connection = amqp_new_connection();
    if (opening->connection)
        opening->socket =
            sink->tls ? amqp_ssl_socket_new(opening->connection) : amqp_tcp_socket_new(opening->connection);
    if (opening->socket) return opening;
    opening_free(opening);
    return NULL;
}

/* The link has the connection only if it is open. */
static postern_status open_socket(const struct mq_sink *sink, struct mq_link *link,
                                  const struct broker_server *server, postern_error *error)
{
    static const struct net_aside call = {.run = open_aside, .drop = opening_free};
    struct opening *opening = opening_new(sink, server);
    if (!opening) return kit_no_memory(error);
    opening->status = sink->tls ? set_trust(sink, opening->socket) : AMQP_STATUS_OK;
    if (opening->status == AMQP_STATUS_OK) {
        postern_status status = net_run_aside(sink->host, &call, opening,
                                              net_clock_ms() + sink->connect_timeout_ms + BROKER_PATIENCE_MS);
        if (status < 0) return broker_not_reached(server, status, error);
    }
    int opened = opening->status;
    if (opened == AMQP_STATUS_OK) {
        link->connection = opening->connection;
        opening->connection = NULL;
    }
    opening_free(opening);
    return opened == AMQP_STATUS_OK ? POSTERN_OK : library_failed(server, opened, error);
}

/* ---- The protocol ---- */

static amqp_table_entry_t entry(const char *key, amqp_field_value_kind_t kind)
{
    return (amqp_table_entry_t){.key = amqp_cstring_bytes(key), .value = {.kind = (uint8_t)kind}};
}

/* With a word to the broker that it may tell when it takes nothing (connection.blocked). */
static amqp_rpc_reply_t login(const struct mq_sink *sink, amqp_connection_state_t connection)
{
    amqp_table_entry_t blocked = entry("connection.blocked", AMQP_FIELD_KIND_BOOLEAN);
    amqp_table_entry_t capabilities = entry("capabilities", AMQP_FIELD_KIND_TABLE);
    blocked.value.value.boolean = 1;
    capabilities.value.value.table = (amqp_table_t){.num_entries = 1, .entries = &blocked};
    const amqp_table_t properties = {.num_entries = 1, .entries = &capabilities};
    int heartbeat = (int)(sink->heartbeat_ms / 1000);
    if (!sink->user)
        return amqp_login_with_properties(connection, sink->vhost, 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat,
                                          &properties, AMQP_SASL_METHOD_EXTERNAL, "");
    return amqp_login_with_properties(connection, sink->vhost, 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat,
                                      &properties, AMQP_SASL_METHOD_PLAIN, sink->user,
                                      sink->password ? sink->password : "");
}

static void set_fd(struct mq_sink *sink, struct mq_link *link, int fd)
{
    pthread_mutex_lock(&sink->lock);
    link->fd = fd;
    pthread_mutex_unlock(&sink->lock);
}

static postern_status try_server(struct mq_sink *sink, struct mq_link *link,
                                 const struct broker_server *server, postern_error *error)
{
    struct timeval timeout = of_ms(sink->connect_timeout_ms);
    postern_status status = open_socket(sink, link, server, error);
    if (status < 0) return status;
    amqp_set_handshake_timeout(link->connection, &timeout);
    amqp_set_rpc_timeout(link->connection, &timeout);
    set_fd(sink, link, amqp_get_sockfd(link->connection));
    if (sink->host->stopping(sink->host)) return POSTERN_E_STOPPED; /* mq_cut_links may have come too early */
    status = look_at(server, login(sink, link->connection), error);
    if (status < 0) return status;
    amqp_channel_open(link->connection, MQ_CHANNEL);
    status = look_at(server, amqp_get_rpc_reply(link->connection), error);
    if (status < 0) return status;
    amqp_confirm_select(link->connection, MQ_CHANNEL);
    return look_at(server, amqp_get_rpc_reply(link->connection), error);
}

postern_status mq_connect(struct mq_sink *sink, struct mq_link *link, postern_error *error)
{
    postern_status status = POSTERN_E_RETRY;
    pthread_mutex_lock(&sink->lock);
    size_t first = sink->next_server;
    pthread_mutex_unlock(&sink->lock);
    for (size_t i = 0; i < sink->server_count && status != POSTERN_E_CONFIG; i++) {
        size_t number = (first + i) % sink->server_count;
        if (sink->host->stopping(sink->host)) return POSTERN_E_STOPPED;
        status = try_server(sink, link, &sink->servers[number], error);
        if (status >= 0) return status;
        set_fd(sink, link, -1);
        if (link->connection) amqp_destroy_connection(link->connection);
        link->connection = NULL;
        pthread_mutex_lock(&sink->lock);
        sink->next_server = (number + 1) % sink->server_count;
        pthread_mutex_unlock(&sink->lock);
    }
    /* The last try may have ended for that alone. */
    return sink->host->stopping(sink->host) ? POSTERN_E_STOPPED : status;
}

postern_status mq_look_for_exchange(struct mq_sink *sink, struct mq_link *link, postern_error *error)
{
    amqp_bytes_t exchange = {.len = sink->exchange.size, .bytes = (void *)(uintptr_t)sink->exchange.data};
    if (sink->exchange.size == 0 || broker_template_has(sink->exchange, "%{")) return POSTERN_OK;
    /* Passive: it makes none. */
    amqp_exchange_declare(link->connection, MQ_CHANNEL, exchange, amqp_cstring_bytes("topic"), 1, 0, 0, 0,
                          amqp_empty_table);
    return look_at(&sink->servers[sink->next_server], amqp_get_rpc_reply(link->connection), error);
}
