/* What can be seen of an exchange beside its answer: who answered, over which TLS, with which certificate. */
#ifndef POSTERN_HTTP_SIGHT_H
#define POSTERN_HTTP_SIGHT_H

#include <curl/curl.h>
#include <stdint.h>

struct http_sight {
    char address[64]; /* "192.0.2.7 port 443"; "" = nobody was reached */
    char tls[96];     /* "TLSv1.3, TLS_AES_256_GCM_SHA384"; "" = none, or a connection that was open before */
    char subject[256];          /* of the certificate; "" = as above */
    int64_t certified_until_ms; /* 0 = not known */
};

/* Has libcurl show it. */
void sight_watch(struct http_sight *sight, CURL *easy);
/* A connection is there, and the request goes out on it. */
void sight_connected(struct http_sight *sight, const char *address, int port);
/* The try has ended; `easy` is still there. */
void sight_finish(struct http_sight *sight, CURL *easy);

#endif
