/* Preloaded into the program: writes down, in order, all that it does to the files and directories below one
 * directory, so that power_cut_test.py can work out what of it a power cut would have left. In the run on
 * such an image it shows each file under the inode number that it had before.
 *
 *   POWER_TRACE   where to write; POWER_ROOT the directory (of the names in it, and what is made below)
 *   POWER_INODES  a text of lines "NUMBER SHOWN"
 *
 * A file that was made stays open, so that its inode number is not given to another. */
#pragma GCC visibility push(default)
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum operation {
    MADE_DIRECTORY = 1, /* inode = of the parent, a = of the child, b = mode, text = name */
    MADE_FILE,          /* likewise */
    WRITTEN,            /* a = offset, text = bytes */
    CUT,                /* a = size */
    SYNCED,
    RENAMED, /* inode and a = of the parents, text = the old name, NUL, the new name */
    REMOVED, /* inode = of the parent, text = name */
};

struct head {
    uint64_t operation, inode, a, b, size;
};

#define MOST 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int trace = -1;
static ino_t known[MOST]; /* what is recorded; the first is the directory */
static size_t known_count;
static struct shown {
    ino_t number, shown;
} shown[MOST];
static size_t shown_count;

static void begin(void)
{
    const char *path = getenv("POWER_TRACE"), *root = getenv("POWER_ROOT"), *inodes = getenv("POWER_INODES");
    struct stat status;
    if (path && root && syscall(SYS_newfstatat, AT_FDCWD, root, &status, 0) == 0) {
        trace = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        known[known_count++] = status.st_ino;
    }
    FILE *list = inodes ? fopen(inodes, "re") : NULL;
    unsigned long number, seen;
    while (list && shown_count < MOST && fscanf(list, "%lu %lu", &number, &seen) == 2) {
        /* With a trace of an earlier run these are known too. */
        if (trace >= 0 && known_count < MOST) known[known_count++] = number;
        shown[shown_count++] = (struct shown){number, seen};
    }
    if (list) fclose(list);
}

static void *real(const char *name)
{
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))real(name))

static void enter(void)
{
    pthread_once(&once, begin);
    pthread_mutex_lock(&lock);
}

static void leave(void)
{
    int reason = errno;
    pthread_mutex_unlock(&lock);
    errno = reason;
}

static bool knows(ino_t inode)
{
    for (size_t i = known_count; i-- > 0;)
        if (known[i] == inode) return trace >= 0;
    return false;
}

static void put(enum operation operation, ino_t inode, uint64_t a, uint64_t b, const void *text, size_t size)
{
    int reason = errno;
    char record[sizeof(struct head) + 2 * NAME_MAX + 2];
    const struct head head = {operation, inode, a, b, size};
    memcpy(record, &head, sizeof head);
    bool is_small = size <= sizeof record - sizeof head;
    if (is_small && size) memcpy(record + sizeof head, text, size);
    size_t whole = sizeof head + (is_small ? size : 0);
    if (syscall(SYS_write, trace, record, whole) != (long)whole) abort();
    if (!is_small && syscall(SYS_write, trace, text, size) != (long)size) abort();
    errno = reason;
}

static ino_t inode_of(int fd)
{
    struct stat status;
    return syscall(SYS_fstat, fd, &status) == 0 ? status.st_ino : 0;
}

/* The directory of the path, and its last name. */
static ino_t parent_of(int at, const char *path, char name[NAME_MAX + 1])
{
    char copy[PATH_MAX], last[PATH_MAX];
    struct stat status;
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(last, sizeof last, "%s", path);
    snprintf(name, NAME_MAX + 1, "%s", basename(last));
    return syscall(SYS_newfstatat, at, dirname(copy), &status, 0) == 0 ? status.st_ino : 0;
}

/* ---- Names ---- */

static bool exists(int at, const char *path)
{
    struct stat status;
    return syscall(SYS_newfstatat, at, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int open_any(int at, const char *path, int flags, mode_t mode)
{
    char name[NAME_MAX + 1];
    enter();
    bool may_make = (flags & O_CREAT) && (flags & O_TMPFILE) != O_TMPFILE;
    bool is_new = may_make && !exists(at, path);
    int fd = (int)syscall(SYS_openat, at, path, flags, mode);
    ino_t parent = fd >= 0 && may_make ? parent_of(at, path, name) : 0;
    if (fd >= 0 && is_new && knows(parent) && known_count < MOST) {
        put(MADE_FILE, parent, inode_of(fd), mode & 0777, name, strlen(name));
        known[known_count++] = inode_of(fd);
        syscall(SYS_openat, at, path, O_PATH | O_NOFOLLOW | O_CLOEXEC); /* not a second holder of locks */
    } else if (fd >= 0 && (flags & O_TRUNC) && knows(inode_of(fd))) {
        put(CUT, inode_of(fd), 0, 0, NULL, 0);
    }
    leave();
    return fd;
}

#define MODE_OF(flags, mode)                                                                                 \
    mode_t mode = 0;                                                                                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                 \
        va_list arguments;                                                                                   \
        va_start(arguments, flags);                                                                          \
        mode = va_arg(arguments, mode_t);                                                                    \
        va_end(arguments);                                                                                   \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_any(at, path, flags, mode);
}

int openat64(int at, const char *path, int flags, ...)
{
    MODE_OF(flags, mode)
    return open_any(at, path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
    return open_any(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags);
int __open64_2(const char *path, int flags)
{
    return open_any(AT_FDCWD, path, flags, 0);
}

int __openat_2(int at, const char *path, int flags);
int __openat_2(int at, const char *path, int flags)
{
    return open_any(at, path, flags, 0);
}

int __openat64_2(int at, const char *path, int flags);
int __openat64_2(int at, const char *path, int flags)
{
    return open_any(at, path, flags, 0);
}

int mkdirat(int at, const char *path, mode_t mode)
{
    char name[NAME_MAX + 1];
    struct stat status;
    enter();
    int failed = (int)syscall(SYS_mkdirat, at, path, mode);
    ino_t parent = failed ? 0 : parent_of(at, path, name);
    if (!failed && knows(parent) && syscall(SYS_newfstatat, at, path, &status, 0) == 0 &&
        known_count < MOST) {
        put(MADE_DIRECTORY, parent, status.st_ino, mode & 0777, name, strlen(name));
        known[known_count++] = status.st_ino;
    }
    leave();
    return failed;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int renameat2(int at, const char *from, int to_at, const char *to, unsigned flags)
{
    char names[2][NAME_MAX + 1], both[2 * NAME_MAX + 2];
    enter();
    int failed = (int)syscall(SYS_renameat2, at, from, to_at, to, flags);
    ino_t parent = parent_of(at, from, names[0]), other = parent_of(to_at, to, names[1]);
    if (!failed && knows(parent) && knows(other)) {
        size_t first = strlen(names[0]) + 1, second = strlen(names[1]);
        memcpy(both, names[0], first);
        memcpy(both + first, names[1], second);
        put(RENAMED, parent, other, 0, both, first + second);
    }
    leave();
    return failed;
}

int renameat(int at, const char *from, int to_at, const char *to)
{
    return renameat2(at, from, to_at, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int at, const char *path, int flags)
{
    char name[NAME_MAX + 1];
    enter();
    ino_t parent = parent_of(at, path, name);
    int failed = (int)syscall(SYS_unlinkat, at, path, flags);
    if (!failed && knows(parent)) put(REMOVED, parent, 0, 0, name, strlen(name));
    leave();
    return failed;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

/* ---- Bytes ---- */

ssize_t write(int fd, const void *bytes, size_t size)
{
    enter();
    ino_t inode = trace >= 0 ? inode_of(fd) : 0;
    bool recorded = inode && knows(inode);
    ssize_t written = syscall(SYS_write, fd, bytes, size);
    if (recorded && written > 0) /* behind it, also where the file is appended to */
        put(WRITTEN, inode, (uint64_t)(syscall(SYS_lseek, fd, 0, SEEK_CUR) - written), 0, bytes,
            (size_t)written);
    leave();
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
    enter();
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, size, offset);
    ino_t inode = inode_of(fd);
    if (written > 0 && knows(inode)) put(WRITTEN, inode, (uint64_t)offset, 0, bytes, (size_t)written);
    leave();
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
    return pwrite(fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size)
{
    enter();
    int failed = (int)syscall(SYS_ftruncate, fd, size);
    ino_t inode = inode_of(fd);
    if (!failed && knows(inode)) put(CUT, inode, (uint64_t)size, 0, NULL, 0);
    leave();
    return failed;
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

static int sync_any(int fd, long number)
{
    enter();
    int failed = (int)syscall(number, fd);
    ino_t inode = inode_of(fd);
    if (!failed && knows(inode)) put(SYNCED, inode, 0, 0, NULL, 0);
    leave();
    return failed;
}

int fsync(int fd)
{
    return sync_any(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_any(fd, SYS_fdatasync);
}

/* ---- Inode numbers ---- */

static ino_t show(ino_t inode)
{
    pthread_once(&once, begin);
    if (shown_count == 0) return inode;
    for (size_t i = 0; i < shown_count; i++)
        if (shown[i].number == inode) return shown[i].shown;
    return inode + ((ino_t)1 << 48); /* not the number of one that was */
}

static int look(int at, const char *path, struct stat *status, int flags)
{
    int failed = (int)syscall(SYS_newfstatat, at, path, status, flags);
    if (!failed) status->st_ino = show(status->st_ino);
    return failed;
}

int fstat(int fd, struct stat *status)
{
    return look(fd, "", status, AT_EMPTY_PATH);
}

int fstat64(int fd, struct stat64 *status)
{
    return look(fd, "", (struct stat *)status, AT_EMPTY_PATH);
}

int stat(const char *path, struct stat *status)
{
    return look(AT_FDCWD, path, status, 0);
}

int stat64(const char *path, struct stat64 *status)
{
    return look(AT_FDCWD, path, (struct stat *)status, 0);
}

int lstat(const char *path, struct stat *status)
{
    return look(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

int lstat64(const char *path, struct stat64 *status)
{
    return look(AT_FDCWD, path, (struct stat *)status, AT_SYMLINK_NOFOLLOW);
}

int fstatat(int at, const char *path, struct stat *status, int flags)
{
    return look(at, path, status, flags);
}

int fstatat64(int at, const char *path, struct stat64 *status, int flags)
{
    return look(at, path, (struct stat *)status, flags);
}

struct dirent *readdir(DIR *directory)
{
    struct dirent *entry = REAL(struct dirent *, "readdir", DIR *)(directory);
    if (entry) entry->d_ino = show(entry->d_ino);
    return entry;
}

struct dirent64 *readdir64(DIR *directory)
{
    struct dirent64 *entry = REAL(struct dirent64 *, "readdir64", DIR *)(directory);
    if (entry) entry->d_ino = show(entry->d_ino);
    return entry;
}
