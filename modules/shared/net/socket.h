/* A connected socket that never blocks: TCP, UDP, or the UNIX socket at a path. */
#ifndef SHARED_NET_SOCKET_H
#define SHARED_NET_SOCKET_H

#include "shared/net/options.h"
#include "shared/net/target.h"

/* All addresses of the target are tried in their order, each with its share of the time. */
postern_status net_socket_open(const struct net_settings *settings, const struct net_target *target,
                               int64_t until_ms, int *fd, postern_error *error);

#endif
