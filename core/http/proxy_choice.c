#include "http/proxy_choice.h"
#include "base/address.h"
#include "base/text.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

/* The bytes of a literal address; 0 for a name. */
static size_t address_bytes(const char *text, unsigned char bytes[16])
{
    struct sockaddr_storage address;
    if (!address_parse(text, &address)) return 0;
    if (address.ss_family == AF_INET) {
        memcpy(bytes, &((const struct sockaddr_in *)(const void *)&address)->sin_addr, 4);
        return 4;
    }
    memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)&address)->sin6_addr, 16);
    return 16;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, size_t bits)
{
    if (memcmp(a, b, bits / 8) != 0) return false;
    unsigned mask = 0xff00u >> bits % 8 & 0xffu;
    return mask == 0 || ((a[bits / 8] ^ b[bits / 8]) & mask) == 0;
}

/* `entry` may be "10.0.0.0/8" or one address. */
static bool network_covers(char *entry, const unsigned char *host, size_t host_size)
{
    unsigned char network[16] = {0};
    char *slash = strchr(entry, '/');
    if (slash) *slash = '\0';
    size_t size = address_bytes(entry, network);
    if (size != host_size) return false;
    if (!slash) return memcmp(network, host, size) == 0;
    char *end;
    unsigned long bits = strtoul(slash + 1, &end, 10);
    return end != slash + 1 && *end == '\0' && bits <= size * 8 && same_bits(network, host, bits);
}

static bool domain_covers(postern_text entry, postern_text host)
{
    if (entry.size && entry.data[0] == '.') entry = (postern_text){entry.data + 1, entry.size - 1};
    if (host.size && host.data[host.size - 1] == '.') host.size--;
    if (entry.size == 0 || entry.size > host.size) return false;
    size_t above = host.size - entry.size;
    char tail[256];
    if (!text_to_string((postern_text){host.data + above, entry.size}, tail, sizeof tail)) return false;
    return text_is_ignoring_case(entry, tail) && (above == 0 || host.data[above - 1] == '.');
}

static bool entry_covers(postern_text entry, const char *host)
{
    if (text_is(entry, "*")) return true;
    unsigned char bytes[16];
    size_t size = address_bytes(host, bytes);
    if (size == 0) return domain_covers(entry, text_of(host));
    char network[64];
    return text_to_string(entry, network, sizeof network) && network_covers(network, bytes, size);
}

bool no_proxy_covers(const char *list, const char *host)
{
    static const char separators[] = ", \t";
    for (const char *at = list; at && *at;) {
        at += strspn(at, separators);
        size_t size = strcspn(at, separators);
        if (size && entry_covers((postern_text){at, size}, host)) return true;
        at += size;
    }
    return false;
}

static const char *environment(const char *lower, const char *upper)
{
    const char *value = getenv(lower);
    if (!value || !*value) value = getenv(upper);
    return value && *value ? value : NULL;
}

const char *proxy_for_host(const char *setting, const char *no_proxy, const char *host)
{
    const char *proxy = setting;
    if (!proxy && !host_is_loopback(host)) {
        proxy = environment("https_proxy", "HTTPS_PROXY");
        if (!proxy) proxy = environment("all_proxy", "ALL_PROXY");
    }
    const char *exceptions = no_proxy ? no_proxy : environment("no_proxy", "NO_PROXY");
    return proxy && !no_proxy_covers(exceptions, host) ? proxy : "";
}
