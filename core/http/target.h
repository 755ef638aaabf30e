/* Where a request goes, read from its URL, and whether it may. */
#ifndef POSTERN_HTTP_TARGET_H
#define POSTERN_HTTP_TARGET_H

#include <postern/module.h>

struct http_target {
    char *host; /* without brackets */
    char *path; /* without the query, which may be a signature: safe to show */
    char *key;  /* "host:port", lower case; an IPv6 address with brackets */
    bool https;
    bool allowed_http; /* not https, and not only to loopback addresses: the settings name the host */
};

/* Accepts https, and plain http to loopback hosts and to those of `allow_http` (ends with NULL; NULL = none);
 * no user name or password. POSTERN_E_CONFIG otherwise, in words that never hold the query. */
postern_status target_parse(const char *text, const char *const *allow_http, struct http_target *target,
                            postern_error *error);
/* A download without credentials: https to a public host only, unless private ones are allowed. Names are
 * checked when they have been resolved. */
postern_status target_check_public(const struct http_target *target, postern_error *error);
void target_free(struct http_target *target);

/* "host:port" of a proxy without its user name and password, into `out`. */
void proxy_display_name(const char *proxy, char *out, size_t capacity);
/* Host and path of a redirect's Location, into `out`; `url` is what was asked. "" if it is no URL or a path
 * that does not begin with '/'. */
void location_display_name(const char *text, postern_text location, char *out, size_t capacity);

#endif
