/* What the user may set about every connection: one table for all modules that make them. */
#ifndef SHARED_NET_OPTIONS_H
#define SHARED_NET_OPTIONS_H

#include <postern/kit.h>

#define NET_OPTIONS                                                                                          \
    KIT_OPTION(PATH, "ca_file", NULL,                                                                        \
               "certificates to trust; else SSL_CERT_FILE, SSL_CERT_DIR or the system's"),                   \
        KIT_OPTION(PATH, "client_certificate", NULL, "PEM: our certificate and what it rests on"),           \
        KIT_OPTION(PATH, "client_key", NULL, "PEM: its key, without a pass phrase"),                         \
        KIT_OPTION(TEXT, "server_name", NULL,                                                                \
                   "the name that the receiver's certificate must have; else the target's host"),            \
        KIT_OPTION(DURATION, "connect_timeout", "10s", "the most for a connection, with TLS",                \
                   .minimum = 100, .maximum = 600000),                                                       \
        KIT_OPTION(DURATION, "timeout", "30s", "the most without progress while sending or waiting",         \
                   .minimum = 100, .maximum = 3600000),                                                      \
        KIT_OPTION(DURATION, "keepalive", "30s",                                                             \
                   "look for a silent receiver after so long without traffic; 0s = never", .minimum = 0,     \
                   .maximum = 7200000)

struct net_settings {
    const postern_host *host;
    const char *ca_file, *certificate, *key, *server_name; /* NULL = not given */
    int64_t connect_timeout_ms, timeout_ms, keepalive_ms;
};

/* The texts are copied, until net_settings_free. */
postern_status net_settings_read(const postern_host *host, struct net_settings *settings,
                                 postern_error *error);
void net_settings_free(struct net_settings *settings);

#endif
