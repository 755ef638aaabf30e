#include "base/arena.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/text.h"
#include "module/options.h"
#include "module/registry.h"
#include "module/services/json.h"
#include "module/services/unpack.h"

static void write_log(int32_t level, postern_text instance, const char *message)
{
    char scope[128];
    text_to_string(instance, scope, sizeof scope);
    log_write(level, scope[0] ? scope : NULL, "%s", message);
}

#ifdef POSTERN_TESTING
static const struct {
    uint32_t size;
    bool (*pass)(const char *name);
} failpoint_service = {sizeof failpoint_service, failpoint};
#endif

static const postern_log log_service = {.size = sizeof log_service, .write = write_log};

static const struct {
    const char *name;
    const void *table;
} services[] = {
    {POSTERN_SERVICE_LOG, &log_service},
    {POSTERN_SERVICE_JSON, &json_service},
    {POSTERN_SERVICE_UNPACK, &unpack_service},
#ifdef POSTERN_TESTING
    {"failpoint/1", &failpoint_service}, /* so that tests can kill the process inside a module */
#endif
};

static const void *service(const char *name)
{
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (!strcmp(services[i].name, name)) return services[i].table;
    return NULL;
}

const postern_host *module_host(void)
{
    static const postern_host host = {
        .size = sizeof host,
        .abi_major = POSTERN_ABI_MAJOR,
        .abi_minor = POSTERN_ABI_MINOR,
        .version = POSTERN_VERSION,
        .service = service,
        .allocate = arena_allocate,
        .option_text = options_text,
        .option_integer = options_integer,
        .option_item = options_item,
    };
    return &host;
}
