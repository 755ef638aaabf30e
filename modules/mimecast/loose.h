/* Records, one or many, out of a text that is no page: that was kept of what was set aside, or that came in
 * another shape than expected. */
#ifndef MIMECAST_LOOSE_H
#define MIMECAST_LOOSE_H

#include "reading.h"

struct loose_records {
    const struct reading *reading;
    postern_text name;  /* under which they are set aside */
    json_member member; /* called for the members of each; `record` may still not be called for it */
    void (*begin)(void *context);
    postern_status (*record)(void *context, postern_text json);
    void *context;
};

/* True if it may be such a text. */
bool loose_is_json(postern_text text);
/* Each that is whole; the rest is set aside. */
postern_status loose_read(const struct loose_records *loose, postern_text text);

#endif
