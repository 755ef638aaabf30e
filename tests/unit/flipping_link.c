#include "flipping_link.h"
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

char flip_loaded[4096];
static char link_path[256], target_after[256];
static unsigned long left;
static bool armed, turned;

int __real_lstat(const char *path, struct stat *status);
int __real_stat(const char *path, struct stat *status);
ssize_t __real_readlink(const char *path, char *target, size_t size);
char *__real_realpath(const char *path, char *real);
int __real_open(const char *path, int flags, ...);
int __real_mkdir(const char *path, mode_t mode);
int __real_chmod(const char *path, mode_t mode);
int __real_access(const char *path, int mode);
void *__real_dlopen(const char *path, int flags);
int __real_scandir(const char *path, struct dirent ***entries, int (*filter)(const struct dirent *),
                   int (*compare)(const struct dirent **, const struct dirent **));

int __wrap_lstat(const char *path, struct stat *status);
int __wrap_stat(const char *path, struct stat *status);
ssize_t __wrap_readlink(const char *path, char *target, size_t size);
char *__wrap_realpath(const char *path, char *real);
char *__wrap___realpath_chk(const char *path, char *real, size_t size);
int __wrap_open(const char *path, int flags, ...);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_chmod(const char *path, mode_t mode);
int __wrap_access(const char *path, int mode);
void *__wrap_dlopen(const char *path, int flags);
int __wrap_scandir(const char *path, struct dirent ***entries, int (*filter)(const struct dirent *),
                   int (*compare)(const struct dirent **, const struct dirent **));

static void lead_to(const char *target)
{
    char fresh[sizeof link_path + 8];
    snprintf(fresh, sizeof fresh, "%s.fresh", link_path);
    unlink(fresh);
    if (symlink(target, fresh) < 0 || rename(fresh, link_path) < 0) abort();
}

void flip_arm(const char *link, const char *before, const char *after, unsigned long n)
{
    snprintf(link_path, sizeof link_path, "%s", link);
    snprintf(target_after, sizeof target_after, "%s", after);
    flip_loaded[0] = '\0';
    lead_to(before);
    left = n;
    turned = false;
    armed = true;
}

bool flip_disarm(void)
{
    armed = false;
    return turned;
}

static void count_call(void)
{
    if (!armed || turned || --left > 0) return;
    turned = true;
    lead_to(target_after);
}

int __wrap_lstat(const char *path, struct stat *status)
{
    count_call();
    return __real_lstat(path, status);
}

int __wrap_stat(const char *path, struct stat *status)
{
    count_call();
    return __real_stat(path, status);
}

ssize_t __wrap_readlink(const char *path, char *target, size_t size)
{
    count_call();
    return __real_readlink(path, target, size);
}

char *__wrap_realpath(const char *path, char *real)
{
    count_call();
    return __real_realpath(path, real);
}

/* What a fortified build calls. */
char *__wrap___realpath_chk(const char *path, char *real, size_t size)
{
    (void)size;
    return __wrap_realpath(path, real);
}

int __wrap_open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    count_call();
    return __real_open(path, flags, mode);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    count_call();
    return __real_mkdir(path, mode);
}

int __wrap_chmod(const char *path, mode_t mode)
{
    count_call();
    return __real_chmod(path, mode);
}

int __wrap_access(const char *path, int mode)
{
    count_call();
    return __real_access(path, mode);
}

void *__wrap_dlopen(const char *path, int flags)
{
    count_call();
    if (!__real_realpath(path, flip_loaded)) flip_loaded[0] = '\0';
    return __real_dlopen(path, flags);
}

int __wrap_scandir(const char *path, struct dirent ***entries, int (*filter)(const struct dirent *),
                   int (*compare)(const struct dirent **, const struct dirent **))
{
    count_call();
    return __real_scandir(path, entries, filter, compare);
}
