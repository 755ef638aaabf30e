/* Making a file ready: every change of what is recorded is committed before the first byte that relies on it.
 */
#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Whoever held the lock may have moved the file away just now. */
static postern_status lock(struct file_sink *sink, int fd, const struct file *file, postern_error *error)
{
    struct stat opened, there;
    if (!file_lock(fd))
        return kit_fail(error, POSTERN_E_RETRY, "give each sink and each Postern a path of its own",
                        "%s is being written by another sink or program", file->path);
    if (fstat(fd, &opened) == 0 && below_look_at(sink, file->path, &there) == 0 &&
        opened.st_ino == there.st_ino)
        return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "%s was moved by someone else as it was opened",
                    file->path);
}

/* *fd is -1 if something stands there that is to be set aside. */
static postern_status open_path(struct file_sink *sink, struct file *file, int *fd, postern_error *error)
{
    *fd = file->recorded ? below_open(sink, file->path, O_RDWR) : -1;
    bool is_new = *fd < 0 && (!file->recorded || errno == ENOENT);
    if (is_new) *fd = below_open(sink, file->path, O_RDWR | O_CREAT | O_EXCL);
    is_new = is_new && *fd >= 0;
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
    if (file->recorded && status->st_ino == file->inode && status->st_size >= file->length) return NULL;
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
    if (fd >= 0 && opened >= 0) opened = lock(sink, fd, file, error);
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
    if (!file->recorded || status.st_ino != file->inode) {
        file->inode = status.st_ino;
        file->length = status.st_size;
        file->since_ms = now_ms;
        file->recorded = false;
    }
    file_set_open(sink, file, fd);
    file->written = file->length;
    file->surplus = status.st_size - file->length;
    if (file->surplus > 0)
        file_warn(
            sink, POSTERN_LOG_INFO,
            "%s has %jd bytes behind the last confirmed line: they are compared with the batch that comes",
            file->path, (intmax_t)file->surplus);
    return POSTERN_OK;
}

static bool is_as_recorded(const struct file_sink *sink, const struct file *file, const struct stat *status)
{
    char because[80];
    return status->st_ino == file->inode && status->st_size == file->length + file->surplus &&
           !foreign_because(sink, file, status, because);
}

postern_status file_reopen(struct file_sink *sink, struct file *file, postern_error *error)
{
    struct stat status;
    int fd = below_open(sink, file->path, O_RDWR);
    if (fd < 0) return file_fail(error, POSTERN_E_IO, errno, "cannot open again", file->path);
    postern_status good = lock(sink, fd, file, error);
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
    return below_look_at(sink, file->path, &status) == 0 && is_as_recorded(sink, file, &status);
}

/* Opens the file if it is closed, and looks at what is behind the confirmed lines; sets `moved` if what is
 * there is to be set aside. */
static postern_status open_settled(struct file_sink *sink, struct file *file,
                                   const struct sorted_batch *sorted, int64_t now_ms, postern_error *error)
{
    bool was_recorded = file->recorded;
    ino_t inode = file->inode;
    postern_status status = file->fd < 0 ? open_file(sink, file, now_ms, error) : POSTERN_OK;
    if (status >= 0 && !file->moved && file->surplus > 0 && sorted)
        status = surplus_settle(sink, file, sorted, error);
    if (status >= 0 && file->moved && was_recorded) astray_note(file, inode, now_ms);
    return status;
}

/* Begins a rotation that is due, or carries out one that was begun or must be. */
static postern_status move_away(struct file_sink *sink, struct file *file, int64_t now_ms,
                                postern_result *result, postern_error *error)
{
    if (!file->rotating && !file->moved && rotation_is_due(sink, file, now_ms)) {
        file->rotating = true;
        postern_status status = record_set(file, result);
        return status < 0 ? status : POSTERN_COMMIT_STATE;
    }
    if (!file->rotating && !file->moved) return POSTERN_OK;
    file_close(sink, file);
    postern_status status = rotation_rename(sink, file, error);
    if (status < 0) return status;
    file->rotating = file->moved = file->recorded = false;
    return POSTERN_OK;
}

postern_status file_prepare(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                            int64_t now_ms, postern_result *result, postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (file->recorded && !file->checked) status = record_recover(sink, file, now_ms, error);
    if (file->fd >= 0 && !still_there(sink, file)) {
        file_warn(sink, POSTERN_LOG_INFO, "%s was moved or changed by someone else; a new file is begun",
                  file->path);
        file_close(sink, file);
        file->recorded = false;
    }
    file->elsewhere = 0;
    file->former = NULL;
    if (status == POSTERN_OK && file->astray_count && sorted) astray_search(sink, file, sorted, now_ms);
    if (status == POSTERN_OK && sorted) renamed_search(sink, file, sorted);
    do { /* until nothing is in the way any more */
        if (status == POSTERN_OK && !file->rotating && !file->moved)
            status = open_settled(sink, file, sorted, now_ms, error);
        if (status == POSTERN_OK) status = move_away(sink, file, now_ms, result, error);
    } while (status == POSTERN_OK && file->fd < 0);
    if (status != POSTERN_OK) return status;
    file_use(sink, file);
    if (file->recorded) return POSTERN_OK;
    file->recorded = file->checked = true;
    file->used_ms = now_ms;
    if (sorted) file->writer = text_digest(sorted->batch->delivery);
    status = record_set(file, result);
    return status < 0 ? status : POSTERN_COMMIT_STATE;
}
