#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

postern_status record_set(const struct file *file, postern_result *result)
{
    char value[200];
    int size = snprintf(value, sizeof value,
                        "inode=%ju length=%jd rotation=%u since=%" PRId64 " used=%" PRId64
                        " rotating=%d owner=%u writable=%o",
                        (uintmax_t)file->inode, (intmax_t)file->length, file->rotation, file->since_ms,
                        file->used_ms, file->rotating, (unsigned)file->owner, (unsigned)file->writable);
    return result->set_state(result, kit_text(file->path), (postern_text){value, (size_t)size});
}

bool record_read(postern_text value, struct file *file)
{
    char text[200];
    uintmax_t inode;
    intmax_t length;
    int rotating;
    unsigned owner = file->owner, writable = 0; /* not in records of older versions */
    if (value.size >= sizeof text) return false;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    if (sscanf(text,
               "inode=%ju length=%jd rotation=%u since=%" SCNd64 " used=%" SCNd64 " rotating=%d owner=%u "
               "writable=%o",
               &inode, &length, &file->rotation, &file->since_ms, &file->used_ms, &rotating, &owner,
               &writable) < 6)
        return false;
    file->inode = (ino_t)inode;
    file->length = file->written = (off_t)length;
    file->rotating = rotating != 0;
    file->owner = (uid_t)owner;
    file->writable = (mode_t)writable;
    file->recorded = true;
    return true;
}

static postern_status cut_back(struct file_sink *sink, struct file *file, int fd, off_t size,
                               postern_error *error)
{
    file_warn(sink, POSTERN_LOG_INFO,
              "%s: %jd bytes behind the last confirmed line are cut off; they are written again", file->path,
              (intmax_t)(size - file->length));
    if (ftruncate(fd, file->length) < 0 || fsync(fd) < 0)
        return file_fail(error, POSTERN_E_IO, errno, "cannot cut back", file->path);
    return POSTERN_OK;
}

/* The file that was recorded is not there any more: if a rotation was begun it has its new name already. */
static postern_status note_another(struct file_sink *sink, struct file *file, bool present)
{
    if (file->rotating) {
        file->rotating = false; /* the rename happened; what is at the path now is new */
        file->rotation++;
        file->recorded = false;
        return POSTERN_OK;
    }
    if (present)
        file_warn(sink, POSTERN_LOG_WARNING,
                  "%s was replaced by another file: it is left as it is, under another name, "
                  "and a new one is begun",
                  file->path);
    file->moved = present;
    file->recorded = false;
    return POSTERN_OK;
}

postern_status record_recover(struct file_sink *sink, struct file *file, postern_error *error)
{
    struct stat status;
    int fd = below_open(sink, file->path, O_RDWR);
    if (fd < 0 && errno == ENOENT) return note_another(sink, file, false);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO)) return note_another(sink, file, true);
    if (fd < 0 && cannot_be(errno)) { /* what is written next says so, and the rest goes on */
        file->rotating = file->recorded = false;
        return POSTERN_OK;
    }
    if (fd < 0 || fstat(fd, &status) < 0) {
        postern_status failed = file_fail(error, POSTERN_E_IO, errno, "cannot open", file->path);
        if (fd >= 0) close(fd);
        return failed;
    }
    postern_status result = POSTERN_OK;
    /* After a rename the new file may have got the inode number of the packed and deleted one: it is empty.
     */
    bool renamed = file->rotating && status.st_size < file->length;
    char because[80];
    const char *foreign = foreign_because(sink, file, &status, because);
    if (!S_ISREG(status.st_mode) || status.st_ino != file->inode || renamed) {
        result = note_another(sink, file, status.st_size > 0 || !S_ISREG(status.st_mode));
    } else if (foreign) {
        file_warn(sink, POSTERN_LOG_WARNING, SET_ASIDE, file->path, foreign);
        file->moved = true;
    } else if (status.st_size < file->length) {
        file_warn(sink, POSTERN_LOG_WARNING,
                  "%s is shorter than what was confirmed (%jd of %jd bytes): it is left as it "
                  "is, under another name, and a new one is begun",
                  file->path, (intmax_t)status.st_size, (intmax_t)file->length);
        file->moved = true;
    } else if (status.st_size > file->length) {
        result = cut_back(sink, file, fd, status.st_size, error);
    }
    close(fd);
    return result;
}
