/* Addresses and hosts: which are private, which are this machine. Pure: nothing is resolved. The one place
 * for that decision, whoever asks: base URLs, requests, downloads, proxies. */
#ifndef POSTERN_BASE_ADDRESS_H
#define POSTERN_BASE_ADDRESS_H

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
/* True for a literal private address and for "localhost"; names are judged when they have been resolved. */
bool host_is_private(const char *host);

#endif
