#include "exec_sink.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

static postern_status refuse(const char *path, const char *why, postern_error *error)
{
    return kit_fail(
        error, POSTERN_E_CONFIG,
        "the program and every directory above it must belong to root or the user that runs Postern, "
        "and nobody else may write there",
        "%s %s", path, why);
}

static postern_status check_one(const char *path, bool is_program, postern_error *error)
{
    struct stat status;
    char words[128];
    if (lstat(path, &status) < 0)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s cannot be looked at: %s", path,
                        strerror_r(errno, words, sizeof words));
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return refuse(path, "belongs to another user", error);
    bool is_shared = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX); /* such as /tmp */
    if ((status.st_mode & OTHERS_WRITE) && (is_program || !is_shared))
        return refuse(path, "can be written by others", error);
    if (is_program && !S_ISREG(status.st_mode)) return refuse(path, "is no regular file", error);
    if (is_program && access(path, X_OK) < 0)
        return kit_fail(error, POSTERN_E_CONFIG, "chmod +x it", "%s may not be executed", path);
    return POSTERN_OK;
}

postern_status owner_check(const char *path, postern_error *error)
{
    char real[PATH_MAX], words[128];
    if (!realpath(path, real))
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s cannot be found: %s", path,
                        strerror_r(errno, words, sizeof words));
    postern_status status = check_one("/", false, error);
    for (char *slash = strchr(real + 1, '/'); slash && status >= 0; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        status = check_one(real, false, error);
        *slash = '/';
    }
    return status < 0 ? status : check_one(real, true, error);
}
