/* Which sockets of libcurl are ready (epoll): libcurl looks at those alone, so what is under way and waits
 * for its answer costs nothing. One thread; any other may wake it. */
#ifndef POSTERN_HTTP_SOCKETS_H
#define POSTERN_HTTP_SOCKETS_H

#include <curl/curl.h>
#include <postern/module.h>
#include <sys/epoll.h>

#define SOCKETS_AT_ONCE 64

struct sockets {
    int watcher; /* the instance of epoll */
    int wakener; /* an eventfd, watched too */
    struct epoll_event ready[SOCKETS_AT_ONCE];
    int ready_count;
};

#define SOCKETS_INIT ((struct sockets){.watcher = -1, .wakener = -1})

/* POSTERN_E_IO if there are no more file descriptors. */
postern_status sockets_open(struct sockets *sockets, postern_error *error);
void sockets_close(struct sockets *sockets);
/* All sockets of a new multi handle are watched until it is cleaned up, which comes before sockets_close. */
void sockets_watch(struct sockets *sockets, CURLM *multi);

/* Waits until a socket is ready, a timer of libcurl is due, it is woken, or for `timeout_ms`; 0 = only looks.
 * What is found is for sockets_act. */
void sockets_wait(struct sockets *sockets, CURLM *multi, int timeout_ms);
/* Has libcurl go on with what was ready, and with what its timers say is due, as which it counts handles that
 * were just added. What has ended then shows in its messages. */
void sockets_act(struct sockets *sockets, CURLM *multi);
/* Ends the wait under way, or the next one. Any thread. */
void sockets_wake(struct sockets *sockets);

#endif
