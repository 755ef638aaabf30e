/* Service "failpoint/1", offered by builds for tests only: lets them kill the process inside a module. */
#ifndef POSTERN_MODULE_SERVICES_FAILPOINT_H
#define POSTERN_MODULE_SERVICES_FAILPOINT_H

#include <postern/module.h>

struct failpoint_table {
    uint32_t size;
    uint32_t flags; /* 0 */
    bool (*pass)(const postern_host *host, const char *name);
};

extern const struct failpoint_table failpoint_service;

#endif
