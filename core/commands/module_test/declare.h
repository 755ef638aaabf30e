/* The options of the command line as a configuration, so that they are checked as every other one is. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_DECLARE_H
#define POSTERN_COMMANDS_MODULE_TEST_DECLARE_H

#include "commands/module_test/subject.h"

/* Writes the declaration of the subject, whose options have that table; its path goes into `path`. 0 or an
 * errno. */
int declare_subject(const struct subject *subject, const postern_option *const *table, char *path,
                    size_t capacity);

#endif
