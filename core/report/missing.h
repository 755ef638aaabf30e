/* What is missing: the gaps that streams did not read, and the ranges that deliveries did not get. */
#ifndef POSTERN_REPORT_MISSING_H
#define POSTERN_REPORT_MISSING_H

#include "report/status.h"

struct cJSON;

/* The newest ones of both, each in a line of its own. */
void missing_print_text(const struct status_report *report, FILE *to);
/* All that are kept, as the lists "gaps" and "skipped" of `root`. */
void missing_add_json(struct cJSON *root, const struct status_report *report);

#endif
