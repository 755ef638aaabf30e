/* Which log a record of siem is of. Those of API 1.0 do not say so themselves. */
#ifndef MIMECAST_SIEM_TYPE_H
#define MIMECAST_SIEM_TYPE_H

#include "text.h"

/* The names of all types, with NULL behind the last: what an event's type may be, beside "". */
extern const char *const siem_types[];

/* By the file's name: "receipt", "process" ..., or NULL if it says nothing. */
const char *siem_type_of_name(postern_text name);

/* By what a record of API 2.0 says of itself, or NULL if it is no name that we know: the endpoint's own
 * ("url protect"), those that other ways out of Mimecast have ("email_ttp_url"), and ours. */
const char *siem_type_of_wire(postern_text value);
/* The same for the logs of the source siem-ci. */
const char *siem_ci_type_of_wire(postern_text value);

/* By the fields of a record, where the name says nothing: a set of hints, gathered key by key. */
void siem_type_hint(uint32_t *hints, postern_text key);
const char *siem_type_of_hints(uint32_t hints); /* "" if there is none */

#endif
