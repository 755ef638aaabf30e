#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

bool rotation_is_due(const struct file_sink *sink, const struct file *file, int64_t now_ms)
{
    if (!file->recorded || file->moved || file->surplus || file->length == 0) return false;
    if (sink->rotate_size > 0 && file->length >= sink->rotate_size) return true;
    return sink->rotate_age_ms > 0 && now_ms - file->since_ms >= sink->rotate_age_ms;
}

static bool copy_into(int from, gzFile to)
{
    char part[65536];
    for (;;) {
        ssize_t got = read(from, part, sizeof part);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        if (gzwrite(to, part, (unsigned)got) != got) return false;
    }
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

/* name → name.gz, by way of a temporary name; the plain file goes only when the packed one is safe. A failure
 * leaves the plain file: the lines are all there. */
static void pack(struct file_sink *sink, const struct file *file, const char *name)
{
    char packed[PATH_LIMIT + 24], temporary[PATH_LIMIT + 28];
    snprintf(packed, sizeof packed, "%s.gz", name);
    snprintf(temporary, sizeof temporary, "%s.gz.tmp", name);
    below_unlink(sink, temporary);
    int from = open_rotated(sink, file, name);
    int to = from >= 0 ? below_open(sink, temporary, O_WRONLY | O_CREAT | O_EXCL) : -1;
    int kept = to >= 0 ? fcntl(to, F_DUPFD_CLOEXEC, 0) : -1;
    gzFile gz = to >= 0 ? gzdopen(to, "wb6") : NULL;
    bool good = from >= 0 && gz && kept >= 0 && copy_into(from, gz);
    if (gz)
        good = gzclose(gz) == Z_OK && good;
    else if (to >= 0)
        close(to);
    good = good && fsync(kept) == 0 && below_rename(sink, temporary, packed) == 0 &&
           below_unlink(sink, name) == 0;
    if (kept >= 0) close(kept);
    if (from >= 0) close(from);
    if (good) return;
    file_warn(sink, POSTERN_LOG_WARNING, "%s cannot be packed and stays as it is", name);
    below_unlink(sink, temporary);
}

/* Byte for byte what the plain file holds? */
static bool holds_the_same(struct file_sink *sink, const char *packed, int plain)
{
    char part[16384], unpacked[sizeof part];
    int fd = below_open(sink, packed, O_RDONLY);
    gzFile gz = fd >= 0 ? gzdopen(fd, "rb") : NULL;
    bool same = gz != NULL;
    if (!gz && fd >= 0) close(fd);
    for (ssize_t got = 1; same && got > 0;) {
        got = read(plain, part, sizeof part);
        int wanted = got > 0 ? (int)got : 1; /* behind its end nothing may follow */
        int there = got < 0 ? -1 : gzread(gz, unpacked, (unsigned)wanted);
        same = there == got && (got <= 0 || memcmp(part, unpacked, (size_t)got) == 0);
    }
    if (gz) gzclose(gz);
    return same;
}

/* What a crash may have left half done. What was set aside stays as it is while lines are looked for in it.
 */
void rotation_finish(struct file_sink *sink, const struct file *file)
{
    char name[PATH_LIMIT + 16], packed[PATH_LIMIT + 24];
    struct stat status;
    snprintf(name, sizeof name, "%s.%u", file->path, file->rotation);
    snprintf(packed, sizeof packed, "%s.gz", name);
    if (!sink->compress || file->rotation == 0 || files_have(sink, name) ||
        below_look_at(sink, name, &status) < 0 || astray_has(file, status.st_ino))
        return;
    if (!below_exists(sink, packed)) {
        pack(sink, file, name);
        return;
    }
    int plain = open_rotated(sink, file, name);
    if (plain >= 0 && holds_the_same(sink, packed, plain))
        below_unlink(sink, name);
    else
        file_warn(sink, POSTERN_LOG_WARNING, "%s and %s.gz are not the same: both are left", name, name);
    if (plain >= 0) close(plain);
}

static void remove_oldest(struct file_sink *sink, const struct file *file)
{
    char name[PATH_LIMIT + 24];
    if (sink->keep <= 0 || file->rotation <= (unsigned)sink->keep) return;
    unsigned oldest = file->rotation - (unsigned)sink->keep;
    snprintf(name, sizeof name, "%s.%u", file->path, oldest);
    if (files_have(sink, name)) return; /* another event's values made this name: it is no rotated file */
    below_unlink(sink, name);
    snprintf(name, sizeof name, "%s.%u.gz", file->path, oldest);
    if (!files_have(sink, name)) below_unlink(sink, name);
}

postern_status rotation_rename(struct file_sink *sink, struct file *file, postern_error *error)
{
    char name[PATH_LIMIT + 16], packed[PATH_LIMIT + 24];
    do {
        if (++file->rotation == 0)
            return file_fail(error, POSTERN_E_IO, EEXIST, "no free name to rotate", file->path);
        snprintf(name, sizeof name, "%s.%u", file->path, file->rotation);
        snprintf(packed, sizeof packed, "%s.gz", name);
    } while (below_exists(sink, name) || below_exists(sink, packed) || files_have(sink, name));
    if (sink->failpoint) sink->failpoint->pass(sink->host, "file-before-rename");
    if (below_rename(sink, file->path, name) < 0 && errno != ENOENT)
        return file_fail_at(sink, error, errno, "cannot rotate", file->path);
    if (sink->failpoint) sink->failpoint->pass(sink->host, "file-after-rename");
    if (sink->compress && !file->moved) pack(sink, file, name);
    remove_oldest(sink, file);
    return POSTERN_OK;
}
