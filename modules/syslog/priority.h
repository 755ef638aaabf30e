/* The number in front of a syslog message: facility × 8 + severity. */
#ifndef SYSLOG_PRIORITY_H
#define SYSLOG_PRIORITY_H

#include <postern/kit.h>

extern const char *const facility_names[]; /* end with NULL; the index is the number */
extern const char *const severity_names[];

/* -1 if there is none of that name. */
int facility_of(postern_text name);
/* Names that others use for a severity are known too ("warning", "critical", "high"), and the digits 0 to 7.
 */
int severity_of(postern_text name);

#endif
