/* Making an instance of a sink or a source by hand, with options as the check wants them. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_INSTANCE_H
#define POSTERN_COMMANDS_MODULE_TEST_INSTANCE_H

#include "commands/module_test/subject.h"
#include "module/instance.h"

struct made_instance {
    struct module_instance *host;
    void *self;
};

/* The values that the user gave; borrowed. */
const struct option_value *instance_values(const struct subject *subject, size_t *count);
postern_status instance_make(struct subject *subject, const struct option_value *values, size_t count,
                             struct made_instance *made, postern_error *error);
void instance_drop(struct subject *subject, struct made_instance *made);

/* Checks that sinks and sources have in common. */
void check_create_again(struct subject *subject);
void check_options_of_all_kinds(struct subject *subject);

#endif
