/* URLs as they stand in log records. Pure functions over text: the results point into the input. */
#ifndef POSTERN_PARSE_URL_H
#define POSTERN_PARSE_URL_H

#include <postern/module.h>

struct url_parts {
    postern_text full;      /* all of it without the white space around it; empty without a scheme */
    postern_text scheme;    /* "https"; empty if the text has none */
    postern_text username;  /* what stands before '@' in the authority */
    postern_text password;  /* and behind its ':' */
    postern_text domain;    /* host name or address; an IPv6 address keeps its brackets */
    postern_text path;      /* from the '/', without query; empty if there is none */
    postern_text extension; /* of the path's last segment, a file's: "html" (file_extension.h) */
    postern_text query;     /* without '?' */
    postern_text fragment;  /* without '#' */
    int port;               /* 0 = none given; URL_UNUSABLE_PORT */
};
#define URL_UNUSABLE_PORT (-1) /* what stands there is no number up to 65535 */

/* Splits, with white space around it allowed; decodes nothing, changes no case. Understands "scheme://...",
 * "scheme:path" and, because logs hold them, "//host/path" and "host.tld/path" without a scheme. Where a
 * browser goes, it goes too: "https:\\host", "https:host" and "http://host\@other" all lead to `host`. False,
 * with *parts untouched, if there is neither a scheme nor something like a host name, or if the host is
 * malformed.
 */
bool url_parse(postern_text text, struct url_parts *parts);
/* The host if it is an address, without brackets; else empty. */
postern_text url_host_address(const struct url_parts *parts);

#endif
