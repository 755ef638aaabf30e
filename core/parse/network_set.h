/* A set of IP networks: made once, asked often. */
#ifndef POSTERN_PARSE_NETWORK_SET_H
#define POSTERN_PARSE_NETWORK_SET_H

#include "parse/ip.h"

/* Sorts the networks and merges those that overlap, so that they can be asked. Returns how many are left. */
size_t network_set_build(struct ip_network *networks, size_t count);
/* True if one of the networks, as network_set_build left them, holds the address. Takes log2(count) steps. */
bool network_set_contains(const struct ip_network *networks, size_t count, const struct ip_address *address);

#endif
