/* Failures and warnings with the path and the reason of the system in them. */
#include "file_sink.h"
#include <errno.h>
#include <stdarg.h>
#include <string.h>

postern_status file_fail(postern_error *error, postern_status code, int error_number, const char *what,
                         const char *path)
{
    char reason[128];
    bool is_full = error_number == ENOSPC || error_number == EDQUOT;
    bool is_refused = error_number == EACCES || error_number == EPERM;
    const char *remedy = is_full      ? "make room on the disk; Postern goes on by itself"
                         : is_refused ? "let the user that runs Postern write there"
                                      : NULL;
    return kit_fail(error, code, remedy, "%s %s: %s", what, path,
                    strerror_r(error_number, reason, sizeof reason));
}

void file_warn(struct file_sink *sink, int32_t level, const char *format, ...)
{
    char message[PATH_LIMIT + 256];
    va_list arguments;
    if (!sink->log) return;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    sink->log->write(sink->host, level, message);
}
