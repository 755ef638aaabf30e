/* Which proxy a request goes through. Decided here and not inside libcurl, because the rules on addresses
 * depend on it: behind a proxy the connected address is the proxy's. */
#ifndef POSTERN_HTTP_PROXY_CHOICE_H
#define POSTERN_HTTP_PROXY_CHOICE_H

#include <stdbool.h>

/* True if `host` is on the list: names separated by commas or blanks, each of which covers itself and what
 * lies below it (a leading dot makes no difference); addresses; networks ("10.0.0.0/8"); "*" for all. NULL =
 * an empty list. */
bool no_proxy_covers(const char *list, const char *host);

/* The proxy for an https request to `host`, or "" for none. The setting counts for every host that `no_proxy`
 * does not cover. Without it the environment counts (https_proxy, all_proxy, no_proxy, in lower or upper
 * case), but never for loopback hosts. The result points into the setting or the environment and may hold a
 * password: never log it. */
const char *proxy_for_host(const char *setting, const char *no_proxy, const char *host);

#endif
