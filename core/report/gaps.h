/* What streams did not read, in both views of the status. */
#ifndef POSTERN_REPORT_GAPS_H
#define POSTERN_REPORT_GAPS_H

#include "report/status.h"

struct cJSON;

/* The newest ones, each in a line of its own. */
void gaps_print_text(const struct status_report *report, FILE *to);
/* All that are listed; NULL if out of memory. */
struct cJSON *gaps_array(const struct status_report *report);

#endif
