/* Preloaded into a program under test: the file system of the folder that POSTERN_BROKEN_DISK names is full
 * or read-only while the file NAME.mode beside it says "full" or "read-only". A full one lets be overwritten
 * what is there, as a real one does. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define EXPORT     __attribute__((visibility("default")))
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

enum disk_mode { DISK_FINE, DISK_FULL, DISK_READ_ONLY };

static enum disk_mode mode_now(void)
{
    const char *folder = getenv("POSTERN_BROKEN_DISK");
    char path[4096], word[16] = "";
    if (!folder) return DISK_FINE;
    snprintf(path, sizeof path, "%s.mode", folder);
    int fd = NEXT(open)(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return DISK_FINE;
    ssize_t size = read(fd, word, sizeof word - 1);
    close(fd);
    return size <= 0 ? DISK_FINE : strncmp(word, "full", 4) == 0 ? DISK_FULL : DISK_READ_ONLY;
}

static int is_inside(const char *path)
{
    const char *folder = getenv("POSTERN_BROKEN_DISK");
    size_t size = folder ? strlen(folder) : 0;
    return folder && strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

/* What writing there up to `end` gives; 0 = it works. */
static int trouble_at(int fd, off_t end)
{
    char link[64], path[4096];
    struct stat status;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = '\0';
    if (!is_inside(path)) return 0;
    enum disk_mode mode = mode_now();
    if (mode == DISK_READ_ONLY) return EROFS;
    return mode == DISK_FULL && fstat(fd, &status) == 0 && end > status.st_size ? ENOSPC : 0;
}

static ssize_t put_at(int fd, const void *data, size_t size, off_t at)
{
    errno = trouble_at(fd, at + (off_t)size);
    return errno ? -1 : NEXT(pwrite)(fd, data, size, at);
}

EXPORT ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    return put_at(fd, data, size, at);
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    return put_at(fd, data, size, at);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    off_t at = lseek(fd, 0, SEEK_CUR);
    int trouble = at < 0 ? 0 : trouble_at(fd, at + (off_t)size);
    if (!trouble) return NEXT(write)(fd, data, size);
    errno = trouble;
    return -1;
}

static int opened(int fd, const char *path, int flags)
{
    if (fd < 0 || (flags & O_ACCMODE) == O_RDONLY || !is_inside(path) || mode_now() != DISK_READ_ONLY)
        return fd;
    close(fd);
    errno = EROFS;
    return -1;
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return opened(NEXT(open)(path, flags, mode), path, flags);
}

EXPORT int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
    va_end(arguments);
    return opened(NEXT(open)(path, flags, mode), path, flags);
}

EXPORT int access(const char *path, int wanted)
{
    if ((wanted & W_OK) && is_inside(path) && mode_now() == DISK_READ_ONLY) {
        errno = EROFS;
        return -1;
    }
    return NEXT(access)(path, wanted);
}

EXPORT int statvfs(const char *path, struct statvfs *volume)
{
    int done = NEXT(statvfs)(path, volume);
    if (done == 0 && is_inside(path) && mode_now() == DISK_READ_ONLY) volume->f_flag |= ST_RDONLY;
    return done;
}
