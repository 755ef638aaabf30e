#include "shared/net/options.h"
#include <stdlib.h>

static bool read_text(const postern_host *host, const char *name, const char **value)
{
    postern_text text;
    if (!host->option_text(host, name, &text)) return true;
    *value = kit_string(text);
    return *value != NULL;
}

postern_status net_settings_read(const postern_host *host, struct net_settings *settings,
                                 postern_error *error)
{
    struct net_settings read = {.host = host};
    bool whole = read_text(host, "ca_file", &read.ca_file) &&
                 read_text(host, "client_certificate", &read.certificate) &&
                 read_text(host, "client_key", &read.key) &&
                 read_text(host, "server_name", &read.server_name);
    host->option_integer(host, "connect_timeout", &read.connect_timeout_ms);
    host->option_integer(host, "timeout", &read.timeout_ms);
    host->option_integer(host, "keepalive", &read.keepalive_ms);
    if (whole && !read.certificate == !read.key) {
        *settings = read;
        return POSTERN_OK;
    }
    net_settings_free(&read);
    if (!whole) return kit_no_memory(error);
    return kit_fail(error, POSTERN_E_CONFIG, NULL, "client_certificate and client_key go together");
}

void net_settings_free(struct net_settings *settings)
{
    free((void *)(uintptr_t)settings->ca_file);
    free((void *)(uintptr_t)settings->certificate);
    free((void *)(uintptr_t)settings->key);
    free((void *)(uintptr_t)settings->server_name);
    *settings = (struct net_settings){0};
}
