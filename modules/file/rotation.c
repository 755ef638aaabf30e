#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool rotation_is_due(const struct file_sink *sink, const struct file *file, int64_t now_ms)
{
    if (!file->recorded || file->moved || file->surplus || file->length == 0) return false;
    if (sink->rotate_size > 0 && file->length >= sink->rotate_size) return true;
    return sink->rotate_age_ms > 0 && now_ms - file->since_ms >= sink->rotate_age_ms;
}

/* What is to be packed, opened: a file of ours that nobody writes to. */
static int open_rotated(struct file_sink *sink, const struct file *file, const char *name)
{
    struct stat status;
    char because[80];
    int fd = below_open(sink, name, O_RDONLY);
    if (fd < 0 ||
        (fstat(fd, &status) == 0 && !foreign_because(sink, file, &status, because) && file_lock(fd)))
        return fd;
    close(fd);
    return -1;
}

/* The packed file is as old as its last line. */
static bool keep_time(int from, int to)
{
    struct stat status;
    if (fstat(from, &status) < 0) return false;
    const struct timespec times[2] = {status.st_atim, status.st_mtim};
    return futimens(to, times) == 0;
}

/* name → name.gz, by way of a temporary name; the plain file goes only when the packed one is safe. A failure
 * leaves the plain file: the lines are all there. */
static bool pack(struct file_sink *sink, const struct file *file, const char *name)
{
    char packed[PATH_LIMIT + 24], temporary[PATH_LIMIT + 28];
    snprintf(packed, sizeof packed, "%s%s", name, sink->packing->suffix);
    snprintf(temporary, sizeof temporary, "%s%s", name, sink->packing->temporary);
    below_unlink(sink, temporary);
    int from = open_rotated(sink, file, name);
    int to = from >= 0 ? below_open(sink, temporary, O_WRONLY | O_CREAT | O_EXCL) : -1;
    bool good = from >= 0 && to >= 0 && sink->packing->pack(from, to);
    good = good && keep_time(from, to);
    good =
        good && fsync(to) == 0 && below_rename(sink, temporary, packed) == 0 && below_unlink(sink, name) == 0;
    if (to >= 0) close(to);
    if (from >= 0) close(from);
    if (good) return true;
    file_warn(sink, POSTERN_LOG_WARNING, "%s cannot be packed and stays as it is", name);
    below_unlink(sink, temporary);
    return false;
}

/* The kind that the rotated file was packed with; NULL: with none. */
static const struct packing *packed_with(struct file_sink *sink, const char *name)
{
    char packed[PATH_LIMIT + 24];
    for (const struct packing *const *packing = packings; *packing; packing++) {
        snprintf(packed, sizeof packed, "%s%s", name, (*packing)->suffix);
        if (below_exists(sink, packed)) return *packing;
    }
    return NULL;
}

/* A crash came between packing and removing the plain file. True if that is gone now. */
static bool remove_packed(struct file_sink *sink, const struct file *file, const char *name,
                          const struct packing *packing)
{
    char packed[PATH_LIMIT + 24];
    snprintf(packed, sizeof packed, "%s%s", name, packing->suffix);
    int plain = open_rotated(sink, file, name), fd = plain >= 0 ? below_open(sink, packed, O_RDONLY) : -1;
    bool same = fd >= 0 && packing->holds(fd, plain);
    if (!same)
        file_warn(sink, POSTERN_LOG_WARNING, "%s and %s are not the same: both are left", name, packed);
    if (fd >= 0) close(fd);
    if (plain >= 0) close(plain);
    return same && below_unlink(sink, name) == 0;
}

/* Packs and hands over what was rotated under that name; what is not ours stays there. */
static postern_status finish(struct file_sink *sink, const struct file *file, const char *name,
                             bool hands_over, postern_error *error)
{
    int fd = open_rotated(sink, file, name);
    if (fd < 0) return POSTERN_OK;
    close(fd);
    const char *suffix = sink->packing && pack(sink, file, name) ? sink->packing->suffix : "";
    return hands_over ? hand_over(sink, file, name, suffix, error) : POSTERN_OK;
}

/* What a crash may have left half done. What was set aside stays as it is while lines are looked for in it,
 * and is never handed over. */
postern_status rotation_finish(struct file_sink *sink, const struct file *file, bool hands_over,
                               postern_error *error)
{
    char name[PATH_LIMIT + 16];
    struct stat status;
    snprintf(name, sizeof name, "%s.%u", file->path, file->rotation);
    if (file->rotation == 0 || files_have(sink, name)) return POSTERN_OK;
    const struct packing *packing = packed_with(sink, name);
    bool is_plain = below_look_at(sink, name, &status) == 0;
    if (is_plain && astray_has(file, status.st_ino)) return POSTERN_OK;
    if (is_plain && !packing)
        return finish(sink, file, name, hands_over && status.st_ino == file->inode, error);
    if (is_plain && sink->packing) is_plain = !remove_packed(sink, file, name, packing);
    return packing && !is_plain && hands_over ? hand_over(sink, file, name, packing->suffix, error)
                                              : POSTERN_OK;
}

static void remove_oldest(struct file_sink *sink, const struct file *file)
{
    char name[PATH_LIMIT + 24];
    if (sink->keep <= 0 || file->rotation <= (unsigned)sink->keep) return;
    unsigned oldest = file->rotation - (unsigned)sink->keep;
    snprintf(name, sizeof name, "%s.%u", file->path, oldest);
    if (files_have(sink, name)) return; /* another event's values made this name: it is no rotated file */
    below_unlink(sink, name);
    for (const struct packing *const *packing = packings; *packing; packing++) {
        snprintf(name, sizeof name, "%s.%u%s", file->path, oldest, (*packing)->suffix);
        if (!files_have(sink, name)) below_unlink(sink, name);
    }
}

postern_status rotation_rename(struct file_sink *sink, struct file *file, postern_error *error)
{
    char name[PATH_LIMIT + 16];
    do {
        if (++file->rotation == 0)
            return file_fail(error, POSTERN_E_IO, EEXIST, "no free name to rotate", file->path);
        snprintf(name, sizeof name, "%s.%u", file->path, file->rotation);
    } while (below_exists(sink, name) || packed_with(sink, name) || files_have(sink, name));
    if (sink->failpoint) sink->failpoint->pass(sink->host, "file-before-rename");
    if (below_rename(sink, file->path, name) < 0 && errno != ENOENT)
        return file_fail_at(sink, error, errno, "cannot rotate", file->path);
    if (sink->failpoint) sink->failpoint->pass(sink->host, "file-after-rename");
    postern_status status = file->moved ? POSTERN_OK : finish(sink, file, name, true, error);
    remove_oldest(sink, file);
    return status;
}
