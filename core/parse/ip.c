#include "parse/ip.h"
#include "base/text.h"
#include <arpa/inet.h>

/* Four numbers from 0 to 255, without leading zeros: nearly every address of a log, so by hand. */
static bool parse_ipv4(postern_text text, unsigned char bytes[4])
{
    const char *at = text.data, *end = text.data + text.size;
    for (int i = 0; i < 4; i++) {
        unsigned number = 0;
        const char *from = at;
        for (; at < end && (unsigned char)(*at - '0') < 10 && at - from < 4; at++)
            number = number * 10 + (unsigned char)(*at - '0');
        if (at == from || number > 255 || (*from == '0' && at - from > 1)) return false;
        bytes[i] = (unsigned char)number;
        if (i < 3 && (at == end || *at++ != '.')) return false;
    }
    return at == end;
}

static bool parse_ipv6(postern_text text, unsigned char bytes[16])
{
    char string[INET6_ADDRSTRLEN];
    /* a NUL would end the C string early */
    if (text.size >= sizeof string || memchr(text.data, '\0', text.size)) return false;
    text_to_string(text, string, sizeof string);
    return inet_pton(AF_INET6, string, bytes) == 1;
}

bool ip_parse(postern_text text, struct ip_address *address)
{
    if (text.size < 2) return false;
    struct ip_address found = {.version = memchr(text.data, ':', text.size) ? 6 : 4};
    if (found.version == 6) {
        if (!parse_ipv6(text, found.bytes)) return false;
    } else {
        if (!parse_ipv4(text, found.bytes + 12)) return false;
        found.bytes[10] = found.bytes[11] = 0xff;
    }
    *address = found;
    return true;
}

bool ip_is_valid(postern_text text)
{
    struct ip_address address;
    return ip_parse(text, &address);
}

static bool is_mapped_ipv4(const unsigned char bytes[16])
{
    static const unsigned char prefix[12] = {[10] = 0xff, [11] = 0xff};
    return memcmp(bytes, prefix, sizeof prefix) == 0;
}

static bool is_private_ipv4(const unsigned char a[4])
{
    return a[0] == 0 || a[0] == 10 || a[0] == 127 || (a[0] == 100 && (a[1] & 0xc0) == 64) ||
           (a[0] == 169 && a[1] == 254) || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
           (a[0] == 192 && a[1] == 168);
}

bool ip_is_private(const struct ip_address *address)
{
    static const unsigned char loopback[16] = {[15] = 1}, unspecified[16] = {0};
    const unsigned char *bytes = address->bytes;
    if (is_mapped_ipv4(bytes)) return is_private_ipv4(bytes + 12);
    return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
           memcmp(bytes, loopback, 16) == 0 || memcmp(bytes, unspecified, 16) == 0;
}

/* The number of prefix bits behind the '/', or -1. */
static int read_prefix(postern_text digits, int most)
{
    if (digits.size == 0 || digits.size > 3) return -1;
    int bits = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') return -1;
        bits = bits * 10 + (digits.data[i] - '0');
    }
    return bits <= most ? bits : -1;
}

bool ip_network_parse(postern_text text, struct ip_network *network)
{
    const char *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
    const char *end = text.data + text.size;
    struct ip_address address;
    if (!ip_parse(slash ? text_slice(text.data, slash) : text, &address)) return false;
    int width = address.version == 4 ? 32 : 128;
    int bits = slash ? read_prefix(text_slice(slash + 1, end), width) : width;
    if (bits < 0) return false;
    bits += 128 - width;
    for (int i = 0; i < 16; i++) {
        int kept = bits - 8 * i; /* prefix bits in this byte */
        unsigned mask = kept >= 8 ? 0xffu : kept <= 0 ? 0u : 0xffu & (0xffu << (8 - kept));
        network->first[i] = (unsigned char)(address.bytes[i] & mask);
        network->last[i] = (unsigned char)(address.bytes[i] | (0xffu & ~mask));
    }
    return true;
}
