/* The cases of a lookup: which one, and with which parameters. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_LOOKUP_CASES_H
#define POSTERN_COMMANDS_MODULE_TEST_LOOKUP_CASES_H

#include "commands/module_test/case_reading.h"
#include "commands/module_test/source_cases.h"

/* Takes "auth" and "parameters" of its case.json; `into` stays where it is. False: the finding says why not.
 */
bool lookup_case_read(const struct case_reading *reading, struct source_case *into);
void lookup_case_free(struct source_case *of);

#endif
