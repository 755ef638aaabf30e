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

bool cannot_be(int error_number)
{
    switch (error_number) {
    case ENAMETOOLONG:
    case ENOTDIR:
    case EISDIR:
    case EINVAL: /* what a file system says to bytes that it does not take in names */
    case EILSEQ:
        return true;
    default: /* a full disk, rights, a read-only or broken one: that passes, or the operator mends it */
        return false;
    }
}

postern_status file_fail_at(const struct file_sink *sink, postern_error *error, int error_number,
                            const char *what, const char *path)
{
    char reason[128];
    if (!cannot_be(error_number)) return file_fail(error, POSTERN_E_IO, error_number, what, path);
    const char *words = error_number == ENOTDIR  ? "a file or a link stands where a directory is wanted"
                        : error_number == EISDIR ? "a directory stands there"
                                                 : strerror_r(error_number, reason, sizeof reason);
    /* The obstacle and not the whole path, so that all events that it stops have one reason. */
    int size = sink->obstacle ? (int)sink->obstacle : (int)strlen(path);
    return kit_fail(error, PATH_CANNOT_BE, NULL, "the path of its file cannot be: %.*s%s: %s",
                    size > 200 ? 200 : size, path, size > 200 ? "..." : "", words);
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
