#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_LIMIT 1600 /* with MOST_ASTRAY of the longest */
#define ASTRAY      " astray="

postern_status record_set(const struct file *file, postern_result *result)
{
    char value[VALUE_LIMIT];
    int size = snprintf(value, sizeof value,
                        "inode=%ju length=%jd rotation=%u since=%" PRId64 " used=%" PRId64
                        " rotating=%d owner=%u writable=%o writer=%x",
                        (uintmax_t)file->inode, (intmax_t)file->length, file->rotation, file->since_ms,
                        file->used_ms, file->rotating, (unsigned)file->owner, (unsigned)file->writable,
                        (unsigned)file->writer);
    for (unsigned i = 0; i < file->astray_count; i++)
        size += snprintf(value + size, sizeof value - (size_t)size, "%s%ju:%jd:%" PRId64, i ? "," : ASTRAY,
                         (uintmax_t)file->astray[i].inode, (intmax_t)file->astray[i].length,
                         file->astray[i].since_ms);
    return result->set_state(result, kit_text(file->path), (postern_text){value, (size_t)size});
}

static void read_astray(const char *text, struct file *file)
{
    const char *at = strstr(text, ASTRAY);
    uintmax_t inode;
    intmax_t length;
    int64_t since_ms;
    for (at = at ? at + strlen(ASTRAY) : NULL;
         at && file->astray_count < MOST_ASTRAY &&
         sscanf(at, "%ju:%jd:%" SCNd64, &inode, &length, &since_ms) == 3;
         at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        file->astray[file->astray_count++] = (struct astray){(ino_t)inode, (off_t)length, since_ms, false};
}

/* Older versions went by the wall clock, which may have been ahead: what is of the future counts from now. */
static void correct_times(struct file *file, int64_t now_ms)
{
    if (file->since_ms > now_ms) file->since_ms = now_ms;
    if (file->used_ms > now_ms) file->used_ms = now_ms;
    for (unsigned i = 0; i < file->astray_count; i++)
        if (file->astray[i].since_ms > now_ms) file->astray[i].since_ms = now_ms;
}

bool record_read(postern_text value, struct file *file, int64_t now_ms)
{
    char text[VALUE_LIMIT];
    uintmax_t inode;
    intmax_t length;
    int rotating;
    unsigned owner = file->owner, writable = 0, writer = 0; /* not in records of older versions */
    if (value.size >= sizeof text) return false;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    if (sscanf(text,
               "inode=%ju length=%jd rotation=%u since=%" SCNd64 " used=%" SCNd64 " rotating=%d owner=%u "
               "writable=%o writer=%x",
               &inode, &length, &file->rotation, &file->since_ms, &file->used_ms, &rotating, &owner,
               &writable, &writer) < 6)
        return false;
    file->inode = (ino_t)inode;
    file->length = file->written = (off_t)length;
    file->rotating = rotating != 0;
    file->owner = (uid_t)owner;
    file->writable = (mode_t)writable;
    file->writer = writer;
    file->had_lines = length > 0;
    file->recorded = true;
    read_astray(text, file);
    correct_times(file, now_ms);
    return true;
}

/* The file that was recorded is not there any more: if a rotation was begun it has its new name already. */
static void note_another(struct file_sink *sink, struct file *file, bool present, int64_t now_ms)
{
    file->recorded = false;
    if (file->rotating) {
        file->rotating = false; /* the rename happened; what is at the path now is new */
        file->rotation++;
        return;
    }
    astray_note(file, file->inode, now_ms);
    file->moved = present;
    if (present) file_warn(sink, POSTERN_LOG_WARNING, SET_ASIDE, file->path, "was replaced by another file");
}

/* Of the opened file: what has come of ours. */
static void look_at(struct file_sink *sink, struct file *file, const struct stat *status, int64_t now_ms)
{
    char because[120];
    /* After a rename the new file may have got the inode number of the packed and deleted one: it is empty.
     */
    bool renamed = file->rotating && status->st_size < file->length;
    if (!S_ISREG(status->st_mode) || status->st_ino != file->inode || renamed) {
        note_another(sink, file, status->st_size > 0 || !S_ISREG(status->st_mode), now_ms);
        return;
    }
    const char *foreign = foreign_because(sink, file, status, because);
    if (!foreign && status->st_size == 0)
        astray_note(file, 0, now_ms); /* cut to nothing, after it was copied? */
    if (!foreign && status->st_size >= file->length) return;
    if (!foreign && status->st_size > 0) {
        snprintf(because, sizeof because, "is shorter than what was confirmed (%jd of %jd bytes)",
                 (intmax_t)status->st_size, (intmax_t)file->length);
        foreign = because;
    }
    if (foreign) astray_note(file, file->inode, now_ms);
    file->recorded = false;
    file->moved = foreign != NULL;
    if (foreign) file_warn(sink, POSTERN_LOG_WARNING, SET_ASIDE, file->path, foreign);
}

postern_status record_recover(struct file_sink *sink, struct file *file, int64_t now_ms, postern_error *error)
{
    struct stat status;
    postern_status result = POSTERN_OK;
    bool was_rotating = file->rotating;
    int fd = below_open(sink, file->path, O_RDWR);
    if (fd < 0 && errno == ENOENT) {
        note_another(sink, file, false, now_ms);
    } else if (fd < 0 && (errno == ELOOP || errno == ENXIO)) {
        note_another(sink, file, true, now_ms);
    } else if (fd < 0 && cannot_be(errno)) { /* what is written next says so, and the rest goes on */
        file->rotating = file->recorded = false;
    } else if (fd < 0 || fstat(fd, &status) < 0) {
        result = file_fail(error, POSTERN_E_IO, errno, "cannot open", file->path);
    } else {
        look_at(sink, file, &status, now_ms);
    }
    if (fd >= 0) close(fd);
    file->checked = result >= 0;
    if (!file->checked || file->moved) return result;
    return rotation_finish(sink, file, was_rotating && !file->rotating, error);
}
