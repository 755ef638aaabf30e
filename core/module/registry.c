#include "module/registry.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "module/descriptor/descriptor.h"
#include "module/http_options.h"
#include "module/load.h"
#include "module/services/failpoint.h"
#include "module/services/json.h"
#include "module/services/log.h"
#include "module/services/unpack.h"
#include "module/services/zip_library.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#define SERVICE_LIMIT 16

struct module_registry {
    struct loaded_module *modules;
    size_t count;
    struct limits_in_force limits;
    char *spill_directory;
    struct {
        const char *name;
        const void *table;
    } services[SERVICE_LIMIT];
    size_t service_count;
    struct {
        void *object;
        void (*release)(void *object);
    } kept[SERVICE_LIMIT];
    size_t kept_count;
    struct joined_options {
        const postern_sink *sink;
        const postern_option **table;
    } * joined; /* of the sinks that have options of http/1 */
    size_t joined_count;
};

struct module_registry *registry_new(const struct module_limits *limits)
{
    struct module_registry *registry = calloc(1, sizeof *registry);
    if (!registry) return NULL;
    registry_set_limits(registry, limits);
    registry_add_service(registry, POSTERN_SERVICE_LOG, &log_service);
    registry_add_service(registry, POSTERN_SERVICE_JSON, &json_service);
    registry_add_service(registry, POSTERN_SERVICE_UNPACK, &unpack_service);
#ifdef POSTERN_TESTING
    registry_add_service(registry, "failpoint/1", &failpoint_service);
#endif
    return registry;
}

void registry_set_limits(struct module_registry *registry, const struct module_limits *limits)
{
    registry->limits.member_size = limits->member_size;
    registry->limits.member_count = limits->member_count;
    registry->limits.expansion_size = limits->expansion_size;
    registry->limits.record_size = limits->record_size;
}

bool registry_set_spill_directory(struct module_registry *registry, const char *directory)
{
    char *copy = strdup(directory);
    if (!copy) return false;
    free(registry->spill_directory);
    registry->limits.spill_directory = registry->spill_directory = copy;
    return true;
}

const struct limits_in_force *registry_limits(const struct module_registry *registry)
{
    return &registry->limits;
}

postern_status registry_load_libraries(postern_error *error)
{
    return zip_library(error) ? POSTERN_OK : POSTERN_E_CONFIG;
}

bool registry_add_service(struct module_registry *registry, const char *name, const void *table)
{
    if (registry->service_count == SERVICE_LIMIT) return false;
    registry->services[registry->service_count].name = name;
    registry->services[registry->service_count++].table = table;
    return true;
}

const void *registry_service(const struct module_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->service_count; i++)
        if (!strcmp(registry->services[i].name, name)) return registry->services[i].table;
    return NULL;
}

static postern_status twice(postern_error *error, const char *kind, const char *name, const char *first)
{
    error_set(error, POSTERN_E_CONFIG, "%s \"%s\" is already offered by %s", kind, name, first);
    error_remedy(error, "keep only one of the two files in the module directories");
    return POSTERN_E_CONFIG;
}

/* The user knows a stream by its account and its own name: "acme/a-b" of the sources "a" and "a-b" were two.
 */
static postern_status check_two_sources(const postern_source *theirs, const char *path,
                                        const postern_source *source, postern_error *error)
{
    if (!strcmp(theirs->name, source->name)) return twice(error, "the source", source->name, path);
    for (const postern_stream *const *stream = source->streams; *stream; stream++)
        for (const postern_stream *const *known = theirs->streams; *known; known++)
            if (!strcmp((*known)->name, (*stream)->name))
                return twice(error, "the stream", (*stream)->name, path);
    return POSTERN_OK;
}

static postern_status check_source_names(const struct loaded_module *other, const postern_source *source,
                                         postern_error *error)
{
    postern_status status = POSTERN_OK;
    for (const postern_source *const *theirs = other->module->sources;
         status == POSTERN_OK && theirs && *theirs; theirs++)
        status = check_two_sources(*theirs, other->path, source, error);
    return status;
}

static postern_status check_sink_names(const struct loaded_module *other, const postern_sink *sink,
                                       postern_error *error)
{
    for (const postern_sink *const *theirs = other->module->sinks; theirs && *theirs; theirs++)
        if (!strcmp((*theirs)->name, sink->name)) return twice(error, "the sink", sink->name, other->path);
    return POSTERN_OK;
}

static postern_status check_auth_names(const struct loaded_module *other, const postern_auth *auth,
                                       postern_error *error)
{
    for (const postern_auth *const *theirs = other->module->auths; theirs && *theirs; theirs++)
        if (!strcmp((*theirs)->name, auth->name))
            return twice(error, "the authentication profile", auth->name, other->path);
    return POSTERN_OK;
}

/* One name may stand for several lookups that accounts of different kinds ask. */
static const postern_lookup *find_lookup(const postern_module *module, const char *name, const char *auth)
{
    for (const postern_lookup *const *at = registry_lookups(module); at && *at; at++)
        if (!strcmp((*at)->name, name) && !strcmp((*at)->auth, auth)) return *at;
    return NULL;
}

/* Names of one module against those of another. */
static postern_status check_names(const struct loaded_module *other, const postern_module *module,
                                  postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (!strcmp(other->module->name, module->name))
        return twice(error, "the module", module->name, other->path);
    for (const postern_source *const *source = module->sources; status == POSTERN_OK && source && *source;
         source++)
        status = check_source_names(other, *source, error);
    for (const postern_sink *const *sink = module->sinks; status == POSTERN_OK && sink && *sink; sink++)
        status = check_sink_names(other, *sink, error);
    for (const postern_auth *const *auth = module->auths; status == POSTERN_OK && auth && *auth; auth++)
        status = check_auth_names(other, *auth, error);
    for (const postern_lookup *const *at = registry_lookups(module); status == POSTERN_OK && at && *at; at++)
        if (find_lookup(other->module, (*at)->name, (*at)->auth))
            return twice(error, "the lookup", (*at)->name, other->path);
    return status;
}

/* A name that comes twice inside one module. */
static postern_status check_own_names(const postern_module *module, postern_error *error)
{
    for (const postern_source *const *a = module->sources; a && *a; a++)
        for (const postern_source *const *b = module->sources; b != a; b++) {
            postern_status status = check_two_sources(*b, "the same module", *a, error);
            if (status < 0) return status;
        }
    for (const postern_sink *const *a = module->sinks; a && *a; a++)
        for (const postern_sink *const *b = module->sinks; b != a; b++)
            if (!strcmp((*a)->name, (*b)->name))
                return twice(error, "the sink", (*a)->name, "the same module");
    for (const postern_auth *const *a = module->auths; a && *a; a++)
        for (const postern_auth *const *b = module->auths; b != a; b++)
            if (!strcmp((*a)->name, (*b)->name))
                return twice(error, "the authentication profile", (*a)->name, "the same module");
    for (const postern_lookup *const *a = registry_lookups(module); a && *a; a++)
        if (find_lookup(module, (*a)->name, (*a)->auth) != *a)
            return twice(error, "the lookup", (*a)->name, "the same module");
    return POSTERN_OK;
}

/* The service reads its options by their names. */
static postern_status check_http_names(const postern_sink *sink, postern_error *error)
{
    for (const postern_option *const *option = sink->options; option && *option; option++) {
        if (!http_options_have((*option)->name)) continue;
        error_set(error, POSTERN_E_CONFIG, "its option \"%s\" has the name of an option of http/1",
                  (*option)->name);
        error_remedy(error, "this is a mistake in the module: report it to whoever made the module");
        return POSTERN_E_CONFIG;
    }
    return POSTERN_OK;
}

static postern_status join_options(struct module_registry *registry, const postern_module *module,
                                   postern_error *error)
{
    for (const postern_sink *const *sink = module->sinks; sink && *sink; sink++) {
        if (!((*sink)->flags & POSTERN_SINK_HTTP)) continue;
        postern_status status = check_http_names(*sink, error);
        if (status < 0) return status;
        if (!array_extend(&registry->joined, registry->joined_count, sizeof *registry->joined))
            return error_no_memory(error, NULL);
        const postern_option **table = http_options_join((*sink)->options);
        if (!table) return error_no_memory(error, NULL);
        registry->joined[registry->joined_count++] = (struct joined_options){*sink, table};
    }
    return POSTERN_OK;
}

static postern_status append(struct module_registry *registry, const postern_module *module, const char *path,
                             postern_error *error)
{
    postern_status status = check_own_names(module, error);
    for (size_t i = 0; status == POSTERN_OK && i < registry->count; i++)
        status = check_names(&registry->modules[i], module, error);
    if (status < 0) return status;
    if (!array_extend(&registry->modules, registry->count, sizeof *registry->modules))
        return error_no_memory(error, NULL);
    status = join_options(registry, module, error);
    if (status < 0) return status;
    char *copy = strdup(path);
    if (!copy) return error_no_memory(error, NULL);
    registry->modules[registry->count++] = (struct loaded_module){.module = module, .path = copy};
    return POSTERN_OK;
}

postern_status registry_add(struct module_registry *registry, const postern_module *module, const char *path,
                            postern_error *error)
{
    postern_status status = descriptor_check_version(module, 0, error);
    if (status == POSTERN_OK) status = descriptor_check_tables(module, error);
    if (status == POSTERN_OK) status = append(registry, module, path, error);
    if (status < 0) error_prefix(error, "module %s: ", path);
    return status;
}

/* The linker knows a file again under whatever path it is named, and maps it once. */
static bool is_loaded(const struct module_registry *registry, const postern_module *module)
{
    for (size_t i = 0; i < registry->count; i++)
        if (registry->modules[i].module == module) return true;
    return false;
}

postern_status registry_load(struct module_registry *registry, const char *path, postern_error *error)
{
    struct shared_module opened;
    postern_status status = module_open(path, &opened, error);
    if (status == POSTERN_OK && is_loaded(registry, opened.module)) {
        module_close(&opened);
        return POSTERN_OK;
    }
    if (status == POSTERN_OK) {
        status = append(registry, opened.module, path, error);
        if (status < 0) module_close(&opened);
    }
    if (status < 0) error_prefix(error, "module %s: ", path);
    return status;
}

static int is_shared_object(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && text_ends_with(text_of(entry->d_name), ".so");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* alphasort would ask the locale */
}

postern_status registry_load_directory(struct module_registry *registry, const char *directory, bool required,
                                       void (*refused)(void *context, const char *path,
                                                       const postern_error *error),
                                       void *context, postern_error *error)
{
    struct dirent **entries = NULL;
    char real[PATH_MAX]; /* what is listed is what is loaded, whatever becomes of a link */
    int count = realpath(directory, real) ? scandir(real, &entries, is_shared_object, by_name) : -1;
    if (count < 0) {
        if (!required && (errno == ENOENT || errno == ENOTDIR)) return POSTERN_OK;
        error_set_errno(error, POSTERN_E_CONFIG, errno, "cannot read the module directory %s", directory);
        error_remedy(error, "name an existing directory, or leave the setting out");
        return POSTERN_E_CONFIG;
    }
    postern_status first = POSTERN_OK;
    for (int i = 0; i < count; i++) {
        postern_error why = ERROR_INIT;
        _cleanup_(freep) char *path = path_join(real, entries[i]->d_name);
        postern_status status = path ? registry_load(registry, path, &why) : error_no_memory(&why, NULL);
        if (status < 0 && refused) {
            refused(context, path ? path : entries[i]->d_name, &why);
        } else if (status < 0 && first == POSTERN_OK) {
            first = status;
            if (error) *error = why;
        }
        free(entries[i]);
    }
    free(entries);
    return first;
}

size_t registry_module_count(const struct module_registry *registry)
{
    return registry->count;
}

const struct loaded_module *registry_module(const struct module_registry *registry, size_t index)
{
    return index < registry->count ? &registry->modules[index] : NULL;
}

const postern_source *registry_source(const struct module_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        for (const postern_source *const *at = registry->modules[i].module->sources; at && *at; at++)
            if (!strcmp((*at)->name, name)) return *at;
    return NULL;
}

const struct loaded_module *registry_sink_module(const struct module_registry *registry, const char *name)
{
    for (size_t m = 0; m < registry_module_count(registry); m++) {
        const struct loaded_module *loaded = registry_module(registry, m);
        for (const postern_sink *const *sink = loaded->module->sinks; sink && *sink; sink++)
            if (strcmp((*sink)->name, name) == 0) return loaded;
    }
    return NULL;
}

const postern_sink *registry_sink(const struct module_registry *registry, const char *name)
{
    for (size_t i = 0; i < registry->count; i++)
        for (const postern_sink *const *at = registry->modules[i].module->sinks; at && *at; at++)
            if (!strcmp((*at)->name, name)) return *at;
    return NULL;
}

const postern_option *const *registry_sink_options(const struct module_registry *registry,
                                                   const postern_sink *sink)
{
    for (size_t i = 0; i < registry->joined_count; i++)
        if (registry->joined[i].sink == sink) return registry->joined[i].table;
    return sink->options;
}

const postern_lookup *const *registry_lookups(const postern_module *module)
{
    return POSTERN_HAS(module, lookups) ? module->lookups : NULL;
}

const postern_lookup *registry_lookup(const struct module_registry *registry, const char *name,
                                      const char *auth)
{
    const postern_lookup *found = NULL;
    for (size_t i = 0; i < registry->count && !found; i++)
        found = find_lookup(registry->modules[i].module, name, auth);
    return found;
}

bool registry_keep(struct module_registry *registry, void *object, void (*release)(void *object))
{
    if (registry->kept_count == SERVICE_LIMIT) return false;
    registry->kept[registry->kept_count].object = object;
    registry->kept[registry->kept_count++].release = release;
    return true;
}

void registry_free(struct module_registry *registry)
{
    if (!registry) return;
    for (size_t i = 0; i < registry->count; i++)
        free(registry->modules[i].path);
    free(registry->modules);
    free(registry->spill_directory);
    for (size_t i = 0; i < registry->joined_count; i++)
        free(registry->joined[i].table);
    free(registry->joined);
    for (size_t i = 0; i < registry->kept_count; i++)
        registry->kept[i].release(registry->kept[i].object);
    free(registry);
}
