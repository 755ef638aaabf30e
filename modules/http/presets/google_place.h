/* Whether a Google SecOps instance is where the settings say: a wrong location, instance and log type are
 * refused with the same 400 as a wrong body. */
#ifndef HTTP_GOOGLE_PLACE_H
#define HTTP_GOOGLE_PLACE_H

#include "../http_sink.h"

enum google_place {
    GOOGLE_PLACE_UNKNOWN, /* it does not say, or not to us */
    GOOGLE_PLACE_RIGHT,
    GOOGLE_PLACE_WRONG,            /* no instance there */
    GOOGLE_PLACE_WITHOUT_LOG_TYPE, /* an instance, but it does not know the log type */
};

/* Lists the log types below `parent` (the URL of the instance) until `log_type` is seen; an empty one is
 * seen at once. `response`: the last answer. Fails as http/1 does. */
postern_status google_place_look(const struct sender *sender, postern_text parent, postern_text log_type,
                                 enum google_place *place, postern_http_response *response);

#endif
