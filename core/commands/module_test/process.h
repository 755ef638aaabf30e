/* A check in a process of its own. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_PROCESS_H
#define POSTERN_COMMANDS_MODULE_TEST_PROCESS_H

#include "commands/module_test/suite.h"

/* Runs the check and waits for it, as long as the suite's patience; what it found is on the board. */
void process_run(const struct suite *suite, const struct suite_offer *offer,
                 const struct module_check *check);
/* From here on SIGINT, SIGTERM and SIGHUP end the check that runs with all that it started, and no other is
 * to begin: process_is_ending. When all is cleared away, process_end_by_signal ends this process by the
 * signal. */
void process_wait_for_signals(void);
bool process_is_ending(void);
void process_end_by_signal(void);
/* The file that takes what the module wrote meanwhile; `path` has room for PATH_MAX + 32. */
void process_output(const struct suite *suite, char *path);

#endif
