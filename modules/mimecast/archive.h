/* Archives, file by file, with the host's unpack/1. */
#ifndef MIMECAST_ARCHIVE_H
#define MIMECAST_ARCHIVE_H

#include "reading.h"

struct archive_walk {
    const struct reading *reading;
    postern_status (*member)(void *context, const postern_member *member); /* of each file, damaged or not */
    void *context;
    bool unreadable;       /* set: not one file could be recognised */
    bool empty;            /* set: there is none */
    bool any;              /* set: there was one */
    postern_status status; /* set: of the first that failed */
};

/* What lies beyond a limit comes as a damaged file, and is no failure. */
postern_status archive_read(struct archive_walk *walk, int32_t format, postern_text bytes);

#endif
