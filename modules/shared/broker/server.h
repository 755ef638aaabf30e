/* "broker-1.example.com:4222", "[2001:db8::1]:4222", "broker-1": one of a broker's servers. */
#ifndef SHARED_BROKER_SERVER_H
#define SHARED_BROKER_SERVER_H

#include <postern/kit.h>

struct broker_server {
    char host[256]; /* without brackets */
    int port;
};

/* POSTERN_E_CONFIG with words if it is none; no scheme, user or path is taken. */
postern_status broker_read_server(postern_text text, int default_port, struct broker_server *server,
                                  postern_error *error);

/* All of the list `option`, in memory to be freed with free. */
postern_status broker_read_servers(const postern_host *host, const char *option, int default_port,
                                   struct broker_server **servers, size_t *count, postern_error *error);

/* How much longer than its own time-out a library may take: a name may resolve slowly. */
#define BROKER_PATIENCE_MS 1000
/* Words for the status of a library's call to connect that did not come to its end (net_run_aside). */
postern_status broker_not_reached(const struct broker_server *server, postern_status status,
                                  postern_error *error);

#endif
