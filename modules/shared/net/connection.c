#include "shared/net/connection.h"
#include "shared/net/socket.h"
#include "shared/net/tls.h"
#include "shared/net/wait.h"
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct net_connection {
    const struct net_settings *settings;
    const struct net_target *target;
    SSL *session; /* NULL = without TLS */
    int fd;
    bool is_stream, has_ended;
};

/* ---- Failures ---- */

static postern_status fail_waiting(const struct net_connection *connection, postern_status status,
                                   int64_t waited_ms, const char *what, postern_error *error)
{
    if (status == POSTERN_E_STOPPED) return kit_fail(error, status, NULL, "Postern is stopping");
    return kit_fail(error, POSTERN_E_RETRY, "see whether the receiver is overloaded or stands still",
                    "%s: %s for %.1f s", connection->target->name, what, (double)waited_ms / 1000);
}

static postern_status fail_ended(struct net_connection *connection, postern_error *error)
{
    connection->has_ended = true;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: the receiver closed the connection",
                    connection->target->name);
}

static postern_status fail_broken(const struct net_connection *connection, int error_number,
                                  postern_error *error)
{
    return kit_fail(error, POSTERN_E_RETRY, NULL, "%s: the connection broke: %s", connection->target->name,
                    strerror(error_number));
}

/* ---- One step, without waiting ---- */

/* What came of one step: bytes, an end, what it waits for, or a failure. */
struct net_step {
    size_t bytes;
    short wants;
    bool ended;
    int result, error_number; /* of a failure */
    bool failed;
};

static struct net_step judge_plain(ssize_t result, int error_number, short wants)
{
    if (result >= 0) return (struct net_step){.bytes = (size_t)result};
    if (error_number == EINTR) return (struct net_step){.wants = wants};
    if (error_number == EAGAIN || error_number == EWOULDBLOCK) return (struct net_step){.wants = wants};
    return (struct net_step){.failed = true, .error_number = error_number};
}

static struct net_step judge_tls(const SSL *session, int result, int error_number)
{
    if (result > 0) return (struct net_step){.bytes = (size_t)result};
    errno = error_number;
    short wants = net_tls_wants(session, result);
    if (wants) return (struct net_step){.wants = wants};
    if (net_tls_has_ended(session, result)) return (struct net_step){.ended = true};
    return (struct net_step){.failed = true, .result = result, .error_number = error_number};
}

static struct net_step send_step(const struct net_connection *connection, postern_text bytes)
{
    int most = bytes.size > INT32_MAX ? INT32_MAX : (int)bytes.size;
    errno = 0;
    if (!connection->session) {
        ssize_t sent = send(connection->fd, bytes.data, bytes.size, MSG_NOSIGNAL);
        return judge_plain(sent, errno, POLLOUT);
    }
    ERR_clear_error();
    int sent = SSL_write(connection->session, bytes.data, most);
    return judge_tls(connection->session, sent, errno);
}

static struct net_step receive_step(const struct net_connection *connection, char *buffer, size_t size)
{
    int most = size > INT32_MAX ? INT32_MAX : (int)size;
    errno = 0;
    if (!connection->session) {
        ssize_t received = recv(connection->fd, buffer, size, 0);
        struct net_step step = judge_plain(received, errno, POLLIN);
        step.ended = received == 0 && connection->is_stream;
        return step;
    }
    ERR_clear_error();
    int received = SSL_read(connection->session, buffer, most);
    return judge_tls(connection->session, received, errno);
}

static postern_status fail_step(struct net_connection *connection, const struct net_step *step,
                                postern_error *error)
{
    if (step->ended) return fail_ended(connection, error);
    if (connection->session)
        return net_tls_fail(connection->session, connection->target, step->result, step->error_number, error);
    return fail_broken(connection, step->error_number, error);
}

/* ---- Sending and receiving ---- */

postern_status net_send(struct net_connection *connection, postern_text bytes, postern_error *error)
{
    const struct net_settings *settings = connection->settings;
    while (bytes.size) {
        short ready;
        struct net_step step = send_step(connection, bytes);
        if (step.failed && step.error_number == EMSGSIZE && !connection->is_stream)
            return kit_fail(error, NET_TOO_LONG, NULL, "%s: %zu bytes are too long for a datagram",
                            connection->target->name, bytes.size);
        if (step.failed || step.ended) return fail_step(connection, &step, error);
        if (!step.wants) { /* a datagram goes as a whole */
            bytes = connection->is_stream ? kit_span(bytes.data + step.bytes, bytes.size - step.bytes)
                                          : kit_span(NULL, 0);
            continue;
        }
        postern_status status = net_wait(settings->host, connection->fd, step.wants,
                                         net_clock_ms() + settings->timeout_ms, &ready);
        if (status < 0)
            return fail_waiting(connection, status, settings->timeout_ms, "the receiver took nothing", error);
    }
    return POSTERN_OK;
}

postern_status net_receive(struct net_connection *connection, int64_t wait_ms, char *buffer, size_t size,
                           size_t *received, postern_error *error)
{
    int64_t until_ms = net_clock_ms() + wait_ms;
    for (;;) {
        short ready;
        struct net_step step = receive_step(connection, buffer, size);
        if (step.failed || step.ended) return fail_step(connection, &step, error);
        if (step.bytes) {
            *received = step.bytes;
            return POSTERN_OK;
        }
        postern_status status =
            net_wait(connection->settings->host, connection->fd, step.wants, until_ms, &ready);
        if (status < 0)
            return fail_waiting(connection, status, wait_ms, "the receiver did not answer", error);
    }
}

bool net_has_news(struct net_connection *connection)
{
    struct pollfd poll_fd = {.fd = connection->fd, .events = POLLIN};
    if (connection->session && SSL_pending(connection->session) > 0) return true;
    return poll(&poll_fd, 1, 0) > 0;
}

/* A record of TLS that holds an alert: type 21, major version 3. */
static bool is_alert(const char *bytes, size_t size)
{
    return size >= 2 && bytes[0] == 21 && bytes[1] == 3;
}

postern_status net_check(struct net_connection *connection, postern_error *error)
{
    char dropped[512];
    for (int i = 0; i < 64; i++) {
        struct net_step step = receive_step(connection, dropped, sizeof dropped);
        if (step.failed || step.ended) return fail_step(connection, &step, error);
        if (!connection->session && is_alert(dropped, step.bytes))
            return kit_fail(
                error, POSTERN_E_CONFIG,
                "the target says no TLS, and the port seems to be one with TLS: use another port or "
                "another word in front of ://",
                "%s: the receiver answered with TLS", connection->target->name);
        if (step.wants) break;
    }
    return POSTERN_OK;
}

postern_status net_listen(struct net_connection *connection, int64_t wait_ms, postern_error *error)
{
    short ready;
    const postern_host *host = connection->settings->host;
    bool is_quiet = net_wait(host, connection->fd, POLLIN, net_clock_ms() + wait_ms, &ready) < 0;
    return is_quiet ? POSTERN_OK : net_check(connection, error);
}

bool net_has_ended(const struct net_connection *connection)
{
    return connection->has_ended;
}

bool net_is_stream(const struct net_connection *connection)
{
    return connection->is_stream;
}

#define MOST_PAUSE_MS 20

postern_status net_drain(struct net_connection *connection, postern_error *error)
{
    const struct net_settings *settings = connection->settings;
    int before = 0, pause_ms = 1;
    int64_t until_ms = net_clock_ms() + settings->timeout_ms;
    if (connection->target->scheme->transport == NET_UDP) return POSTERN_OK;
    for (;;) {
        int left = 0;
        short ready;
        postern_status status = net_check(connection, error);
        if (status < 0) return status;
        if (ioctl(connection->fd, SIOCOUTQ, &left) < 0) return fail_broken(connection, errno, error);
        if (left == 0) return POSTERN_OK;
        int64_t now_ms = net_clock_ms();
        if (left != before) until_ms = now_ms + settings->timeout_ms;
        if (now_ms >= until_ms || settings->host->stopping(settings->host))
            return fail_waiting(connection, now_ms >= until_ms ? POSTERN_E_RETRY : POSTERN_E_STOPPED,
                                settings->timeout_ms, "the receiver acknowledged nothing", error);
        before = left;
        /* Nothing tells when the queue is empty; that the connection ends is told at once. */
        net_wait(settings->host, connection->fd, POLLRDHUP, now_ms + pause_ms, &ready);
        if (pause_ms < MOST_PAUSE_MS) pause_ms *= 2;
    }
}

void net_describe(const struct net_connection *connection, char words[NET_DESCRIPTION_SIZE])
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char host[64] = "", port[8] = "";
    bool is_path = connection->target->scheme->transport == NET_UNIX;
    if (!is_path && getpeername(connection->fd, (struct sockaddr *)&address, &size) == 0)
        getnameinfo((const struct sockaddr *)&address, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    if (is_path)
        snprintf(words, NET_DESCRIPTION_SIZE, "a socket of %s",
                 connection->is_stream ? "a stream" : "datagrams");
    else
        snprintf(words, NET_DESCRIPTION_SIZE, "%s, port %s", host, port);
    if (connection->session) net_tls_describe(connection->session, words, NET_DESCRIPTION_SIZE);
}

bool net_finish(struct net_connection *connection, int64_t wait_ms)
{
    char dropped[512];
    size_t size;
    int64_t until_ms = net_clock_ms() + wait_ms;
    if (!connection->is_stream) return false;
    if (connection->session) SSL_shutdown(connection->session);
    if (shutdown(connection->fd, SHUT_WR) < 0) return false;
    while (!connection->has_ended) {
        int64_t left = until_ms - net_clock_ms();
        if (left <= 0 || net_receive(connection, left, dropped, sizeof dropped, &size, NULL) < 0) break;
    }
    return connection->has_ended;
}

/* ---- Beginning and end ---- */

static bool find_kind(struct net_connection *connection)
{
    int type = SOCK_STREAM;
    socklen_t size = sizeof type;
    bool found = getsockopt(connection->fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
    connection->is_stream = type == SOCK_STREAM;
    return found;
}

postern_status net_open(const struct net_settings *settings, const struct net_target *target,
                        struct net_connection **connection, postern_error *error)
{
    int64_t until_ms = net_clock_ms() + settings->connect_timeout_ms;
    struct net_connection *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    *made = (struct net_connection){.settings = settings, .target = target, .fd = -1};
    postern_status status = net_socket_open(settings, target, until_ms, &made->fd, error);
    if (status >= 0 && !find_kind(made)) status = fail_broken(made, errno, error);
    if (status >= 0 && target->scheme->transport == NET_TLS)
        status = net_tls_open(settings, target, made->fd, until_ms, &made->session, error);
    if (status >= 0)
        *connection = made;
    else
        net_close(made);
    return status;
}

void net_close(struct net_connection *connection)
{
    if (!connection) return;
    if (connection->session) net_tls_close(connection->session);
    if (connection->fd >= 0) close(connection->fd);
    free(connection);
}
