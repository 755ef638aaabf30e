/* links: postern_module */
/* Archives from outside: the first byte chooses the format. */
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "module/instance.h"
#include "module/registry.h"
#include <stdlib.h>

static const struct module_limits limits = {
    .member_size = 1 << 20, .member_count = 50, .expansion_size = 4 << 20};

struct walk {
    postern_text bytes;
    uint32_t members;
    size_t expanded;
};

static postern_status member(void *context, const postern_member *given)
{
    struct walk *walk = context;
    if (given->index != walk->members++ || given->data.size > (size_t)limits.member_size) abort();
    walk->expanded += given->data.size;
    char *data = text_duplicate(given->data), *name = text_duplicate(given->name); /* all of it can be read */
    free(data), free(name);
    /* The packed bytes lie inside of the archive. */
    if (given->archive.size &&
        (given->archive.data < walk->bytes.data ||
         given->archive.data + given->archive.size > walk->bytes.data + walk->bytes.size))
        abort();
    return POSTERN_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct module_registry *registry = registry_new(&limits);
    const struct module_plan plan = {.registry = registry, .name = "fuzz"};
    struct module_instance *instance;
    if (module_instance_new(&plan, &instance, NULL) < 0) abort();
    const postern_host *host = &instance->host;
    const postern_unpack *unpack = host->service(host, POSTERN_SERVICE_UNPACK);
    struct walk walk = {.bytes = {(const char *)data + 1, size - 1}};
    postern_arena *arena = arena_new(4 << 20);
    postern_error error = ERROR_INIT;
    postern_status status = unpack->each(host, arena, data[0] & 1 ? POSTERN_UNPACK_ZIP : POSTERN_UNPACK_GZIP,
                                         walk.bytes, member, &walk, &error);
    if (status < 0 && !*error.message) abort();
    if (walk.expanded > (size_t)limits.expansion_size || walk.members > limits.member_count + 60) abort();
    arena_free(arena);
    module_instance_free(instance);
    registry_free(registry);
    return 0;
}
