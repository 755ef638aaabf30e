#include "base/address.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

struct network_v4 {
    uint32_t address;
    int bits;
};

/* Everything that is not a public unicast address (the special-purpose registries of RFC 6890 and later). */
static const struct network_v4 private_v4[] = {
    {0x00000000, 8},  /* "this network", unspecified */
    {0x0a000000, 8},  /* private */
    {0x64400000, 10}, /* shared by carriers; clouds keep services there */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local, where clouds keep their metadata */
    {0xac100000, 12}, /* private */
    {0xc0000000, 24}, /* protocol assignments */
    {0xc0000200, 24}, /* documentation */
    {0xc0a80000, 16}, /* private */
    {0xc6120000, 15}, /* benchmarks */
    {0xc6336400, 24}, /* documentation */
    {0xcb007100, 24}, /* documentation */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, broadcast */
};

static bool v4_is_private(uint32_t address)
{
    for (size_t i = 0; i < sizeof private_v4 / sizeof *private_v4; i++)
        if ((address ^ private_v4[i].address) >> (32 - private_v4[i].bits) == 0) return true;
    return false;
}

static uint32_t read_v4(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool all_zero(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (bytes[i]) return false;
    return true;
}

static bool v6_is_private(const uint8_t bytes[16])
{
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    if (all_zero(bytes, 15) && bytes[15] <= 1) return true;             /* unspecified, loopback */
    if (all_zero(bytes, 12)) return v4_is_private(read_v4(bytes + 12)); /* the old "compatible" form */
    if (all_zero(bytes, 10) && bytes[10] == 0xff && bytes[11] == 0xff)
        return v4_is_private(read_v4(bytes + 12));
    if (memcmp(bytes, nat64, sizeof nat64) == 0) return v4_is_private(read_v4(bytes + 12));
    if ((bytes[0] & 0xe0) != 0x20) return true; /* public addresses come from 2000::/3 alone */
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return v4_is_private(read_v4(bytes + 2)); /* 6to4 */
    if (bytes[0] == 0x20 && bytes[1] == 0x01)
        return bytes[2] < 2 || (bytes[2] == 0x0d && bytes[3] == 0xb8); /* protocols (Teredo), documentation */
    return bytes[0] == 0x3f && bytes[1] == 0xff && bytes[2] < 0x10;    /* documentation */
}

bool address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return v4_is_private(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return v6_is_private(v6.sin6_addr.s6_addr);
    }
    return true; /* a kind of address that we do not know is not the public internet */
}

bool address_is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        const uint8_t *bytes = v6.sin6_addr.s6_addr;
        return all_zero(bytes, 15) && bytes[15] == 1;
    }
    return false;
}

bool address_parse(const char *text, struct sockaddr_storage *address)
{
    char host[INET6_ADDRSTRLEN + 2];
    postern_text bare = text_of(text);
    if (bare.size > 2 && bare.data[0] == '[' && bare.data[bare.size - 1] == ']')
        bare = (postern_text){bare.data + 1, bare.size - 2};
    if (!text_to_string(bare, host, sizeof host)) return false;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    memset(address, 0, sizeof *address);
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof v4);
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(address, &v6, sizeof v6);
        return true;
    }
    return false;
}

bool host_is_loopback(const char *host)
{
    struct sockaddr_storage address;
    if (address_parse(host, &address)) return address_is_loopback((const struct sockaddr *)&address);
    postern_text name = text_of(host);
    return text_is_ignoring_case(name, "localhost") || text_is_ignoring_case(name, "localhost.");
}

bool host_is_private(const char *host)
{
    struct sockaddr_storage address;
    if (address_parse(host, &address)) return address_is_private((const struct sockaddr *)&address);
    return host_is_loopback(host);
}
