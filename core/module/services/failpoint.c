#include "module/services/failpoint.h"
#include "base/failpoint.h"

static bool pass(const postern_host *host, const char *name)
{
    (void)host;
    return failpoint(name);
}

const struct failpoint_table failpoint_service = {.size = sizeof failpoint_service, .pass = pass};
