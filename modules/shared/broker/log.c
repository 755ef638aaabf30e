#include "shared/broker/log.h"

void broker_log(const postern_host *host, int32_t level, const char *format, ...)
{
    const postern_log *log = host->service(host, POSTERN_SERVICE_LOG);
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (log) log->write(host, level, message);
}
