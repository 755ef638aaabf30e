/* IP addresses and networks. Pure functions. */
#ifndef POSTERN_PARSE_IP_H
#define POSTERN_PARSE_IP_H

#include <postern/module.h>

/* An IPv4 address is held as IPv4-mapped IPv6 (::ffff:a.b.c.d), so that 16 bytes compare as one number and a
 * mapped address is found in IPv4 networks. */
struct ip_address {
    unsigned char bytes[16];
    int version; /* as written: 4 or 6 */
};

/* All addresses from `first` to `last`, both inclusive. */
struct ip_network {
    unsigned char first[16], last[16];
};

/* An address exactly as written: no blanks, port, zone, leading zeros or brackets. False if it is none. */
bool ip_parse(postern_text text, struct ip_address *address);
/* The same, when only the yes or no is wanted. */
bool ip_is_valid(postern_text text);
/* True if the address cannot be one of the public internet: private (10/8, 172.16/12, 192.168/16, fc00::/7),
 * shared (100.64/10), loopback, link-local or unspecified. */
bool ip_is_private(const struct ip_address *address);
/* "10.0.0.0/8", "2001:db8::/32", or a single address. Bits behind the prefix are ignored. */
bool ip_network_parse(postern_text text, struct ip_network *network);

#endif
