/* What Mimecast means when it says no: each failure gets the status that the core acts on, the vendor's own
 * words and what the user can do. */
#ifndef MIMECAST_FAILURES_H
#define MIMECAST_FAILURES_H

#include "envelope.h"

/* An HTTP status other than 200. */
postern_status failure_of_status(const struct reading *reading);
/* An answer with status 200 whose `fail` is not empty or whose meta.status is an error. */
postern_status failure_of_envelope(const struct reading *reading, const struct envelope *envelope,
                                   const struct envelope_meta *meta);
/* An answer that makes no sense, for a reason in the user's words. */
postern_status failure_unreadable(const struct reading *reading, const char *reason);

#endif
