/* Waiting with an end: for a socket, until a deadline of the monotonic clock or until Postern stops. */
#ifndef SHARED_NET_WAIT_H
#define SHARED_NET_WAIT_H

#include <postern/kit.h>

/* Only differences mean something. */
int64_t net_clock_ms(void);

/* Until `fd` is ready for `events` of poll(2), or has failed: *ready says for which. POSTERN_E_RETRY at the
 * deadline and POSTERN_E_STOPPED when the host stops (noticed within a tenth of a second), without words. */
postern_status net_wait(const postern_host *host, int fd, short events, int64_t until_ms, short *ready);

#endif
