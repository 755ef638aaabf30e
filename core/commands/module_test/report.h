/* What came of the checks: one line each, or one document. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_REPORT_H
#define POSTERN_COMMANDS_MODULE_TEST_REPORT_H

#include "commands/module_test/suite.h"

struct report {
    bool as_json;
    size_t passed, failed, skipped;
    struct cJSON *document, *checks; /* as_json */
};

void report_begin(struct report *report, const struct suite *suite);
/* `offer` NULL: the module as a whole. `said` is what the module wrote to its output, for a failure. */
void report_check(struct report *report, const struct suite_offer *offer, const struct module_check *check,
                  enum check_finding finding, const char *words, postern_text said);
/* Prints the end; returns the exit code. */
int report_end(struct report *report);

#endif
