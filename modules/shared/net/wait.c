#include "shared/net/wait.h"
#include <errno.h>
#include <poll.h>
#include <time.h>

#define LOOK_MS 100 /* how often it looks whether the host stops */

int64_t net_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

postern_status net_wait(const postern_host *host, int fd, short events, int64_t until_ms, short *ready)
{
    for (;;) {
        struct pollfd poll_fd = {.fd = fd, .events = events};
        int64_t left = until_ms - net_clock_ms();
        int count = poll(&poll_fd, 1, left <= 0 ? 0 : left < LOOK_MS ? (int)left : LOOK_MS);
        if (count > 0) {
            *ready = poll_fd.revents;
            return POSTERN_OK;
        }
        if (count < 0 && errno != EINTR) return POSTERN_E_IO;
        if (host->stopping(host)) return POSTERN_E_STOPPED;
        if (count == 0 && left <= 0) return POSTERN_E_RETRY;
    }
}
