/* Making a file ready: every change of what is recorded is committed before the first byte that relies on it.
 */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

/* Nobody else writes there at the same time: two programs, or two sinks by two names of one directory. */
static postern_status lock(int fd, const struct file *file, postern_error *error)
{
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return POSTERN_OK; /* not every disk can */
    return kit_fail(error, POSTERN_E_RETRY, "give each sink and each Postern a path of its own",
                    "%s is being written by another sink or program", file->path);
}

/* *fd is -1 if something stands there that is to be set aside. */
static postern_status open_path(struct file_sink *sink, struct file *file, int *fd, postern_error *error)
{
    *fd = below_open(sink, file->path, O_RDWR | O_CREAT | O_EXCL);
    bool is_new = *fd >= 0;
    if (is_new) file->recorded = false;
    if (!file->recorded) file_expect_own(file);
    if (*fd < 0 && errno == EEXIST) *fd = below_open(sink, file->path, O_RDWR);
    if (*fd < 0 && (errno == ELOOP || errno == ENXIO)) return POSTERN_OK;
    struct stat status;
    if (*fd < 0) return file_fail_at(sink, error, errno, "cannot open", file->path);
    if (is_new && fstat(*fd, &status) == 0) { /* ours, whatever the file system makes of us */
        file->owner = status.st_uid;
        file->writable = status.st_mode & (S_IWGRP | S_IWOTH);
    }
    return POSTERN_OK;
}

/* Why the opened file is not to be written to, NULL if it is the one that we know, or may be taken over: a
 * new file, an empty one, or one of whole lines that we have no record of. */
static const char *why_aside(const struct file_sink *sink, const struct file *file, int fd,
                             const struct stat *status, char because[80])
{
    char last = '\n';
    if (fd < 0) return "is a symbolic link or a socket";
    const char *foreign = foreign_because(sink, file, status, because);
    if (foreign) return foreign;
    if (file->recorded && status->st_ino == file->inode && status->st_size == file->length) return NULL;
    if (status->st_size == 0) return NULL;
    if (file->recorded) return "was changed by someone else";
    bool whole = pread(fd, &last, 1, status->st_size - 1) == 1 && last == '\n';
    return whole ? NULL : "does not end with a whole line";
}

/* Opens what is at the path, or sets `moved` if it is to be set aside. */
static postern_status open_file(struct file_sink *sink, struct file *file, int64_t now_ms,
                                postern_error *error)
{
    struct stat status = {0};
    char because[80];
    int fd;
    postern_status opened = open_path(sink, file, &fd, error);
    if (opened < 0) return opened;
    if (fd >= 0 && fstat(fd, &status) < 0)
        opened = file_fail_at(sink, error, errno, "cannot open", file->path);
    if (fd >= 0 && opened >= 0) opened = lock(fd, file, error);
    if (opened < 0) {
        if (fd >= 0) close(fd);
        return opened;
    }
    const char *aside = why_aside(sink, file, fd, &status, because);
    if (aside) {
        file_warn(sink, POSTERN_LOG_WARNING, SET_ASIDE, file->path, aside);
        file->moved = true;
        if (fd >= 0) close(fd);
        return POSTERN_OK;
    }
    if (!file->recorded || status.st_ino != file->inode || status.st_size != file->length) {
        file->inode = status.st_ino;
        file->length = status.st_size;
        file->since_ms = now_ms;
        file->recorded = false;
    }
    file_set_open(sink, file, fd);
    file->written = file->length;
    return POSTERN_OK;
}

static bool is_as_recorded(const struct file_sink *sink, const struct file *file, const struct stat *status)
{
    char because[80];
    return status->st_ino == file->inode && status->st_size == file->length &&
           !foreign_because(sink, file, status, because);
}

postern_status file_reopen(struct file_sink *sink, struct file *file, postern_error *error)
{
    struct stat status;
    int fd = below_open(sink, file->path, O_RDWR);
    if (fd < 0) return file_fail(error, POSTERN_E_IO, errno, "cannot open again", file->path);
    postern_status good = lock(fd, file, error);
    if (good >= 0 && (fstat(fd, &status) < 0 || !is_as_recorded(sink, file, &status)))
        good = kit_fail(error, POSTERN_E_RETRY, NULL,
                        "%s was changed by someone else while a batch was written", file->path);
    if (good < 0) {
        close(fd);
        return good;
    }
    file_set_open(sink, file, fd);
    return POSTERN_OK;
}

/* False if the path leads to another file by now: someone moved ours away, and it is whole. */
static bool still_there(struct file_sink *sink, const struct file *file)
{
    struct stat status;
    const char *name;
    int parent = below_parent(sink, file->path, false, &name);
    bool there = parent >= 0 && fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 is_as_recorded(sink, file, &status);
    if (parent >= 0) close(parent);
    return there;
}

postern_status file_prepare(struct file_sink *sink, struct file *file, int64_t now_ms, postern_result *result,
                            postern_error *error)
{
    if (file->fd >= 0 && !still_there(sink, file)) {
        file_warn(sink, POSTERN_LOG_INFO, "%s was moved or changed by someone else; a new file is begun",
                  file->path);
        file_close(sink, file);
        file->recorded = false;
    }
    if (!file->rotating && rotation_is_due(sink, file, now_ms)) {
        file->rotating = true;
        postern_status status = record_set(file, result);
        return status < 0 ? status : POSTERN_COMMIT_STATE;
    }
    if (file->rotating || file->moved) {
        file_close(sink, file);
        postern_status status = rotation_rename(sink, file, error);
        if (status < 0) return status;
        file->rotating = file->moved = file->recorded = false;
    }
    if (file->fd < 0) {
        postern_status status = open_file(sink, file, now_ms, error);
        if (status < 0) return status;
        if (file->moved) return file_prepare(sink, file, now_ms, result, error);
    }
    file_use(sink, file);
    if (file->recorded) return POSTERN_OK;
    file->recorded = true;
    file->used_ms = now_ms;
    postern_status status = record_set(file, result);
    return status < 0 ? status : POSTERN_COMMIT_STATE;
}
