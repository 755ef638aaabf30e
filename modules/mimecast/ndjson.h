/* The lines of a file with one record a line. */
#ifndef MIMECAST_NDJSON_H
#define MIMECAST_NDJSON_H

#include "text.h"

struct ndjson {
    const char *at, *end;
    uint64_t number; /* of the line that came last, from 1 */
};

/* A byte order mark in front is no part of the first line. */
struct ndjson ndjson_over(postern_text text);
/* The next line that is not blank, without blanks at its ends; `*ended` if a line end stands behind it. False
 * if there is none. */
bool ndjson_next(struct ndjson *lines, postern_text *line, bool *ended);

#endif
