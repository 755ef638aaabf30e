/* What most commands begin with: modules loaded, configuration read and checked. */
#ifndef POSTERN_ENGINE_SETUP_H
#define POSTERN_ENGINE_SETUP_H

#include "config/config.h"
#include "journal/journal.h"
#include "module/registry.h"

/* The module registry with the packaged modules and those of `directories`; refusals go to stderr and are
 * counted. NULL only without memory. */
struct module_registry *setup_modules(char *const *directories, size_t count, size_t *refused);

/* A registry with all services and no module yet. NULL, said on stderr, if there is no memory for it. */
struct module_registry *setup_registry(void);

/* Of the configuration at `path` the general settings and that one declaration (config_load_one), against
 * what the registry offers. NULL with the problems: config_problems_free. */
struct config *setup_one(const char *path, const struct module_registry *registry, const char *kind,
                         const char *name, struct config_problems *problems);

/* Reads the configuration at `path` against what the registry offers; prints every problem on stderr. NULL if
 * there are any. With *registry NULL the modules are loaded first, as the configuration says. */
struct config *setup_config(const char *path, struct module_registry **registry);

/* What the configuration says of the journal. */
struct journal_settings setup_journal(const struct config *config);

/* The state directory of the configuration alone, for commands that only look: no credentials are resolved.
 * malloc'ed; NULL after problems were printed. */
char *setup_state_directory(const char *path);

#endif
