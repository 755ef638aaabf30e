#include "module/descriptor/descriptor.h"
#include "base/error.h"
#include "module/descriptor/parts.h"

postern_status descriptor_check_version(const postern_module *module, size_t available, postern_error *error)
{
    const size_t head = SIZE_THROUGH(postern_module, abi_minor), whole = SIZE_THROUGH(postern_module, auths);
    postern_status status = POSTERN_E_CONFIG;
    if (available && available < head)
        error_set(error, status, "its postern_module_entry is too small (%zu bytes)", available);
    else if (module->magic != POSTERN_MODULE_MAGIC)
        error_set(error, status,
                  "its postern_module_entry has the wrong magic (0x%08x, not 0x%08x): not a module of "
                  "Postern",
                  module->magic, POSTERN_MODULE_MAGIC);
    else if (module->abi_major != POSTERN_ABI_MAJOR)
        error_set(error, status, "it was built for module ABI %u.%u, and this Postern has %u.%u",
                  module->abi_major, module->abi_minor, POSTERN_ABI_MAJOR, POSTERN_ABI_MINOR);
    else if (module->size < whole || (available && (available < whole || available < module->size)))
        error_set(error, status, "its postern_module_entry is too small (%zu bytes, ABI %u.%u has %zu)",
                  available && available < module->size ? available : module->size, POSTERN_ABI_MAJOR,
                  POSTERN_ABI_MINOR, whole);
    else if (module->needs_minor > POSTERN_ABI_MINOR)
        return needs_minor(error, module->needs_minor);
    else
        return POSTERN_OK;
    error_remedy(error, "%s", descriptor_rebuild);
    return status;
}

/* ---- Sinks and the module as a whole ---- */

static postern_status check_batching(const struct inspection *at, const postern_sink *sink)
{
    const postern_batching *batching = sink->batching;
    if (!batching) return POSTERN_OK;
    postern_status status =
        check_size(at, "batching of the sink", batching->size, SIZE_THROUGH(postern_batching, parallel));
    if (status == POSTERN_OK)
        status = check_flags(at, "batching of the sink", sink->name, batching->flags, 0);
    if (status < 0) return status;
    if (batching->events < 0 || batching->bytes < 0 || batching->wait_ms < 0 || batching->parallel < 0)
        return malformed(at, "sink", sink->name, "has a batching with a negative number");
    return POSTERN_OK;
}

static postern_status check_sink(const struct inspection *at, const postern_sink *sink)
{
    postern_status status = check_size(at, "sink", sink->size, SIZE_THROUGH(postern_sink, interrupt));
    if (status == POSTERN_OK)
        status = check_flags(at, "sink", sink->name, sink->flags,
                             POSTERN_SINK_STABLE_BATCHES | POSTERN_SINK_CONCURRENT | POSTERN_SINK_HTTP |
                                 POSTERN_SINK_KNOWS_TEST);
    if (status < 0) return status;
    if (!is_name(sink->name, "-_")) return malformed(at, "sink", sink->name, "has no valid name");
    if (!is_line(sink->title)) return malformed(at, "sink", sink->name, "has no title");
    if (!sink->open || !sink->write)
        return malformed(at, "sink", sink->name, "lacks one of the functions open and write");
    status = check_batching(at, sink);
    return status == POSTERN_OK ? check_options(at, sink->options) : status;
}

static bool offers_something(const postern_module *module)
{
    const postern_lookup *const *lookups = POSTERN_HAS(module, lookups) ? module->lookups : NULL;
    return (module->sources && module->sources[0]) || (module->sinks && module->sinks[0]) ||
           (module->auths && module->auths[0]) || (lookups && lookups[0]);
}

postern_status descriptor_check_tables(const postern_module *module, postern_error *error)
{
    const struct inspection at = {module, error};
    if (module->flags) return unknown(&at, "module", module->name, "has an unknown flag");
    if (!is_name(module->name, "-_")) return malformed(&at, "name", module->name, "is no valid module name");
    if (!module->version || !module->summary)
        return malformed(&at, "module", module->name, "lacks a version or a summary");
    if (!offers_something(module))
        return malformed(&at, "module", module->name,
                         "offers no source, no sink, no authentication profile and no lookup");
    postern_status status = POSTERN_OK;
    for (const postern_source *const *source = module->sources; status == POSTERN_OK && source && *source;
         source++)
        status = check_source(&at, *source);
    for (const postern_sink *const *sink = module->sinks; status == POSTERN_OK && sink && *sink; sink++)
        status = check_sink(&at, *sink);
    for (const postern_auth *const *auth = module->auths; status == POSTERN_OK && auth && *auth; auth++)
        status = check_auth(&at, *auth);
    for (const postern_lookup *const *lookup = POSTERN_HAS(module, lookups) ? module->lookups : NULL;
         status == POSTERN_OK && lookup && *lookup; lookup++)
        status = check_lookup(&at, *lookup);
    return status;
}
