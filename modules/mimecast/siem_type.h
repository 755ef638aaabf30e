/* Which log a file of get-siem-logs holds: the records themselves do not say. */
#ifndef MIMECAST_SIEM_TYPE_H
#define MIMECAST_SIEM_TYPE_H

#include "text.h"

/* The names of all types, with NULL behind the last: what an event's type may be, beside "". */
extern const char *const siem_types[];

/* By the file's name: "receipt", "process" ..., or NULL if it says nothing. */
const char *siem_type_of_name(postern_text name);

/* By the fields of a record, where the name says nothing: a set of hints, gathered key by key. */
void siem_type_hint(uint32_t *hints, postern_text key);
const char *siem_type_of_hints(uint32_t hints); /* "" if there is none */

#endif
