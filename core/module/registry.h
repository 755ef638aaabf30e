/* Modules: loading shared objects, finding what they offer, giving them the host's services. */
#ifndef POSTERN_MODULE_REGISTRY_H
#define POSTERN_MODULE_REGISTRY_H

#include "base/text.h"
#include "module/limits.h"

struct module_registry;

struct loaded_module {
    const postern_module *module;
    char *path;
};

struct module_registry *registry_new(const struct module_limits *limits);
/* Services use these limits from now on. Any thread. */
void registry_set_limits(struct module_registry *registry, const struct module_limits *limits);
const struct limits_in_force *registry_limits(const struct module_registry *registry);
/* Where large members of archives are unpacked to. Copied. Before any instance is made. False if out of
 * memory.
 */
bool registry_set_spill_directory(struct module_registry *registry, const char *directory);
/* Offers a further table to modules under its name and version ("http/1"); both outlive the registry. Before
 * any instance is made. False if there is no room for one more. */
bool registry_add_service(struct module_registry *registry, const char *name, const void *table);
/* Loads the libraries that services would load when they are first used, so that one that is missing is said
 * before anything rests on it. */
postern_status registry_load_libraries(postern_error *error);
/* NULL if there is none of that name. */
const void *registry_service(const struct module_registry *registry, const char *name);
/* Loads every *.so of a directory in name order. A file that is refused is reported through `refused` (the
 * error names the file, why and the remedy) and loading goes on with the others; with `refused` NULL the
 * first one is returned. A missing directory is an error only if `required`. */
postern_status registry_load_directory(struct module_registry *registry, const char *directory, bool required,
                                       void (*refused)(void *context, const char *path,
                                                       const postern_error *error),
                                       void *context, postern_error *error);
/* dlopen(RTLD_NOW | RTLD_LOCAL) after checking owner and mode of file and directories; refuses wrong magic,
 * other ABI major, too small, missing symbol, unresolved symbols, malformed tables, duplicate names. A file
 * that is loaded already, by whatever path, is passed over. Never dlclosed. */
postern_status registry_load(struct module_registry *registry, const char *path, postern_error *error);
/* Checks a descriptor (registry_load does); `path` for messages. */
postern_status registry_add(struct module_registry *registry, const postern_module *module, const char *path,
                            postern_error *error);
size_t registry_module_count(const struct module_registry *registry);
const struct loaded_module *registry_module(const struct module_registry *registry, size_t index);
const postern_source *registry_source(const struct module_registry *registry, const char *name);
const postern_sink *registry_sink(const struct module_registry *registry, const char *name);
/* The module that offers that sink; NULL = none. */
const struct loaded_module *registry_sink_module(const struct module_registry *registry, const char *name);
/* The lookup of that name for accounts with that authentication profile. */
const postern_lookup *registry_lookup(const struct module_registry *registry, const char *name,
                                      const char *auth);
/* Those of one module, of whatever ABI it was built for; ends with NULL; NULL = none. */
const postern_lookup *const *registry_lookups(const postern_module *module);
/* The sink's own options and, if it has the flag for them, those of http/1. NULL = none. */
const postern_option *const *registry_sink_options(const struct module_registry *registry,
                                                   const postern_sink *sink);
/* Frees `object` with the registry, behind everything else: for what stands behind a service. False if there
 * is no room for one more; it stays the caller's then. */
bool registry_keep(struct module_registry *registry, void *object, void (*release)(void *object));
void registry_free(struct module_registry *registry); /* the shared objects stay mapped */

#endif
