/* What deliveries did not get, in both views of the status. */
#ifndef POSTERN_REPORT_SKIPPED_H
#define POSTERN_REPORT_SKIPPED_H

#include "report/status.h"

struct cJSON;

/* The newest ones, each in a line of its own. */
void skipped_print_text(const struct status_report *report, FILE *to);
/* All that are kept; NULL if out of memory. */
struct cJSON *skipped_array(const struct status_report *report);

#endif
