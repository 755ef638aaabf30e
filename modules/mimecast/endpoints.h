/* The endpoints that are read by time range: what makes each different from the others. */
#ifndef MIMECAST_ENDPOINTS_H
#define MIMECAST_ENDPOINTS_H

#include <postern/module.h>

/* The `data` of its stream. */
struct endpoint {
    const char *path;
    const char *from, *until; /* the fields of the range */
    const char *constant;     /* further members of the request */
    const char *list;         /* the records lie in data[].<list>; NULL: in data itself */
    const char *time;         /* the field with the event's time */
};

/* Each has one source with one stream; ends with NULL. */
extern const postern_stream *const audit_streams[];
extern const postern_stream *const ttp_url_streams[];
extern const postern_stream *const ttp_attachment_streams[];
extern const postern_stream *const ttp_impersonation_streams[];
extern const postern_stream *const dlp_streams[];

#endif
