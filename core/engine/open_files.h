/* How many connections the open files of the process allow. */
#ifndef POSTERN_ENGINE_OPEN_FILES_H
#define POSTERN_ENGINE_OPEN_FILES_H

#include <stdint.h>

/* Each may need two, for itself and for a large answer; the journal, sinks and scripts need the rest. */
#define OPEN_FILES_PER_CONNECTION 2
#define OPEN_FILES_BESIDE         256

/* Of the connections that are wanted, so many as `limit` open files allow; at least 1. */
int64_t open_files_allow(int64_t connections, int64_t limit);
/* Likewise by the limits of this process, whose own is raised as far as that needs and the system lets it.
 * Fewer than wanted is a warning in the log. */
int64_t open_files_for_connections(int64_t connections);

#endif
