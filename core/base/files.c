#include "base/files.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A directory is none of them: reading it fails with words of its own. */
static const char *waiting_kind(mode_t mode)
{
    return S_ISFIFO(mode)   ? "a FIFO"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISCHR(mode)  ? "a device"
           : S_ISBLK(mode)  ? "a device"
                            : NULL;
}

static postern_status refuse_kind(const char *path, mode_t mode, postern_error *error)
{
    const char *kind = waiting_kind(mode);
    if (!kind) return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG, "%s is %s, not a regular file", path, kind);
    error_remedy(error,
                 "put the content into a file: it is read more than once, and nothing may wait for it");
    return POSTERN_E_CONFIG;
}

postern_status file_check_kind(const char *path, postern_error *error)
{
    struct stat status;
    return stat(path, &status) == 0 ? refuse_kind(path, status.st_mode, error) : POSTERN_OK;
}

/* Looked at first, since opening a device may do something, and again, since it may be another by now. */
static postern_status open_and_look(const char *path, int *fd, struct stat *status, postern_error *error)
{
    postern_status kind = file_check_kind(path, error);
    if (kind < 0) return kind;
    _cleanup_(closep) int opened = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened < 0 || fstat(opened, status) < 0)
        return error_set_errno(error, POSTERN_E_IO, errno, "cannot open %s", path);
    kind = refuse_kind(path, status->st_mode, error);
    if (kind == POSTERN_OK) *fd = STEAL_FD(opened);
    return kind;
}

postern_status file_open(const char *path, int *fd, postern_error *error)
{
    struct stat status;
    return open_and_look(path, fd, &status, error);
}

bool file_real_path(int fd, char real[PATH_MAX])
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, real, PATH_MAX - 1);
    real[size < 0 ? 0 : size] = '\0';
    return size > 0;
}

/* Reads to the end: where a read brings nothing, or where the file ended when it was looked at. */
static postern_status read_to_end(int fd, const char *path, size_t limit, size_t end, struct buffer *into,
                                  postern_error *error)
{
    size_t total = 0;
    for (;;) {
        char *place = buffer_reserve(into, 16384);
        if (!place) return error_set(error, POSTERN_E_LIMIT, "%s is too large", path);
        ssize_t got = read(fd, place, 16384);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return error_set_errno(error, POSTERN_E_IO, errno, "cannot read %s", path);
        if (got == 0) return POSTERN_OK;
        into->size += (size_t)got;
        total += (size_t)got;
        if (total > limit)
            return error_set(error, POSTERN_E_LIMIT, "%s is larger than %zu bytes", path, limit);
        if (total == end) return POSTERN_OK;
    }
}

postern_status file_read_open(int fd, const char *path, size_t limit, struct buffer *into,
                              postern_error *error)
{
    return read_to_end(fd, path, limit, 0, into, error);
}

postern_status file_read(const char *path, size_t limit, struct buffer *into, postern_error *error)
{
    _cleanup_(closep) int fd = -1;
    struct stat looked = {0};
    postern_status status = open_and_look(path, &fd, &looked, error);
    return status < 0 ? status : read_to_end(fd, path, limit, (size_t)looked.st_size, into, error);
}

int file_open_unlinked(const char *directory)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return fd;
    /* A file system without O_TMPFILE: a name for an instant. */
    _cleanup_(freep) char *path = path_join(directory, "spill-XXXXXX");
    if (!path) return errno = ENOMEM, -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0) unlink(path);
    return fd;
}

int file_write_all(int fd, const void *data, size_t size)
{
    const char *from = data;
    while (size) {
        ssize_t written = write(fd, from, size);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        from += written;
        size -= (size_t)written;
    }
    return 0;
}

postern_status directory_sync(const char *path, postern_error *error)
{
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return error_set_errno(error, POSTERN_E_IO, errno, "cannot sync the directory %s", path);
    return POSTERN_OK;
}

/* A directory may be one that we may not list; then all of its file system is synced. */
static postern_status sync_name(const char *path, bool made, postern_error *error)
{
    _cleanup_(freep) char *parent = path_directory(path);
    if (!parent) return error_no_memory(error, NULL);
    _cleanup_(closep) int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (synced || (!made && (errno == EINVAL || errno == EROFS))) return POSTERN_OK;
    _cleanup_(closep) int within = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == EACCES && within >= 0 && syncfs(within) == 0) return POSTERN_OK;
    return error_set_errno(error, POSTERN_E_IO, errno, "cannot sync the directory %s", parent);
}

postern_status directory_make(const char *path, mode_t mode, postern_error *error)
{
    bool made = mkdir(path, mode) == 0;
    if (!made && errno != EEXIST)
        return error_set_errno(error, POSTERN_E_IO, errno, "cannot make the directory %s", path);
    return sync_name(path, made, error);
}

char *path_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return strdup(".");
    return text_duplicate(text_slice(path, slash == path ? slash + 1 : slash));
}

char *path_join(const char *a, const char *b)
{
    char *joined = NULL;
    size_t size = strlen(a);
    if (asprintf(&joined, "%s%s%s", a, size && a[size - 1] == '/' ? "" : "/", b) < 0) return NULL;
    return joined;
}
