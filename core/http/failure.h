/* Why there is no answer, in words that an administrator can act on. Pure: the facts are gathered elsewhere.
 */
#ifndef POSTERN_HTTP_FAILURE_H
#define POSTERN_HTTP_FAILURE_H

#include "http/settings.h"
#include <curl/curl.h>
#include <postern/module.h>

struct transport_failure {
    CURLcode code;
    const char *host, *path;                 /* never the query */
    const char *proxy;                       /* "host:port", NULL = asked directly */
    long proxy_status;                       /* what the proxy answered to CONNECT, 0 = nothing */
    int os_error;                            /* errno of the connection, 0 = none */
    long verify_result, proxy_verify_result; /* X509_V_... */
    const char
        *detail; /* libcurl's own words: shown for TLS only, since elsewhere they may quote what is secret */
    const char *ca_file, *client_certificate;
    struct http_setting_names names;
    bool resolved;        /* the name, of the proxy if there is one */
    bool asked;           /* the request was put on the wire */
    bool head_ended;      /* the head of the answer was whole */
    int64_t received;     /* bytes of the answer so far, headers included */
    int64_t waited_ms;    /* how long the time-out was that passed */
    bool refused_address; /* every address of the host was one that we do not talk to */
};

/* Fills the error and returns its code: POSTERN_E_RETRY for what may pass, POSTERN_E_CONFIG,
 * POSTERN_E_MEMORY. */
postern_status failure_explain(const struct transport_failure *failure, postern_error *error);

#endif
