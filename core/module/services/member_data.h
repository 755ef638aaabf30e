/* What a member of an archive unpacks to: in memory while it is small, else in a file without a name below
 * the state directory, of which little is in memory at any time. */
#ifndef POSTERN_MODULE_SERVICES_MEMBER_DATA_H
#define POSTERN_MODULE_SERVICES_MEMBER_DATA_H

#include "base/buffer.h"
#include "base/resident.h"

struct member_data {
    const char *directory; /* for large ones; NULL = memory only */
    size_t limit, size;
    struct buffer memory;
    int fd;      /* -1 = none */
    int problem; /* errno: it could not be written */
    void *mapping;
    struct resident resident;
};

#define MEMBER_DATA_INIT                                                                                     \
    {                                                                                                        \
        .fd = -1                                                                                             \
    }

/* Empty again, with that limit. */
void member_data_begin(struct member_data *data, size_t limit);
/* As much as the limit lets in; false if that was not all, or if it could not be kept. */
bool member_data_append(struct member_data *data, const void *bytes, size_t size);
/* All of it, until the next member_data_begin. */
postern_status member_data_text(struct member_data *data, postern_text *text, postern_error *error);
void member_data_free(struct member_data *data);

#endif
