/* The addresses of a name, without waiting longer than a deadline. */
#ifndef SHARED_NET_RESOLVE_H
#define SHARED_NET_RESOLVE_H

#include "shared/net/target.h"
#include <netdb.h>

/* Free *found with freeaddrinfo. A question to the name service cannot be broken off: it goes on in a thread
 * of its own, which nobody waits for any more, until the system gives it up. POSTERN_E_RETRY or
 * POSTERN_E_STOPPED, with words. */
postern_status net_resolve(const postern_host *host, const struct net_target *target, int64_t until_ms,
                           struct addrinfo **found, postern_error *error);

#endif
