/* Which hosts Postern talks to. Pure: nothing is resolved. Sources: design.md section 7, mimecast-api.md
 * A2.1. */
#ifndef POSTERN_HTTP_HOST_POLICY_H
#define POSTERN_HTTP_HOST_POLICY_H

#include <postern/module.h>

struct sockaddr;
struct sockaddr_storage;

/* True for loopback, private, link-local, unique-local, unspecified and multicast addresses, also where an
 * IPv6 address wraps such an IPv4 address. */
bool address_is_private(const struct sockaddr *address);
bool address_is_loopback(const struct sockaddr *address);
/* Reads a literal IPv4 or IPv6 address, with or without brackets; false for a name. */
bool address_parse(const char *text, struct sockaddr_storage *address);
/* True for a literal loopback address and for "localhost". */
bool host_is_loopback(const char *host);

#endif
