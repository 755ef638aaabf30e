/* The checks of a source that have a file of their own. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SOURCE_CHECKS_H
#define POSTERN_COMMANDS_MODULE_TEST_SOURCE_CHECKS_H

struct subject;

void check_damaged(struct subject *subject);
void check_refused(struct subject *subject);
void check_arena(struct subject *subject);
void check_memory(struct subject *subject);
void check_concurrent_source(struct subject *subject);
void check_set_aside(struct subject *subject);

#endif
