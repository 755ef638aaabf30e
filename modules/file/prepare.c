/* Making a file ready: every change of what is recorded is committed before the first byte that relies on it.
 */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void file_close(struct file *file)
{
    if (file->fd >= 0) close(file->fd);
    file->fd = -1;
}

static void close_least_used(struct file_sink *sink, const struct file *but)
{
    int64_t open_now = 0;
    struct file *oldest = NULL;
    for (struct file *file = sink->files; file; file = file->next) {
        if (file->fd < 0) continue;
        open_now++;
        if (file != but && !file->wanted && (!oldest || file->used_ms < oldest->used_ms)) oldest = file;
    }
    if (open_now >= sink->open_files && oldest) file_close(oldest);
}

/* Opens what is at the path if it is what we know, or may be taken over: a new file, an empty one, or one of
 * whole lines that we have no record of. Sets `moved` if it is something else. */
static postern_status open_file(struct file_sink *sink, struct file *file, int64_t now_ms,
                                postern_error *error)
{
    struct stat status;
    close_least_used(sink, file);
    int fd = below_open(sink, file->path, O_RDWR | O_CREAT | O_EXCL);
    if (fd < 0 && errno == EEXIST) fd = below_open(sink, file->path, O_RDWR);
    if (fd < 0 && (errno == ELOOP || errno == EISDIR || errno == ENXIO)) {
        file->moved = true;
        return POSTERN_OK;
    }
    if (fd < 0 || fstat(fd, &status) < 0) {
        postern_status failed = file_fail(error, POSTERN_E_IO, errno, "cannot open", file->path);
        if (fd >= 0) close(fd);
        return failed;
    }
    char last = '\n';
    bool whole = S_ISREG(status.st_mode) &&
                 (status.st_size == 0 || (pread(fd, &last, 1, status.st_size - 1) == 1 && last == '\n'));
    bool known = file->recorded && status.st_ino == file->inode && status.st_size == file->length;
    file->moved = !known && (!whole || (file->recorded && status.st_size > 0));
    if (file->moved) {
        close(fd);
        return POSTERN_OK;
    }
    if (!known) {
        file->inode = status.st_ino;
        file->length = status.st_size;
        file->since_ms = now_ms;
        file->recorded = false;
    }
    file->fd = fd;
    file->written = file->length;
    return POSTERN_OK;
}

/* False if the path leads to another file by now: someone moved ours away, and it is whole. */
static bool still_there(struct file_sink *sink, const struct file *file)
{
    struct stat status;
    const char *name;
    int parent = below_parent(sink, file->path, false, &name);
    bool there = parent >= 0 && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 status.st_ino == file->inode && status.st_size == file->length;
    if (parent >= 0) close(parent);
    return there;
}

postern_status file_prepare(struct file_sink *sink, struct file *file, int64_t now_ms, postern_result *result,
                            postern_error *error)
{
    if (file->fd >= 0 && !still_there(sink, file)) {
        file_warn(sink, POSTERN_LOG_INFO, "%s was moved or changed by someone else; a new file is begun",
                  file->path);
        file_close(file);
        file->recorded = false;
    }
    if (!file->rotating && rotation_is_due(sink, file, now_ms)) {
        file->rotating = true;
        postern_status status = record_set(file, result);
        return status < 0 ? status : POSTERN_COMMIT_STATE;
    }
    if (file->rotating || file->moved) {
        file_close(file);
        postern_status status = rotation_rename(sink, file, error);
        if (status < 0) return status;
        file->rotating = file->moved = file->recorded = false;
    }
    if (file->fd < 0) {
        postern_status status = open_file(sink, file, now_ms, error);
        if (status < 0) return status;
        if (file->moved) return file_prepare(sink, file, now_ms, result, error);
    }
    if (file->recorded) return POSTERN_OK;
    file->recorded = true;
    file->used_ms = now_ms;
    postern_status status = record_set(file, result);
    return status < 0 ? status : POSTERN_COMMIT_STATE;
}
