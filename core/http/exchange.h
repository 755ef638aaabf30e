/* One exchange: a request and its answer, or why there is none. */
#ifndef POSTERN_HTTP_EXCHANGE_H
#define POSTERN_HTTP_EXCHANGE_H

#include "base/arena.h"
#include "http/admission.h"

struct http_sight;

struct http_exchange {
    /* The request; must live until `done`. */
    const char *method;
    const char *url;
    postern_text body;
    const postern_pair *headers; /* constant ones */
    size_t header_count;
    int64_t timeout_ms;  /* 0 = the setting */
    bool credentialless; /* a download: https, no redirects, no private or link-local addresses unless
                            `allow_private` */
    bool allow_private;
    bool hides_path;   /* its path is a secret */
    bool keeps_coding; /* the body comes as it is stored: its content coding is not removed (a download's is
                          not if it is unknown) */
    /* Called before each try, also when libcurl would silently send again on a kept connection that died:
     * adds fresh headers (signature, date). The arena is wiped after the headers have been copied. A failure
     * ends the exchange with that error. NULL = none. [network] */
    postern_status (*sign)(struct http_exchange *exchange, postern_arena *arena, postern_pair *headers,
                           size_t capacity, size_t *count, postern_error *error);

    /* The answer, set before `done`. Either `error.code` < 0 (no HTTP answer) or `status` and the rest.
     *   POSTERN_E_RETRY     DNS, connect, TLS, time-out, proxy, reset, answer cut short, stopped
     *   POSTERN_E_LIMIT     the answer is larger than the setting: status and headers are there all the same;
     *                       or it has too many headers: then they are not
     *   POSTERN_E_CONFIG    the URL or the CA file cannot be used
     *   POSTERN_E_IO        the answer could not be spilled; POSTERN_E_MEMORY; POSTERN_E_INVALID: a mistake
     * of the caller. Messages name host and path, of a download and where the path is a secret the host
     * alone, never headers or queries. A redirect is an answer (3xx) whose error has code 0 but words all the
     * same: message and remedy for whoever reports it. */
    postern_error error;
    int status;
    postern_pair *answer_headers; /* names in lower case */
    size_t answer_header_count;
    postern_text answer_body;        /* in memory or mapped; valid until http_exchange_clear */
    bool answer_is_mapped;           /* of a file, read only */
    int64_t server_date_ms;          /* from Date, 0 = none; only over verified TLS (or loopback) */
    int64_t started_ms, finished_ms; /* monotonic: http_start and `done` */
    int64_t begun_ms;                /* likewise: when it was let in; 0 = it was not */
    enum admission_bound bound;      /* what it had to wait for until then */
    int tries;                       /* requests actually put on the wire */
    bool coding_failed; /* beside an error: nothing but the content coding was in the way of a body */

    struct http_sight *sight; /* the caller's: what else is to be seen is put there; NULL = nobody looks */

    void (*done)(struct http_exchange *exchange); /* [network] */
    void *context;
    struct http_transfer *transfer; /* of whoever runs it */
};

/* Forgets what an earlier run left in the fields of the answer; frees nothing. */
void http_exchange_reset(struct http_exchange *exchange);
/* Frees the answer (also the mapping); the request stays, so that it can be started again. Any thread, after
 * or in `done`. */
void http_exchange_clear(struct http_exchange *exchange);
/* The first header of that (lower-case) name, empty if absent. */
postern_text http_header(const struct http_exchange *exchange, const char *name);

#endif
