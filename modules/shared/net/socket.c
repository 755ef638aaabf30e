#include "shared/net/socket.h"
#include "shared/net/resolve.h"
#include "shared/net/wait.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static postern_status say_unreachable(const struct net_target *target, int error_number, postern_error *error)
{
    const char *remedy =
        target->scheme->transport == NET_UNIX
            ? "see that the receiver runs and that Postern may write to its socket"
            : "see that the receiver runs and listens there, and that no firewall is between";
    return kit_fail(error, POSTERN_E_RETRY, remedy, "%s: no connection: %s", target->name,
                    strerror(error_number));
}

static void set_number(int fd, int level, int option, int64_t value)
{
    int number = value > INT32_MAX ? INT32_MAX : (int)value;
    setsockopt(fd, level, option, &number, sizeof number);
}

/* A receiver that is gone without a word is noticed, with traffic and without. */
static void watch_peer(const struct net_settings *settings, int fd)
{
    int64_t seconds = (settings->keepalive_ms + 999) / 1000, between = seconds / 3;
    set_number(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_number(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, settings->timeout_ms);
    if (seconds == 0) return;
    set_number(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
    set_number(fd, IPPROTO_TCP, TCP_KEEPINTVL, between ? between : 1);
    set_number(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
}

/* An errno, 0 if it is connected. */
static int finish_connecting(const postern_host *host, int fd, int64_t until_ms)
{
    short ready;
    int failure = 0;
    socklen_t size = sizeof failure;
    postern_status status = net_wait(host, fd, POLLOUT, until_ms, &ready);
    if (status == POSTERN_E_STOPPED) return EINTR;
    if (status < 0) return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) < 0 ? errno : failure;
}

static int try_address(const struct net_settings *settings, const struct addrinfo *address, int64_t until_ms,
                       int *fd)
{
    int made = socket(address->ai_family, address->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return errno;
    if (address->ai_socktype == SOCK_STREAM) watch_peer(settings, made);
    int failure = connect(made, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (failure == EINPROGRESS) failure = finish_connecting(settings->host, made, until_ms);
    if (failure)
        close(made);
    else
        *fd = made;
    return failure;
}

static postern_status connect_network(const struct net_settings *settings, const struct net_target *target,
                                      int64_t until_ms, int *fd, postern_error *error)
{
    struct addrinfo *found;
    int64_t count = 0;
    int failure = EADDRNOTAVAIL;
    postern_status status = net_resolve(settings->host, target, until_ms, &found, error);
    if (status < 0) return status;
    for (const struct addrinfo *address = found; address; address = address->ai_next)
        count++;
    for (const struct addrinfo *address = found; address && failure && failure != EINTR;
         address = address->ai_next, count--) {
        int64_t now = net_clock_ms();
        failure = try_address(settings, address, now + (until_ms - now) / count, fd);
    }
    freeaddrinfo(found);
    if (failure == EINTR) return kit_fail(error, POSTERN_E_STOPPED, NULL, "Postern is stopping");
    return failure ? say_unreachable(target, failure, error) : POSTERN_OK;
}

static int try_path(const struct net_target *target, int type, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int made = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0) return errno;
    memcpy(address.sun_path, target->host, strlen(target->host) + 1);
    if (connect(made, (const struct sockaddr *)&address, sizeof address) == 0) {
        *fd = made;
        return 0;
    }
    int failure = errno;
    close(made);
    return failure;
}

/* Most system loggers take datagrams; a socket of the other kind says so. */
static postern_status connect_path(const struct net_target *target, int *fd, postern_error *error)
{
    int failure = try_path(target, SOCK_DGRAM, fd);
    if (failure == EPROTOTYPE) failure = try_path(target, SOCK_STREAM, fd);
    return failure ? say_unreachable(target, failure, error) : POSTERN_OK;
}

postern_status net_socket_open(const struct net_settings *settings, const struct net_target *target,
                               int64_t until_ms, int *fd, postern_error *error)
{
    if (target->scheme->transport == NET_UNIX) return connect_path(target, fd, error);
    return connect_network(settings, target, until_ms, fd, error);
}
