/* Which names a shared object gives to others, read from its file. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_EXPORTS_H
#define POSTERN_COMMANDS_MODULE_TEST_EXPORTS_H

#include "base/buffer.h"

/* Lists in `names` those that are not the entry of a module and not of the tools that built it, at most some;
 * *count is how many there are. POSTERN_E_PROTOCOL: the file is not what it should be. */
postern_status exports_read(postern_text file, struct buffer *names, size_t *count, postern_error *error);

#endif
