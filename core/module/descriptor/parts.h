/* The parts of a descriptor, each checked in the file of its name. */
#ifndef POSTERN_MODULE_DESCRIPTOR_PARTS_H
#define POSTERN_MODULE_DESCRIPTOR_PARTS_H

#include "module/descriptor/inspection.h"

/* `table` NULL: there are none. */
postern_status check_options(const struct inspection *at, const postern_option *const *table);
/* The same for what is given on the command line. */
postern_status check_parameters(const struct inspection *at, const postern_option *const *table);
postern_status check_source(const struct inspection *at, const postern_source *source);
postern_status check_auth(const struct inspection *at, const postern_auth *auth);
postern_status check_lookup(const struct inspection *at, const postern_lookup *lookup);

#endif
