/* Modules: loading shared objects, finding what they offer, giving them the host's services. */
#ifndef POSTERN_MODULE_REGISTRY_H
#define POSTERN_MODULE_REGISTRY_H

#include "base/text.h"

struct module_registry;

struct loaded_module {
    const postern_module *module;
    char *path;
};

/* Limits of the services that modules use ("unpack/1", "json/1"). */
struct module_limits {
    int64_t member_size, member_count, expansion_size, record_size; /* bytes, count, bytes, bytes */
};

struct module_registry *registry_new(const struct module_limits *limits);
/* Services use these limits from now on. */
void registry_set_limits(struct module_registry *registry, const struct module_limits *limits);
/* Loads every *.so of a directory in name order. A file that is refused is reported through `refused` (the
 * error names the file, why and the remedy) and loading goes on with the others; with `refused` NULL the
 * first one is returned. A missing directory is an error only if `required`. */
postern_status registry_load_directory(struct module_registry *registry, const char *directory, bool required,
                                       void (*refused)(void *context, const char *path,
                                                       const postern_error *error),
                                       void *context, postern_error *error);
/* dlopen(RTLD_NOW | RTLD_LOCAL) after checking owner and mode of file and directories; refuses wrong magic,
 * other ABI major, too small, missing symbol, unresolved symbols, malformed tables, duplicate names. Never
 * dlclosed. */
postern_status registry_load(struct module_registry *registry, const char *path, postern_error *error);
/* Checks a descriptor (registry_load does); `path` for messages. */
postern_status registry_add(struct module_registry *registry, const postern_module *module, const char *path,
                            postern_error *error);
size_t registry_module_count(const struct module_registry *registry);
const struct loaded_module *registry_module(const struct module_registry *registry, size_t index);
const postern_source *registry_source(const struct module_registry *registry, const char *name);
const postern_sink *registry_sink(const struct module_registry *registry, const char *name);
void registry_free(struct module_registry *registry); /* the shared objects stay mapped */

/* The host as modules see it. */
const postern_host *module_host(void);

/* Option values of one instance, in the form that modules read. Borrowed texts must outlive it. */
struct option_value {
    const char *name;
    uint32_t type;
    postern_text text; /* TEXT, PATH, SECRET (revealed) */
    int64_t integer;
    const postern_text *items;
    size_t item_count;
};
/* Defaults of `table` are applied for what `values` lacks. */
postern_options *options_new(const postern_option *table, const struct option_value *values, size_t count);
void options_free(postern_options *options);

#endif
