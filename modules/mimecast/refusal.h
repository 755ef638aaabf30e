/* What an answer that says no says, in any of the forms that Mimecast's APIs have for it. */
#ifndef MIMECAST_REFUSAL_H
#define MIMECAST_REFUSAL_H

#include "envelope.h"

struct refusal {
    postern_text code, message, field; /* as sent */
    bool retryable_known, retryable;
    size_t more;   /* further errors that are not shown */
    bool is_plain; /* said as {"error":...}, as the event endpoints of API 2.0 do */
};

/* The first error of the answer; empty if it has none. */
struct refusal refusal_read(const struct reading *reading, const struct envelope *envelope);

#endif
