/* A line in the operator's log. */
#ifndef SHARED_BROKER_LOG_H
#define SHARED_BROKER_LOG_H

#include <postern/kit.h>

void broker_log(const postern_host *host, int32_t level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
