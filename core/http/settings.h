/* What governs exchanges: time-outs, limits, whom to trust, the way out. */
#ifndef POSTERN_HTTP_SETTINGS_H
#define POSTERN_HTTP_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/* What the user calls the settings that govern, for remedies. */
struct http_setting_names {
    const char *url; /* NULL = base_url */
    /* Options of one client's own that stand in the place of those of http { ... }; NULL = those of http. */
    const char *ca_file, *proxy, *timeout, *response_limit;
};

struct http_settings {
    const char *ca_file, *proxy,
        *no_proxy; /* NULL = not set: then SSL_CERT_FILE/SSL_CERT_DIR and the environment */
    const char *client_certificate, *client_key; /* PEM; NULL = none, and NULL = in the same file */
    const char *const *allow_http; /* hosts that may be asked without TLS, as loopback ones may; ends with
                                      NULL; NULL = none */
    struct http_setting_names names;
    int64_t connect_timeout_ms, timeout_ms, idle_timeout_ms;
    int64_t max_connections;
    int64_t max_connections_per_host; /* 0 = as many as max_connections */
    int64_t response_limit;           /* bytes after content decoding; beyond: POSTERN_E_LIMIT */
    int64_t spill_above; /* bytes; larger bodies go to an unlinked file in spill_directory and are mapped */
    const char *spill_directory; /* NULL = never */
    /* Without a request for so long: closes kept connections, gives memory back; 0 = as network.c thinks. */
    int64_t release_after_ms;
    bool http2;
};

#endif
