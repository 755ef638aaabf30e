/* One spelling per event, whatever blanks or per-request ids it came with. */
#ifndef SIMULATOR_CANONICAL_H
#define SIMULATOR_CANONICAL_H

#include "text.h"

/* Appends `json` without white space outside texts and without a leading id of the form MTOKEN:, which
 * differs from request to request. Everything else stays byte for byte. */
void canonical(struct text *out, const char *json, size_t size);

/* A number for a canonical text, never 0. */
uint64_t canonical_number(const char *text, size_t size);

/* The first marker ("evt" and 16 hex digits) in `line`, or NULL. */
const char *find_marker(const char *line, size_t size);

#endif
