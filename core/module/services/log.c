#include "module/services/log.h"
#include "base/log.h"
#include "module/instance.h"

static void write_log(const postern_host *host, int32_t level, const char *message)
{
    log_write(level, module_instance_of(host)->name, "%s", message);
}

const postern_log log_service = {.size = sizeof log_service, .write = write_log};
