/* Checks of a source. */
#include "commands/module_test/instance.h"

const struct module_check source_checks[] = {
    {"create", "create and destroy come again and again and leave nothing behind", check_create_again},
    {"options",
     "create with any value that its table allows ends in an instance or in an error with words (rule 7)",
     check_options_of_all_kinds},
    {0},
};
