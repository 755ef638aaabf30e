#include "http/sockets.h"
#include "base/error.h"
#include "base/log.h"
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

postern_status sockets_open(struct sockets *sockets, postern_error *error)
{
    *sockets = SOCKETS_INIT;
    sockets->watcher = epoll_create1(EPOLL_CLOEXEC);
    if (sockets->watcher >= 0) sockets->wakener = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event wakener = {.events = EPOLLIN, .data.fd = sockets->wakener};
    if (sockets->wakener >= 0 && epoll_ctl(sockets->watcher, EPOLL_CTL_ADD, sockets->wakener, &wakener) == 0)
        return POSTERN_OK;
    error_set_errno(error, POSTERN_E_IO, errno, "cannot watch the sockets of the network");
    sockets_close(sockets);
    return POSTERN_E_IO;
}

void sockets_close(struct sockets *sockets)
{
    if (sockets->watcher >= 0) close(sockets->watcher);
    if (sockets->wakener >= 0) close(sockets->wakener);
    *sockets = SOCKETS_INIT;
}

/* ---- What libcurl wants watched */

static void forget(struct sockets *sockets, int fd)
{
    struct epoll_event unused = {0};
    epoll_ctl(sockets->watcher, EPOLL_CTL_DEL, fd, &unused);
    /* Another socket may be opened by the same number while the rest of what was ready is gone through. */
    for (int i = 0; i < sockets->ready_count; i++)
        if (sockets->ready[i].data.fd == fd) sockets->ready[i].data.fd = -1;
}

/* A socket that nobody watches would have its request end by its time-out: what is wrong shows in the log. */
static int watch(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned)
{
    struct sockets *sockets = context;
    (void)easy, (void)assigned;
    if (what == CURL_POLL_REMOVE) return forget(sockets, fd), 0;
    struct epoll_event event = {.data.fd = fd};
    if (what & CURL_POLL_IN) event.events |= EPOLLIN;
    if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
    int failed = epoll_ctl(sockets->watcher, EPOLL_CTL_ADD, fd, &event);
    if (failed && errno == EEXIST) failed = epoll_ctl(sockets->watcher, EPOLL_CTL_MOD, fd, &event);
    if (failed) log_write(POSTERN_LOG_ERROR, NULL, "cannot watch a socket: %s", strerror(errno));
    return 0;
}

void sockets_watch(struct sockets *sockets, CURLM *multi)
{
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets);
}

/* ---- The loop */

/* libcurl's own time-out is asked for, so that its timers need no callback: nothing is kept of them here. */
static int least_timeout_ms(CURLM *multi, int timeout_ms)
{
    long until_timer = -1;
    curl_multi_timeout(multi, &until_timer);
    return until_timer >= 0 && until_timer < timeout_ms ? (int)until_timer : timeout_ms;
}

void sockets_wait(struct sockets *sockets, CURLM *multi, int timeout_ms)
{
    int count =
        epoll_wait(sockets->watcher, sockets->ready, SOCKETS_AT_ONCE, least_timeout_ms(multi, timeout_ms));
    sockets->ready_count = count > 0 ? count : 0; /* it may have been interrupted */
    for (int i = 0; i < sockets->ready_count; i++) {
        eventfd_t times;
        if (sockets->ready[i].data.fd != sockets->wakener) continue;
        eventfd_read(sockets->wakener, &times);
        sockets->ready[i].data.fd = -1;
    }
}

/* 0 = libcurl looks itself: in what way a socket has failed is told by what it then does with it. */
static int readiness(uint32_t events)
{
    if (events & (EPOLLERR | EPOLLHUP)) return 0;
    return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
}

void sockets_act(struct sockets *sockets, CURLM *multi)
{
    int running;
    for (int i = 0; i < sockets->ready_count; i++)
        if (sockets->ready[i].data.fd >= 0)
            curl_multi_socket_action(multi, sockets->ready[i].data.fd, readiness(sockets->ready[i].events),
                                     &running);
    sockets->ready_count = 0;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void sockets_wake(struct sockets *sockets)
{
    eventfd_write(sockets->wakener, 1);
}
