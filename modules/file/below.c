#include "file_sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define DIRECTORY_MODE  0750

static int make_parents(const char *path)
{
    char partial[PATH_LIMIT];
    snprintf(partial, sizeof partial, "%s", path);
    for (char *slash = strchr(partial + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(partial, DIRECTORY_MODE) < 0 && errno != EEXIST) return -1;
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

static int open_step(int parent, const char *name, bool make)
{
    int fd = openat(parent, name, DIRECTORY_FLAGS);
    if (fd >= 0 || errno != ENOENT || !make) return fd;
    if (mkdirat(parent, name, DIRECTORY_MODE) < 0 && errno != EEXIST) return -1;
    if (fsync(parent) < 0) return -1;
    return openat(parent, name, DIRECTORY_FLAGS);
}

int below_parent(struct file_sink *sink, const char *path, bool make, const char **name)
{
    int parent = fcntl(sink->directory, F_DUPFD_CLOEXEC, 0);
    const char *at = path, *slash;
    sink->obstacle = 0;
    for (; parent >= 0 && (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        char step[PATH_LIMIT];
        if (slash == at) continue;
        snprintf(step, sizeof step, "%.*s", (int)(slash - at), at);
        int child = open_step(parent, step, make);
        int reason = errno == ELOOP ? ENOTDIR : errno; /* a link is no directory here */
        close(parent);
        errno = reason;
        parent = child;
        if (child < 0) sink->obstacle = (size_t)(slash - path);
    }
    *name = at;
    return parent;
}

int below_open(struct file_sink *sink, const char *path, int flags)
{
    const char *name;
    int parent = below_parent(sink, path, (flags & O_CREAT) != 0, &name);
    if (parent < 0) return -1;
    int fd = openat(parent, name, flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, sink->mode);
    if (fd >= 0 && (flags & O_EXCL) && fsync(parent) < 0) {
        close(fd);
        fd = -1;
    }
    int reason = errno;
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
