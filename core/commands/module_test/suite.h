/* `postern module test`: a module is put through checks, each of which says what the contract in
 * postern/module.h asks for. Each check has a process of its own, forked before anything was loaded, so that
 * a module that crashes, hangs or spoils its memory fails that check and no other. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SUITE_H
#define POSTERN_COMMANDS_MODULE_TEST_SUITE_H

#include "commands/module_test/offer.h"
#include <limits.h>
#include <postern/module.h>
#include <stdatomic.h>

#define SUITE_WORDS_SIZE 1024
#define SUITE_OFFERS     64    /* sinks, sources and lookups of one module */
#define SUITE_EVENTS     20000 /* that all checks together hand to a sink */

/* As given on the command line. */
struct given_option {
    const char *name, *value;
};

struct suite {
    const char *file;   /* the module */
    const char *config; /* NULL = none */
    const char *only;   /* the only offer to check; in a configuration a sink by its name. NULL = all */
    enum offer_kind only_kind;
    const char *check;    /* the only one to run beside loading; NULL = all */
    const char *expect;   /* file in which the receiver keeps lines; NULL = none */
    const char *fixtures; /* folder of cases; NULL = none */
    bool records, as_json;
    int64_t patience_ms; /* for one check */
    const struct given_option *options,
        *silent; /* `silent`: in place of those, the receiver is silent then */
    size_t option_count, silent_count;
    char scratch[PATH_MAX]; /* a folder of its own */
    char run[17];           /* of this run: begins the ids of its events */
    struct suite_board *board;
};

enum check_finding { CHECK_PASSED, CHECK_FAILED, CHECK_SKIPPED };

enum event_fate { EVENT_NOT_SENT = 0, EVENT_SENT, EVENT_SAFE, EVENT_REJECTED };

/* What the checks leave behind: memory that all their processes share, so that it is there after a crash. */
struct suite_board {
    enum check_finding finding;
    char words[SUITE_WORDS_SIZE];
    _Atomic(const char *) step; /* the function of the module that is called at the moment; NULL = none */
    atomic_bool at_end;         /* the process came to its end itself: no module ended it */
    struct suite_offer offers[SUITE_OFFERS]; /* what the module has */
    size_t offer_count;
    char type[SUITE_NAME_SIZE]; /* of the configured sink that is named; "" = the checks say why it is unknown
                                 */
    atomic_uint next_event, next_batch;
    _Atomic unsigned char fates[SUITE_EVENTS];
};

struct subject;

struct module_check {
    const char *name;
    const char *contract; /* what the header asks for, in a line */
    void (*run)(struct subject *subject);
};

/* Tables of checks; they end with a name of NULL. */
extern const struct module_check module_checks[], sink_checks[], source_checks[], lookup_checks[];

/* Runs all of it and prints what came of it; returns the exit code. */
int suite_run(struct suite *suite);

#endif
