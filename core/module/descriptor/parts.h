/* The parts of a descriptor, each checked in the file of its name. */
#ifndef POSTERN_MODULE_DESCRIPTOR_PARTS_H
#define POSTERN_MODULE_DESCRIPTOR_PARTS_H

#include "module/descriptor/inspection.h"

/* `table` NULL: there are none. */
postern_status check_options(const struct inspection *at, const postern_option *const *table);
postern_status check_source(const struct inspection *at, const postern_source *source);
postern_status check_auth(const struct inspection *at, const postern_auth *auth);

#endif
