/* The cases of a source: a folder for each, with a recorded answer and what must come of it
 * (modules/README.md has the format). */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SOURCE_CASES_H
#define POSTERN_COMMANDS_MODULE_TEST_SOURCE_CASES_H

#include "collect/source_trial.h"
#include "commands/module_test/subject.h"

#define CASES_MOST 500

struct source_case {
    const char *name, *folder;
    struct source_question question;
    postern_download download;
};

struct source_cases {
    struct source_case *items;
    size_t count;
    postern_arena *arena;
};

/* Those of the source's streams. False: the finding says why there are none. */
bool cases_load(struct subject *subject, struct source_cases *cases);
void cases_free(struct source_cases *cases);
/* Compares a text with a file of the case; with --record a file that is not there is written. False: the
 * finding says how they differ. */
bool case_compare(struct subject *subject, const struct source_case *of, const char *file, postern_text text);

#endif
