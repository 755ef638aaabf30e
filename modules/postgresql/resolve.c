#include "shared/net/resolve.h"
#include "postgresql_sink.h"
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>

#define ADDRESS_SIZE (INET6_ADDRSTRLEN + 1 + IF_NAMESIZE)

static bool is_name(const struct target_server *server)
{
    const char *host = server->host;
    return host && !server->address && host[0] != '/' && host[0] != '@';
}

static size_t count_of(const struct addrinfo *found)
{
    size_t count = 0;
    for (; found; found = found->ai_next)
        count++;
    return count;
}

/* The name stands beside each address: by it libpq checks the certificate and finds the password. */
static bool list(const struct addrinfo *found, const char *host, struct server_addresses *found_at)
{
    size_t count = count_of(found), hosts_size = count * (strlen(host) + 1) + 1;
    size_t addresses_size = count * (ADDRESS_SIZE + 1) + 1;
    found_at->hosts = calloc(1, hosts_size);
    found_at->addresses = calloc(1, addresses_size);
    if (!found_at->hosts || !found_at->addresses) return false;
    struct kit_writer hosts = kit_writer_in_buffer(found_at->hosts, hosts_size);
    struct kit_writer addresses = kit_writer_in_buffer(found_at->addresses, addresses_size);
    for (const char *comma = ""; found; found = found->ai_next) {
        char address[ADDRESS_SIZE];
        if (getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof address, NULL, 0,
                        NI_NUMERICHOST) != 0)
            continue;
        kit_write(&hosts, kit_text(comma));
        kit_write(&hosts, kit_text(host));
        kit_write(&addresses, kit_text(comma));
        kit_write(&addresses, kit_text(address));
        comma = ",";
    }
    return true;
}

postern_status server_addresses_find(const struct connection *connection, const struct target_server *server,
                                     struct server_addresses *found_at, postern_error *error)
{
    static const struct net_scheme scheme = {.word = "postgresql", .transport = NET_TCP};
    struct net_target target = {.scheme = &scheme, .port = "5432"}; /* that of the addresses is not used */
    struct addrinfo *found = NULL;
    *found_at = (struct server_addresses){0};
    if (!is_name(server)) return POSTERN_OK;
    if (strlen(server->host) >= sizeof target.host)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "host: no name is so long");
    snprintf(target.host, sizeof target.host, "%s", server->host);
    snprintf(target.name, sizeof target.name, "%s", server->host);
    postern_status status =
        net_resolve(connection->sink->host, &target, connection->deadline_ms, &found, error);
    if (status < 0) return status;
    if (!list(found, server->host, found_at)) status = kit_no_memory(error);
    freeaddrinfo(found);
    if (status < 0 || *found_at->addresses) return status;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the name %s has no address", server->host);
}

void server_addresses_free(struct server_addresses *found_at)
{
    free(found_at->hosts);
    free(found_at->addresses);
}
