/* What `postern map` says at the end about the events that it ran over. */
#ifndef POSTERN_COMMANDS_MAP_REPORT_H
#define POSTERN_COMMANDS_MAP_REPORT_H

#include "script/script.h"

/* The values that maps could not read, the most frequent first; NULL: there were none. */
void map_report_wrong_values(const struct wrong_values *values);

#endif
