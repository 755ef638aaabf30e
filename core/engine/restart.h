/* Which settings a reload does not take over. */
#ifndef POSTERN_ENGINE_RESTART_H
#define POSTERN_ENGINE_RESTART_H

#include "config/config.h"

/* Logs a warning that names each setting that differs and works only after a restart, and which of them the
 * sinks that are opened from now on use already. */
void restart_report(const struct config *before, const struct config *now);

#endif
