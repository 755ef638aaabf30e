#include "shared/broker/server.h"
#include <stdlib.h>

static bool read_port(postern_text digits, int *port)
{
    int number = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9' || i == 5) return false;
        number = number * 10 + (digits.data[i] - '0');
    }
    if (number < 1 || number > 65535) return false;
    *port = number;
    return true;
}

static bool is_host(postern_text host, bool bracketed)
{
    for (size_t i = 0; i < host.size; i++) {
        char c = kit_lower(host.data[i]);
        bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ||
                    (bracketed && (c == ':' || c == '%'));
        if (!good) return false;
    }
    return host.size > 0;
}

static bool read_server(postern_text text, struct broker_server *server)
{
    bool bracketed = kit_starts_with(text, "[");
    const char *end = kit_end(text), *at = text.data;
    const char *close = text.size ? memchr(text.data, bracketed ? ']' : ':', text.size) : NULL;
    if (bracketed && !close) return false;
    postern_text host = kit_between(bracketed ? at + 1 : at, close ? close : end);
    at = bracketed ? close + 1 : kit_end(host);
    if (!is_host(host, bracketed) || host.size >= sizeof server->host) return false;
    if (at < end && (*at != ':' || !read_port(kit_between(at + 1, end), &server->port))) return false;
    memcpy(server->host, host.data, host.size);
    server->host[host.size] = '\0';
    return true;
}

postern_status broker_read_server(postern_text text, int default_port, struct broker_server *server,
                                  postern_error *error)
{
    struct broker_server read = {.port = default_port};
    if (!read_server(text, &read)) /* it is not shown: somebody may have put a password into it */
        return kit_fail(error, POSTERN_E_CONFIG,
                        "write \"host:port\"; user and password are options of their own, and tls says how",
                        "one of the servers is no \"host\" or \"host:port\"");
    *server = read;
    return POSTERN_OK;
}

postern_status broker_read_servers(const postern_host *host, const char *option, int default_port,
                                   struct broker_server **servers, size_t *count, postern_error *error)
{
    size_t number = 0;
    postern_text text;
    while (host->option_item(host, option, number, &text))
        number++;
    if (number == 0)
        return kit_fail(error, POSTERN_E_CONFIG, "name at least one as \"host:port\"", "%s is empty", option);
    struct broker_server *read = calloc(number, sizeof *read);
    if (!read) return kit_no_memory(error);
    postern_status status = POSTERN_OK;
    for (size_t i = 0; i < number && status >= 0; i++) {
        host->option_item(host, option, i, &text);
        status = broker_read_server(text, default_port, &read[i], error);
    }
    if (status < 0) {
        free(read);
        return status;
    }
    *servers = read;
    *count = number;
    return POSTERN_OK;
}

postern_status broker_not_reached(const struct broker_server *server, postern_status status,
                                  postern_error *error)
{
    if (status == POSTERN_E_MEMORY) return kit_no_memory(error);
    if (status == POSTERN_E_STOPPED) return kit_fail(error, status, NULL, "Postern is stopping");
    return kit_fail(error, status, "check the address and the machine's name service (DNS)",
                    "no connection to %s:%d within connect_timeout", server->host, server->port);
}
