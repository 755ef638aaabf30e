/* A request and the reply to it, without the server's library. */
#ifndef SIMULATOR_HTTP_H
#define SIMULATOR_HTTP_H

#include "text.h"

enum { HTTP_ARGUMENTS = 16 };

/* A parameter of the query, decoded. */
struct http_argument {
    const char *name, *value;
};

struct http_request {
    const char *method, *path;
    const char *(*header)(const struct http_request *request, const char *name); /* NULL if absent */
    void *connection;
    const char *body; /* NUL-terminated */
    size_t body_size;
    unsigned number_on_connection; /* 1 = the first */
    int socket;
    const struct http_argument *arguments; /* at most HTTP_ARGUMENTS are kept; argument_count may be more */
    size_t argument_count;
    bool storage; /* came to the storage of batch files */
    bool decoy;   /* came to the port that nothing should ever come to */
};

enum { HTTP_HEADERS = 16 };

struct http_reply {
    unsigned status;
    struct {
        char name[32];
        char value[600];
    } headers[HTTP_HEADERS];
    size_t header_count;
    struct text body;
    int64_t date_offset_ms; /* added to the Date header */
    int64_t slow_ms;        /* spread over the body, in real time */
    bool close_silently;    /* no answer at all */
    bool reset;             /* the connection is reset in mid-body */
    bool gzip;              /* content coding, if the client accepts it */
    bool chunked;           /* without Content-Length */
    void *flight;           /* the service's: which call this ends */
};

void http_header(struct http_reply *reply, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void http_reply_clear(struct http_reply *reply); /* frees the body, zeroes the rest */

/* Gives the body the content coding gzip. */
void http_gzip(struct http_reply *reply);

/* Mimecast's ways to write a failure. */
enum failure_shape {
    SHAPE_ENVELOPE, /* /api/...: {"meta":{},"data":[],"fail":[{"key":{},"errors":[...]}]} */
    SHAPE_GATEWAY,  /* API 2.0's gateway: {"fail":[{"code":"","message":""}]} */
    SHAPE_REST,     /* /siem/v1/...: {"error":{"code":"","message":""}} */
    SHAPE_ERRORS    /* the newer lists: {"errors":[{"code":"","message":"","field":""}]} */
};

/* Replaces the reply by a failure of that shape. `field` may be NULL. */
void http_fail(struct http_reply *reply, enum failure_shape shape, unsigned status, const char *code,
               const char *message, const char *field, bool retryable);

#endif
