/* URLs that Postern itself asks: base URLs, requests, downloads, redirects, proxies. There is one reader for
 * all of them, because two that differ are a hole: what one takes for the host, the other does not. It
 * accepts only what every reader must understand alike; the URLs inside log records are parse/url.h's. Pure.
 */
#ifndef POSTERN_BASE_URL_H
#define POSTERN_BASE_URL_H

#include <postern/module.h>

#define URL_LIMIT          ((size_t)1 << 16)
#define URL_HOST_SIZE      256
#define URL_AUTHORITY_SIZE (URL_HOST_SIZE + 6) /* ":65535" behind it */

/* What is wrong with a text that shall be a URL. */
enum url_fault {
    URL_FINE,
    URL_TOO_LONG,
    URL_NO_SCHEME,    /* "host/path": no "://" */
    URL_OTHER_SCHEME, /* neither http nor https */
    URL_USER_INFO,    /* "user:password@host" */
    URL_NO_HOST,
    URL_BAD_HOST, /* a name, an IPv4 address of four decimal numbers or an IPv6 address in brackets it is not
                   */
    URL_BAD_PORT, /* not 1 to 65535, or empty behind its colon */
    URL_BAD_BYTE, /* a control character, a blank, a backslash or no ASCII */
    URL_DOT_SEGMENT, /* "." or ".." between slashes: what is asked would not be what is signed */
    URL_FRAGMENT,    /* "#..." */
};

struct url {
    bool https;               /* else http */
    char host[URL_HOST_SIZE]; /* lower case; an IPv6 address in its shortest form, with brackets */
    uint16_t port;            /* the scheme's own if the text has none */
    postern_text path;        /* begins with '/'; a part of the text, or a constant */
    postern_text query;       /* without '?'; data NULL = there is none */
};

/* Reads an absolute http or https URL. On a fault *url is untouched. */
enum url_fault url_read(postern_text text, struct url *url);
/* Reads "host" or "host:port"; `port` is left alone if there is none. */
enum url_fault url_read_authority(postern_text text, char host[URL_HOST_SIZE], uint16_t *port);
/* Whether a request below a base URL may ask this: from '/' on, with or without a query. */
enum url_fault url_check_path(postern_text text);
/* In words that hold nothing of the URL, to be read behind a name for it: "names no host". */
const char *url_fault_words(enum url_fault fault);

/* True if both lead to the same scheme, host and port. */
bool url_same_origin(const struct url *a, const struct url *b);
/* "host" or, if the port is not the scheme's own, "host:port". Returns `out`. */
const char *url_authority(const struct url *url, char out[URL_AUTHORITY_SIZE]);
/* "https://host:port": what stands before the path. Returns `out`. */
#define URL_ORIGIN_SIZE (URL_AUTHORITY_SIZE + sizeof("https://"))
const char *url_origin(const struct url *url, char out[URL_ORIGIN_SIZE]);

#endif
