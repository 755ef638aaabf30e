/* The cases of a source or a lookup: a folder for each, with a recorded answer and what must come of it
 * (modules/README.md has the format). */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SOURCE_CASES_H
#define POSTERN_COMMANDS_MODULE_TEST_SOURCE_CASES_H

#include "collect/source_trial.h"
#include "commands/module_test/lookup_face.h"
#include "commands/module_test/subject.h"
#include "module/instance.h"

#define CASES_MOST 500

struct source_case {
    const char *name, *folder;
    struct source_question question;
    postern_download download;
    /* Of a lookup: its parameters are the options of a host of their own. */
    struct module_instance *parameters;
    struct lookup_question lookup;
    postern_stream stream;
};

struct source_cases {
    struct source_case *items;
    size_t count;
    postern_arena *arena;
};

/* Those of what the check is about. False: the finding says why there are none. */
bool cases_load(struct subject *subject, struct source_cases *cases);
void cases_free(struct source_cases *cases);
/* Compares a text with a file of the case; with --record a file that is not there is written. False: the
 * finding says how they differ. */
bool case_compare(struct subject *subject, const struct source_case *of, const char *file, postern_text text);

#endif
