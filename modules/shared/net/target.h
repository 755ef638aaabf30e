/* Where to connect to: "tls://siem.example.com:6514", "unix:///dev/log", taken apart. */
#ifndef SHARED_NET_TARGET_H
#define SHARED_NET_TARGET_H

#include <postern/kit.h>

enum net_transport {
    NET_TCP,
    NET_TLS,
    NET_UDP,
    NET_UNIX, /* datagrams or a stream, whichever stands there */
};

/* A word in front of "://" that a module knows. */
struct net_scheme {
    const char *word;
    const char *port; /* unless one is named; NULL with NET_UNIX */
    enum net_transport transport;
    int meaning; /* the module's own */
};

struct net_target {
    const struct net_scheme *scheme;
    char name[320]; /* as it was written, for messages */
    char host[256]; /* a name, an address without brackets, or a path */
    char port[6];
};

/* `schemes` ends with a word of NULL. POSTERN_E_CONFIG with what is wrong. */
postern_status net_target_read(postern_text text, const struct net_scheme *schemes, struct net_target *target,
                               postern_error *error);

#endif
