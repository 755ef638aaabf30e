/* Files that went elsewhere when a batch may have been unconfirmed: moved, copied or packed while Postern did
 * not run, or set aside by itself. The batch that comes again is looked for in them, behind what was
 * confirmed, so that its lines are not written twice. */
#include "file_sink.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void forget(struct file *file, unsigned index)
{
    file->astray_count--;
    memmove(file->astray + index, file->astray + index + 1,
            (file->astray_count - index) * sizeof *file->astray);
}

void astray_note(struct file *file, ino_t inode, int64_t now_ms)
{
    for (unsigned i = file->astray_count; i-- > 0;) /* known already: each start may find it so again */
        if (file->astray[i].inode == inode && file->astray[i].length == file->length) forget(file, i);
    if (file->astray_count == MOST_ASTRAY) forget(file, 0);
    file->astray[file->astray_count++] = (struct astray){inode, file->length, now_ms, false};
}

bool astray_has(const struct file *file, ino_t inode)
{
    for (unsigned i = 0; i < file->astray_count; i++)
        if (file->astray[i].inode == inode) return true;
    return false;
}

void astray_forget_answered(struct file *file)
{
    for (unsigned i = file->astray_count; i-- > 0;)
        if (file->astray[i].answered) forget(file, i);
}

/* Size of what is in the packed file, modulo 2^32, as its end says; false if it is none. */
static bool packed_size(int fd, off_t size, uint32_t *unpacked)
{
    unsigned char magic[2], end[4];
    if (size < 18 || pread(fd, magic, 2, 0) != 2 || magic[0] != 0x1f || magic[1] != 0x8b ||
        pread(fd, end, 4, size - 4) != 4)
        return false;
    *unpacked = end[0] | (uint32_t)end[1] << 8 | (uint32_t)end[2] << 16 | (uint32_t)end[3] << 24;
    return true;
}

/* So many bytes lie behind what was confirmed; < 0 if it cannot be the file. */
static off_t behind(int fd, const struct stat *status, const struct astray *astray)
{
    uint32_t unpacked;
    if (!packed_size(fd, status->st_size, &unpacked)) return status->st_size - astray->length;
    return (off_t)(uint32_t)(unpacked - (uint32_t)astray->length);
}

static bool ends_a_line(gzFile from, off_t length)
{
    return gzseek(from, length ? length - 1 : 0, SEEK_SET) >= 0 && (length == 0 || gzgetc(from) == '\n');
}

/* The part of a line at its end is of no use: the whole line is written elsewhere. */
static bool make_safe(const struct file_sink *sink, int fd, const struct stat *status, off_t wanted)
{
    struct file nobodys = {.owner = geteuid()};
    char because[80];
    uint32_t unpacked;
    if (status->st_size > wanted && !packed_size(fd, status->st_size, &unpacked) && file_lock(fd) &&
        !foreign_because(sink, &nobodys, status, because) && ftruncate(fd, wanted) < 0)
        return false;
    return fsync(fd) == 0;
}

/* The file itself, with nothing behind what was confirmed; a copy may have been made before it was cut. */
static bool is_clean(const struct astray *astray, int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_ino == astray->inode && status.st_size == astray->length;
}

bool astray_look_into(const struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                      const struct astray *astray, int fd)
{
    struct stat status;
    off_t whole = 0;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) return false;
    off_t more = behind(fd, &status, astray);
    if (more <= 0 || more > lines_size(file, sorted)) return false;
    gzFile from = lines_open(fd);
    bool found =
        from && ends_a_line(from, astray->length) && lines_compare(from, file, sorted, &whole) == LIKE_BATCH;
    if (from) gzclose(from);
    if (!found || !make_safe(sink, fd, &status, astray->length + whole)) return false;
    file->elsewhere += whole;
    return true;
}

/* f.3, f.3.gz: what was rotated away is confirmed, and may hold equal lines. */
static bool is_rotated(const struct file *file, const char *name, const char *candidate)
{
    size_t size = strlen(name);
    unsigned number = 0;
    return strncmp(candidate, name, size) == 0 && sscanf(candidate + size, ".%u", &number) == 1 &&
           number > 0 && number <= file->rotation;
}

/* Only the file itself, and what is called like it: f.1, f-20260101, f.1.gz. */
static bool may_be(const struct dirent *entry, const struct file *file, const char *name,
                   const struct astray *astray)
{
    if (strcmp(entry->d_name, name) == 0) return false;
    if (entry->d_ino == astray->inode) return true;
    if (astray_has(file, entry->d_ino)) return false; /* what is in that one is another batch's */
    const char *end = strrchr(name, '.');
    size_t stem = end && end > name ? (size_t)(end - name) : strlen(name);
    return strncmp(entry->d_name, name, stem) == 0 && !is_rotated(file, name, entry->d_name);
}

/* Among the files beside it. True if it is clear what became of the file. */
static bool search(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                   const struct astray *astray)
{
    const char *name;
    bool found = false, clean = false;
    int parent = below_parent(sink, file->path, false, &name);
    DIR *directory = parent >= 0 ? fdopendir(parent) : NULL;
    if (!directory) {
        if (parent >= 0) close(parent);
        return false;
    }
    rewinddir(directory); /* the fixed directory's descriptor may stand where the last search ended */
    for (struct dirent *entry; !found && (entry = readdir(directory)) != NULL;) {
        if (!may_be(entry, file, name, astray)) continue;
        int fd = openat(parent, entry->d_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) fd = openat(parent, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) continue;
        off_t before = file->elsewhere;
        found = astray_look_into(sink, file, sorted, astray, fd);
        clean = clean || is_clean(astray, fd);
        close(fd);
        if (file->elsewhere > before)
            file_warn(sink, POSTERN_LOG_INFO, "%jd bytes of the batch that comes again lie in %s already",
                      (intmax_t)(file->elsewhere - before), entry->d_name);
    }
    closedir(directory);
    return found || clean;
}

void astray_search(struct file_sink *sink, struct file *file, const struct sorted_batch *sorted,
                   int64_t now_ms)
{
    file->elsewhere = 0;
    for (unsigned i = file->astray_count; i-- > 0;)
        if (now_ms - file->astray[i].since_ms > RECORD_KEPT_MS) forget(file, i);
    if (!sorted->may_repeat) return;
    /* After several crashes the batch may lie in pieces, the first in the file that went first. */
    for (unsigned i = 0; i < file->astray_count; i++)
        file->astray[i].answered = search(sink, file, sorted, &file->astray[i]);
}
