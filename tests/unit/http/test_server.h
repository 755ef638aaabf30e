/* Loopback servers for the tests of core/http: plain or TLS with a throw-away authority, one thread per
 * connection. A handler plays the server's part; where it must wait, it waits for the client to close, never
 * for time to pass. */
#ifndef TESTS_UNIT_HTTP_TEST_SERVER_H
#define TESTS_UNIT_HTTP_TEST_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Certificates */

struct test_authority {
    EVP_PKEY *key;
    X509 *certificate;
};

static inline void must(bool condition, const char *what)
{
    if (condition) return;
    perror(what);
    abort();
}

static inline void add_extension(X509 *certificate, X509 *issuer, int id, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    must(extension && X509_add_ext(certificate, extension, -1), value);
    X509_EXTENSION_free(extension);
}

/* Signed by `authority`, or by itself if that is NULL. `names`: "DNS:localhost,IP:127.0.0.1", NULL for an
 * authority. */
static inline X509 *make_certificate(EVP_PKEY *key, const struct test_authority *authority, const char *title,
                                     const char *names, long valid_from_s, long valid_until_s)
{
    static _Atomic long serial = 1;
    X509 *certificate = X509_new();
    must(certificate != NULL, "X509_new");
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), atomic_fetch_add(&serial, 1));
    X509_gmtime_adj(X509_getm_notBefore(certificate), valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), valid_until_s);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)title, -1, -1, 0);
    X509 *issuer = authority ? authority->certificate : certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509_set_pubkey(certificate, key);
    add_extension(certificate, issuer, NID_basic_constraints,
                  names ? "critical,CA:FALSE" : "critical,CA:TRUE");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (names) add_extension(certificate, issuer, NID_subject_alt_name, names);
    must(X509_sign(certificate, authority ? authority->key : key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}

static inline struct test_authority authority_new(const char *title)
{
    struct test_authority authority = {.key = EVP_EC_gen("P-256")};
    authority.certificate = make_certificate(authority.key, NULL, title, NULL, -3600, 86400);
    return authority;
}

static inline void authority_write(const struct test_authority *authority, const char *path)
{
    FILE *file = fopen(path, "w");
    must(file && PEM_write_X509(file, authority->certificate) == 1, path);
    fclose(file);
}

static inline void authority_free(struct test_authority *authority)
{
    EVP_PKEY_free(authority->key);
    X509_free(authority->certificate);
}

/* A server's TLS context with a fresh certificate. */
static inline SSL_CTX *tls_context(const struct test_authority *authority, const char *names,
                                   long valid_from_s, long valid_until_s)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = make_certificate(key, authority, "a server", names, valid_from_s, valid_until_s);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    must(context && SSL_CTX_use_certificate(context, certificate) == 1 &&
             SSL_CTX_use_PrivateKey(context, key) == 1,
         "SSL_CTX");
    X509_free(certificate);
    EVP_PKEY_free(key);
    return context;
}

/* ---- The server */

#define TEST_CONNECTIONS 256
#define TEST_REQUESTS    4096

struct test_request {
    char head[64 << 10]; /* with a NUL behind it */
    char *body;
    size_t body_size;
    int on_connection; /* 1 = the first of its connection */
};

struct test_connection {
    struct test_server *server;
    int fd;
    SSL *tls;
    int number; /* 1 = the server's first connection */
    pthread_t thread;
};

struct test_server {
    int listener, port;
    SSL_CTX *tls;
    /* Answers one request; false = close the connection. */
    bool (*handler)(struct test_connection *connection, const struct test_request *request);
    void *context;
    pthread_t thread;
    pthread_mutex_t lock;
    struct test_connection connections[TEST_CONNECTIONS];
    int connection_count;
    int request_count;
    char ids[TEST_REQUESTS][40]; /* the x-mc-req-id of each request, in order of arrival */
    int closed_count;            /* connections whose client or handler has closed */
    pthread_cond_t closed;
    sem_t *on_close; /* posted at each close, NULL = none */
};

static inline ssize_t connection_read(struct test_connection *connection, void *data, size_t size)
{
    return connection->tls ? SSL_read(connection->tls, data, (int)size) : recv(connection->fd, data, size, 0);
}

static inline bool connection_write(struct test_connection *connection, const void *data, size_t size)
{
    for (const char *at = data; size > 0;) {
        size_t part = size > 1 << 20 ? 1 << 20 : size;
        ssize_t written = connection->tls ? SSL_write(connection->tls, at, (int)part)
                                          : send(connection->fd, at, part, MSG_NOSIGNAL);
        if (written <= 0) return false;
        at += written;
        size -= (size_t)written;
    }
    return true;
}

static inline bool connection_say(struct test_connection *connection, const char *text)
{
    return connection_write(connection, text, strlen(text));
}

/* Returns once the client has closed its side (or broken the connection). */
static inline void connection_wait_for_close(struct test_connection *connection)
{
    char rest[4096];
    while (connection_read(connection, rest, sizeof rest) > 0)
        continue;
}

/* The next close sends a reset. */
static inline void connection_reset_on_close(struct test_connection *connection)
{
    struct linger now = {.l_onoff = 1};
    setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static inline bool answer_with(struct test_connection *connection, const char *headers, const void *body,
                               size_t size)
{
    char head[2048];
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n%s\r\n", size, headers);
    return connection_say(connection, head) && connection_write(connection, body, size);
}

/* The value of a request's header into `out`, "" if absent. */
static inline void request_header(const struct test_request *request, const char *name, char *out,
                                  size_t capacity)
{
    char start[128];
    snprintf(start, sizeof start, "\r\n%s:", name);
    const char *at = strcasestr(request->head, start);
    out[0] = '\0';
    if (!at) return;
    at += strlen(start);
    at += strspn(at, " ");
    snprintf(out, capacity, "%.*s", (int)strcspn(at, "\r"), at);
}

static inline bool read_request(struct test_connection *connection, struct test_request *request)
{
    size_t size = 0;
    char *end = NULL;
    while (!end) {
        if (size + 1 >= sizeof request->head) return false;
        ssize_t got = connection_read(connection, request->head + size, sizeof request->head - 1 - size);
        if (got <= 0) return false;
        size += (size_t)got;
        request->head[size] = '\0';
        end = strstr(request->head, "\r\n\r\n");
    }
    char length[32];
    request_header(request, "content-length", length, sizeof length);
    request->body_size = strtoul(length, NULL, 10);
    request->body = calloc(1, request->body_size + 1);
    size_t head_size = (size_t)(end - request->head) + 4, have = size - head_size;
    must(request->body && have <= request->body_size, "request body");
    memcpy(request->body, request->head + head_size, have);
    request->head[head_size] = '\0';
    while (have < request->body_size) {
        ssize_t got = connection_read(connection, request->body + have, request->body_size - have);
        if (got <= 0) return false;
        have += (size_t)got;
    }
    return true;
}

static inline void note_request(struct test_server *server, const struct test_request *request)
{
    pthread_mutex_lock(&server->lock);
    if (server->request_count < TEST_REQUESTS)
        request_header(request, "x-mc-req-id", server->ids[server->request_count], sizeof *server->ids);
    server->request_count++;
    pthread_mutex_unlock(&server->lock);
}

/* Closing with a request unread would send a reset, which overtakes the alert that says why. */
static inline void let_alert_arrive(struct test_connection *connection)
{
    char rest[4096];
    shutdown(connection->fd, SHUT_WR);
    while (recv(connection->fd, rest, sizeof rest, 0) > 0)
        continue;
}

static inline void *serve_connection(void *argument)
{
    struct test_connection *connection = argument;
    struct test_server *server = connection->server;
    bool open = true;
    if (server->tls) {
        connection->tls = SSL_new(server->tls);
        SSL_set_fd(connection->tls, connection->fd);
        open = SSL_accept(connection->tls) == 1;
        if (!open) let_alert_arrive(connection);
    }
    struct test_request *request = calloc(1, sizeof *request);
    for (int count = 1; open; count++) {
        open = read_request(connection, request);
        request->on_connection = count;
        if (open) note_request(server, request);
        open = open && server->handler(connection, request);
        free(request->body);
        request->body = NULL;
    }
    free(request);
    if (connection->tls) SSL_free(connection->tls); /* no close_notify: as servers often do */
    pthread_mutex_lock(&server->lock);
    close(connection->fd);
    connection->fd = -1;
    server->closed_count++;
    pthread_cond_broadcast(&server->closed);
    if (server->on_close) sem_post(server->on_close);
    pthread_mutex_unlock(&server->lock);
    return NULL;
}

static inline void *serve(void *argument)
{
    struct test_server *server = argument;
    for (;;) {
        int fd = accept(server->listener, NULL, NULL);
        if (fd < 0) return NULL;
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        pthread_mutex_lock(&server->lock);
        must(server->connection_count < TEST_CONNECTIONS, "too many connections");
        struct test_connection *connection = &server->connections[server->connection_count++];
        *connection =
            (struct test_connection){.server = server, .fd = fd, .number = server->connection_count};
        must(pthread_create(&connection->thread, NULL, serve_connection, connection) == 0, "pthread_create");
        pthread_mutex_unlock(&server->lock);
    }
}

/* A socket on loopback with a port of its own. */
static inline int bound_socket(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(fd, (struct sockaddr *)&address, size) == 0 &&
             getsockname(fd, (struct sockaddr *)&address, &size) == 0,
         "bind");
    *port = ntohs(address.sin_port);
    return fd;
}

/* `tls` may be NULL; the server frees it. */
static inline struct test_server *
server_new(SSL_CTX *tls, bool (*handler)(struct test_connection *, const struct test_request *),
           void *context)
{
    struct test_server *server = calloc(1, sizeof *server);
    must(server != NULL, "calloc");
    signal(SIGPIPE, SIG_IGN);
    server->tls = tls;
    server->handler = handler;
    server->context = context;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->closed, NULL);
    server->listener = bound_socket(&server->port);
    must(listen(server->listener, 128) == 0, "listen");
    must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
    return server;
}

static inline int server_requests(struct test_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->request_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

static inline int server_connections(struct test_server *server)
{
    pthread_mutex_lock(&server->lock);
    int count = server->connection_count;
    pthread_mutex_unlock(&server->lock);
    return count;
}

static inline void server_wait_closed(struct test_server *server, int count)
{
    pthread_mutex_lock(&server->lock);
    while (server->closed_count < count)
        pthread_cond_wait(&server->closed, &server->lock);
    pthread_mutex_unlock(&server->lock);
}

static inline void server_free(struct test_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    pthread_mutex_lock(&server->lock);
    for (int i = 0; i < server->connection_count; i++)
        if (server->connections[i].fd >= 0) shutdown(server->connections[i].fd, SHUT_RDWR);
    pthread_mutex_unlock(&server->lock);
    for (int i = 0; i < server->connection_count; i++)
        pthread_join(server->connections[i].thread, NULL);
    if (server->tls) SSL_CTX_free(server->tls);
    pthread_mutex_destroy(&server->lock);
    pthread_cond_destroy(&server->closed);
    free(server);
}

#endif
