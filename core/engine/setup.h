/* What most commands begin with: modules loaded, configuration read and checked. */
#ifndef POSTERN_ENGINE_SETUP_H
#define POSTERN_ENGINE_SETUP_H

#include "config/config.h"
#include "module/registry.h"

/* The module registry with the packaged modules and those of `directories`; refusals go to stderr and are
 * counted. NULL only without memory. */
struct module_registry *setup_modules(char *const *directories, size_t count, size_t *refused);

/* Reads the configuration at `path` against what the registry offers; prints every problem on stderr. NULL if
 * there are any. With *registry NULL the modules are loaded first, as the configuration says. */
struct config *setup_config(const char *path, struct module_registry **registry);

/* The state directory of the configuration alone, for commands that only look: no credentials are resolved.
 * malloc'ed; NULL after problems were printed. */
char *setup_state_directory(const char *path);

#endif
