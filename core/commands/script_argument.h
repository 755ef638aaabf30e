/* The script that an argument means: a path, or the name of a packaged one. */
#ifndef POSTERN_COMMANDS_SCRIPT_ARGUMENT_H
#define POSTERN_COMMANDS_SCRIPT_ARGUMENT_H

#include <postern/module.h>

/* Its path, malloc'ed. What looks like a path is one, there or not: whoever mistypes it is told of that place
 * by who opens it. NULL if a name is neither that of a file here nor of a packaged script: *error says where
 * it was looked for and what there is. */
char *script_argument_find(const char *argument, postern_error *error);

#endif
