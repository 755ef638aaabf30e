/* The checks of a sink that have files of their own. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_SINK_CHECKS_H
#define POSTERN_COMMANDS_MODULE_TEST_SINK_CHECKS_H

struct subject;

void check_interrupt(struct subject *subject);
void check_silent(struct subject *subject);
void check_crash(struct subject *subject);
void check_concurrent(struct subject *subject);
void check_receiver(struct subject *subject);

#endif
