/* Which settings a reload does not take over. */
#ifndef POSTERN_ENGINE_RESTART_H
#define POSTERN_ENGINE_RESTART_H

#include "config/config.h"

/* Logs a warning that names each setting that differs and works only after a restart. */
void restart_report(const struct config *before, const struct config *now);

#endif
