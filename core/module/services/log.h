/* Service "log/1": a module's lines for the operator. */
#ifndef POSTERN_MODULE_SERVICES_LOG_H
#define POSTERN_MODULE_SERVICES_LOG_H

#include <postern/module.h>

extern const postern_log log_service;

#endif
