/* Writes zip archives, whole or damaged. */
#ifndef SIMULATOR_ZIP_H
#define SIMULATOR_ZIP_H

#include "text.h"

enum zip_layout {
    ZIP_DEFLATED, /* sizes in the local headers */
    ZIP_STREAMED, /* deflated, sizes and checksum behind the data, as servers write that do not know them
                     before */
    ZIP_STORED,   /* not compressed */
    ZIP_LAYOUTS
};

struct zip {
    struct text bytes, directory;
    unsigned members;
};

/* Where a member's packed bytes went. */
struct zip_place {
    size_t start, size;
};

struct zip_place zip_add(struct zip *zip, enum zip_layout layout, const char *name, const char *data,
                         size_t size);
/* Appends the central directory; `bad` writes one that points nowhere. */
void zip_end(struct zip *zip, bool bad);
void zip_free(struct zip *zip);

/* What can be unpacked of a member whose packed bytes are `packed`, up to the first fault: appended to `out`.
 */
void zip_unpack(enum zip_layout layout, const char *packed, size_t size, struct text *out);

#endif
