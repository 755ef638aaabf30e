/* Which hosts Postern talks to. Pure, apart from resolving nothing. Sources: design.md section 7, mimecast-api.md A2.1. */
#ifndef POSTERN_HTTP_HOST_POLICY_H
#define POSTERN_HTTP_HOST_POLICY_H

#include <postern/module.h>

struct sockaddr;
/* True for loopback, private, link-local, unique-local, unspecified and multicast addresses. */
bool address_is_private(const struct sockaddr *address);

#endif
