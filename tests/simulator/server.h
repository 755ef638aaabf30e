/* The HTTPS server around the service: libmicrohttpd, one thread per connection. */
#ifndef SIMULATOR_SERVER_H
#define SIMULATOR_SERVER_H

#include "service.h"

struct server;

/* Listens on 127.0.0.1 (on settings.port, 0 = any) and, for redirects that nobody should follow, on a second
 * port; on a third is the storage. Fills the ports of the service. NULL with a message on stderr. */
struct server *server_start(struct service *service);
void server_stop(struct server *server);

#endif
