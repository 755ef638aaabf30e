/* Names of accounts, sinks and pipelines, and what may stand in a path in place of a value. */
#ifndef POSTERN_BASE_NAME_H
#define POSTERN_BASE_NAME_H

#include <postern/module.h>

#define NAME_LIMIT 63

/* [a-z0-9][a-z0-9_-]{0,62} */
bool name_is_valid(postern_text name);

#endif
