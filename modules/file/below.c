#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DIRECTORY_MODE  0750

/* Whoever makes a name syncs the directory that holds it: a power cut would take it, and all below. */
static int sync_parent(const char *path)
{
    char parent[PATH_LIMIT];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (slash) slash[slash == parent] = '\0';
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 ? -1 : fsync(fd);
    int reason = errno;
    if (fd >= 0) close(fd);
    errno = reason;
    return failed;
}

/* Those that are there may be ours from a start that did not come so far as to sync them. */
static int make_parents(const char *path)
{
    char partial[PATH_LIMIT];
    snprintf(partial, sizeof partial, "%s", path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        bool made = mkdir(partial, DIRECTORY_MODE) == 0;
        if (!made && errno != EEXIST) return -1;
        if (sync_parent(partial) < 0 && made) return -1;
        *slash = '/';
    }
    return 0;
}

postern_status below_open_root(struct file_sink *sink, postern_error *error)
{
    char root[PATH_LIMIT];
    if (sink->directory >= 0) return POSTERN_OK;
    snprintf(root, sizeof root, "%.*s", (int)sink->fixed, sink->template);
    /* The fixed part is the operator's own choice: links in it are fine. */
    bool made = make_parents(root) == 0;
    if (made) sink->directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (sink->directory >= 0) return POSTERN_OK;
    return file_fail(error, cannot_be(errno) ? POSTERN_E_CONFIG : POSTERN_E_IO, errno,
                     made ? "cannot open the directory" : "cannot make the directory", root);
}

postern_status below_check_root(const struct file_sink *sink, postern_error *error)
{
    char root[PATH_LIMIT];
    struct stat there, ours;
    snprintf(root, sizeof root, "%.*s", (int)sink->fixed, sink->template);
    if (stat(root, &there) == 0 && fstat(sink->directory, &ours) == 0 && there.st_ino == ours.st_ino &&
        there.st_dev == ours.st_dev)
        return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY,
                    "what was written is where the directory is now; new files are begun at the path",
                    "the directory %s was moved, removed or replaced while it was in use", root);
}

static int open_step(int parent, const char *name, bool make, bool known)
{
    if (make && !known) {
        if (mkdirat(parent, name, DIRECTORY_MODE) < 0 && errno != EEXIST) return -1;
        if (fsync(parent) < 0) return -1;
    }
    return openat(parent, name, DIRECTORY_FLAGS);
}

/* The directory of the path made last: with all above it, it is synced. */
static bool is_made(const struct file_sink *sink, const char *path, size_t size)
{
    return strlen(sink->made) == size && memcmp(sink->made, path, size) == 0;
}

int below_parent(struct file_sink *sink, const char *path, bool make, const char **name)
{
    int parent = fcntl(sink->directory, F_DUPFD_CLOEXEC, 0);
    const char *at = path, *slash, *last = strrchr(path, '/');
    size_t size = last ? (size_t)(last - path) : 0;
    bool known = !make || is_made(sink, path, size);
    sink->obstacle = 0;
    for (; parent >= 0 && (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        char step[PATH_LIMIT];
        if (slash == at) continue;
        snprintf(step, sizeof step, "%.*s", (int)(slash - at), at);
        int child = open_step(parent, step, make, known);
        if (child < 0 && errno == ENOENT && make && known) { /* it was taken away */
            known = false;
            child = open_step(parent, step, make, known);
        }
        int reason = errno == ELOOP ? ENOTDIR : errno; /* a link is no directory here */
        close(parent);
        errno = reason;
        parent = child;
        if (child < 0) sink->obstacle = (size_t)(slash - path);
    }
    if (parent >= 0 && !known) snprintf(sink->made, sizeof sink->made, "%.*s", (int)size, path);
    *name = at;
    return parent;
}

int below_open(struct file_sink *sink, const char *path, int flags)
{
    const char *name;
    int parent = below_parent(sink, path, (flags & O_CREAT) != 0, &name);
    if (parent < 0) return -1;
    int fd = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, sink->mode);
    int reason = errno;
    /* Also if it is there: it may be ours, from just before a crash. */
    if ((flags & O_CREAT) && (fd >= 0 || reason == EEXIST) && fsync(parent) < 0) {
        reason = errno;
        if (fd >= 0) close(fd);
        fd = -1;
    }
    close(parent);
    errno = reason;
    return fd;
}

int below_rename(struct file_sink *sink, const char *from, const char *to)
{
    const char *old_name, *new_name;
    int parent = below_parent(sink, from, false, &old_name);
    if (parent < 0) return -1;
    new_name = to + (old_name - from); /* the same directory */
    int failed = renameat2(parent, old_name, parent, new_name, RENAME_NOREPLACE);
    if (!failed) failed = fsync(parent);
    int reason = errno;
    close(parent);
    errno = reason;
    return failed;
}

int below_unlink(struct file_sink *sink, const char *path)
{
    const char *name;
    int parent = below_parent(sink, path, false, &name);
    if (parent < 0) return -1;
    int failed = unlinkat(parent, name, 0);
    if (!failed) failed = fsync(parent);
    int reason = errno;
    close(parent);
    errno = reason;
    return failed;
}

int below_look_at(struct file_sink *sink, const char *path, struct stat *status)
{
    const char *name;
    int parent = below_parent(sink, path, false, &name);
    if (parent < 0) return -1;
    int failed = fstatat(parent, name, status, AT_SYMLINK_NOFOLLOW);
    int reason = errno;
    close(parent);
    errno = reason;
    return failed;
}

bool below_exists(struct file_sink *sink, const char *path)
{
    struct stat status;
    return below_look_at(sink, path, &status) == 0;
}
