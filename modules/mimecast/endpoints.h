/* The endpoints below /api that are read page by page: what makes each different from the others. */
#ifndef MIMECAST_ENDPOINTS_H
#define MIMECAST_ENDPOINTS_H

#include "page_records.h"

/* The `data` of its streams. */
struct endpoint {
    const char *path;
    const char *from, *until; /* the fields of the range; NULL: it has none, all is read */
    const char *constant;     /* further members of the request, each behind a comma */
    struct page_shape shape;
};

/* Each has one source with one stream for each API; ends with NULL. */
extern const postern_stream *const audit_streams[];
extern const postern_stream *const ttp_url_streams[];
extern const postern_stream *const ttp_attachment_streams[];
extern const postern_stream *const ttp_impersonation_streams[];
extern const postern_stream *const dlp_streams[];
extern const postern_stream *const held_release_streams[];
extern const postern_stream *const rejections_streams[];
extern const postern_stream *const archive_search_streams[];
extern const postern_stream *const archive_view_streams[];
extern const postern_stream *const remediation_streams[];
extern const postern_stream *const hold_queue_streams[];

#endif
