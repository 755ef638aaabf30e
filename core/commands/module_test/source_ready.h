/* A source that is configured, with its cases, for a check. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SOURCE_READY_H
#define POSTERN_COMMANDS_MODULE_TEST_SOURCE_READY_H

#include "commands/module_test/instance.h"
#include "commands/module_test/source_cases.h"

struct ready_source {
    struct subject *subject;
    struct made_instance made;
    struct source_trial trial;
    struct source_cases cases;
};

/* Loads, configures and creates it and reads its cases. False: the finding says why not. */
bool source_make_with_cases(struct subject *subject, struct ready_source *ready);
void source_let_go(struct ready_source *ready);
/* What stands after it: status, outcome and position. */
void source_write_after(const struct source_outcome *outcome, struct buffer *into);
/* All that comes of an answer. */
void source_write_all(const struct source_trial *trial, const struct source_question *question,
                      struct buffer *into);

#endif
