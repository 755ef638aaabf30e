/* Gzip files: written in one or more members, and read again as far as they can be. */
#ifndef SIMULATOR_GZIP_H
#define SIMULATOR_GZIP_H

#include "text.h"

/* Appends `data` as a gzip file of `members` parts, at least one. */
void gzip_pack(struct text *out, const char *data, size_t size, unsigned members);
/* What a patient reader gets out of the file up to the first byte that makes no sense: appended to `out`. A
 * checksum that is wrong does not stop it. */
void gzip_unpack(const char *packed, size_t size, struct text *out);

#endif
