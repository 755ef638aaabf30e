/* `postern sink test`: the instance that delivers may have any of the files in hand, so the event goes to one
 * of its own in the fixed directory, which is synced, looked at and removed. */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static bool try_file(int fd, postern_text line)
{
    struct stat status;
    return write(fd, line.data, line.size) == (ssize_t)line.size && fsync(fd) == 0 &&
           fstat(fd, &status) == 0 && status.st_size == (off_t)line.size;
}

static postern_status try_event(struct file_sink *sink, const postern_sink_event *event, postern_error *error)
{
    char name[128], path[PATH_LIMIT];
    postern_status status = template_expand(sink, event, path, error);
    if (status < 0) return status;
    snprintf(name, sizeof name, "%.*s.postern-test", (int)event->id.size, event->id.data);
    int fd = openat(sink->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, sink->mode);
    if (fd < 0) return file_fail_at(sink, error, errno, "cannot make", name);
    bool written = try_file(fd, event->text);
    int reason = errno;
    close(fd);
    unlinkat(sink->directory, name, 0);
    if (!written) return file_fail_at(sink, error, reason, "cannot write to", name);
    file_warn(sink, POSTERN_LOG_INFO,
              "%.*s%s was written, synced and removed; real events of this kind go to %.*s%s",
              (int)sink->fixed, sink->template, name, (int)sink->fixed, sink->template, path);
    return POSTERN_OK;
}

postern_status trial_or_write(void *self, const postern_call *call, const postern_batch *batch,
                              postern_result *result, postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (!(call->flags & POSTERN_CALL_TEST)) return write_batch(self, call, batch, result, error);
    for (size_t i = 0; i < batch->count && status >= 0; i++)
        status = try_event(self, batch->events[i], error);
    return status == PATH_CANNOT_BE ? POSTERN_E_CONFIG : status;
}
