/* The endpoints that are read by time range: what makes each different from the others. */
#ifndef MIMECAST_ENDPOINTS_H
#define MIMECAST_ENDPOINTS_H

#include <postern/module.h>

struct endpoint {
    postern_stream stream;
    const char *path;
    const char *from, *until; /* the fields of the range */
    const char *constant;     /* further members of the request */
    const char *list;         /* the records lie in data[].<list>; NULL: in data itself */
    const char *time;         /* the field with the event's time */
};

enum {
    ENDPOINT_AUDIT,
    ENDPOINT_TTP_URL,
    ENDPOINT_TTP_ATTACHMENT,
    ENDPOINT_TTP_IMPERSONATION,
    ENDPOINT_DLP,
    ENDPOINTS
};

extern const struct endpoint endpoints[ENDPOINTS];

/* The endpoint behind a stream; NULL if it is none of them. */
const struct endpoint *endpoint_of(const postern_stream *stream);

#endif
