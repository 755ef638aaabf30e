/* What a check works with, in its own process: the module is loaded when the check wants it. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SUBJECT_H
#define POSTERN_COMMANDS_MODULE_TEST_SUBJECT_H

#include "commands/module_test/suite.h"
#include "config/config.h"
#include "module/registry.h"

struct subject {
    const struct suite *suite;
    const struct suite_offer *offer; /* NULL: the module as a whole */
    bool is_silent;                  /* with the options that lead to a receiver which does not answer */
    int silent_port;

    struct module_registry *registry;
    const struct loaded_module *loaded;
    struct config *config;
    const struct config_sink *configured_sink;
    const struct config_source *configured_source;
    const postern_sink *sink;
    const postern_source *source; /* of a lookup: the face that makes one of it (lookup_face.h) */
};

/* The finding of the check; the first one that is not good stays. */
void subject_fails(struct subject *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
void subject_skips(struct subject *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Words beside a good finding. */
void subject_remarks(struct subject *subject, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool subject_is_good(const struct subject *subject);
/* Which function of the module is called from here on; NULL = none. */
void subject_step(struct subject *subject, const char *function);

/* Loads the module as a run does. False: the finding says why not. */
bool subject_load(struct subject *subject);
/* Also finds what the check is about, and its options as they were given, checked as a configuration is. */
bool subject_configure(struct subject *subject);
/* The type of the configured sink of this name, "" if it has none. The module is loaded. */
void subject_type(struct subject *subject, const char *name, char *type, size_t capacity);
/* The options of it, with those of http/1; NULL = none. */
const postern_option *const *subject_options(const struct subject *subject);

/* Ends the process of the check, without a word to the module. A module that ends it instead fails the check,
 * whatever its exit code. */
void subject_ends(struct subject *subject) __attribute__((noreturn));
/* Does it in a process of its own, which then ends without a word to the module, as in a crash. False if that
 * came to another end; the finding says so. */
bool subject_in_a_process(struct subject *subject, void (*run)(struct subject *subject));

#endif
