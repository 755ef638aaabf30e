/* By what a vendor finds a request in its own logs. */
#ifndef POSTERN_COLLECT_STREAM_REQUEST_CALL_H
#define POSTERN_COLLECT_STREAM_REQUEST_CALL_H

#include "collect/stream/request.h"
#include "journal/vendor_call.h"

/* Of a request that was answered: the answer's id (x-request-id: a convention of many vendors, in no
 * standard), else ours, if the scheme sends one. What does not look like an id, or tells a secret of
 * `access`, is none. "" without an answer, and of a download: its link is signed, and the call is the one
 * that named it. */
void request_id_of(const struct request *request, const struct access *access, char id[REQUEST_ID_SIZE]);
/* Likewise, with all that belongs to it. */
void request_call(const struct request *request, struct vendor_call *call);

#endif
