#include "base/trusted_path.h"
#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LINKS 40 /* as the kernel's */

struct path_walk {
    const char *path, *what;
    char real[PATH_MAX]; /* behind it; "" is the root */
    char rest[PATH_MAX]; /* before it */
    size_t missing;      /* where in `real` begins what is not there; 0 = all is there */
    bool may_miss;
    bool spares_last; /* the caller checks the last step itself */
    int links;
};

static const char *shown_path(const struct path_walk *walk)
{
    return walk->real[0] ? walk->real : "/";
}

static postern_status walk_failed(const struct path_walk *walk, int reason, postern_error *error)
{
    return error_set_errno(error, POSTERN_E_IO, reason, "%s: cannot find %s", walk->what, walk->path);
}

static postern_status check_owner(const struct path_walk *walk, const struct stat *status,
                                  postern_error *error)
{
    if (status->st_uid == 0 || status->st_uid == geteuid()) return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG,
              "%s: %s belongs to user %u, who is neither root nor the user that runs Postern", walk->what,
              shown_path(walk), (unsigned)status->st_uid);
    error_remedy(error, "run: chown %sroot %s", S_ISLNK(status->st_mode) ? "-h " : "", shown_path(walk));
    return POSTERN_E_CONFIG;
}

/* In a sticky directory others cannot move or replace what is not theirs. */
static postern_status check_writers(const struct path_walk *walk, const struct stat *status, bool above,
                                    postern_error *error)
{
    bool writable = (status->st_mode & (S_IWGRP | S_IWOTH)) != 0;
    if (!writable || (above && status->st_mode & S_ISVTX)) return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG, "%s: %s can be written by others (mode %03o)", walk->what,
              shown_path(walk), (unsigned)status->st_mode & 0777);
    error_remedy(error, "run: chmod go-w %s", shown_path(walk));
    return POSTERN_E_CONFIG;
}

static void step_back(struct path_walk *walk)
{
    char *slash = strrchr(walk->real, '/');
    if (slash) *slash = '\0';
    if (strlen(walk->real) <= walk->missing) walk->missing = 0;
}

/* What the link says goes in front of the rest. */
static postern_status follow_link(struct path_walk *walk, postern_error *error)
{
    char target[PATH_MAX], rest[2 * PATH_MAX];
    ssize_t size = readlink(walk->real, target, sizeof target - 1);
    if (size < 0) return walk_failed(walk, errno, error);
    if (++walk->links > MOST_LINKS) return walk_failed(walk, ELOOP, error);
    target[size] = '\0';
    if (snprintf(rest, sizeof rest, "%s/%s", target, walk->rest) >= PATH_MAX)
        return walk_failed(walk, ENAMETOOLONG, error);
    memcpy(walk->rest, rest, strlen(rest) + 1);
    if (target[0] == '/')
        walk->real[0] = '\0';
    else
        step_back(walk);
    return POSTERN_OK;
}

static postern_status step_into(struct path_walk *walk, postern_text name, postern_error *error)
{
    size_t before = strlen(walk->real);
    struct stat status;
    if (before + 1 + name.size >= PATH_MAX) return walk_failed(walk, ENAMETOOLONG, error);
    walk->real[before] = '/';
    memcpy(walk->real + before + 1, name.data, name.size);
    walk->real[before + 1 + name.size] = '\0';
    if (walk->missing) return POSTERN_OK;
    if (lstat(walk->real, &status) < 0) {
        if (errno != ENOENT || !walk->may_miss) return walk_failed(walk, errno, error);
        walk->missing = before ? before : 1; /* of the root nothing can be missing */
        return POSTERN_OK;
    }
    bool is_link = S_ISLNK(status.st_mode);
    bool spared = walk->spares_last && !is_link && walk->rest[strspn(walk->rest, "/")] == '\0';
    postern_status checked = spared ? POSTERN_OK : check_owner(walk, &status, error);
    if (spared || checked < 0) return checked;
    if (is_link) return follow_link(walk, error);
    return check_writers(walk, &status, true, error);
}

static postern_status walk_all(struct path_walk *walk, postern_error *error)
{
    struct stat root;
    if (stat("/", &root) < 0) return walk_failed(walk, errno, error);
    postern_status status = check_owner(walk, &root, error);
    if (status == POSTERN_OK) status = check_writers(walk, &root, true, error);
    while (status == POSTERN_OK) {
        const char *from = walk->rest + strspn(walk->rest, "/");
        postern_text name = {from, strcspn(from, "/")};
        char step[NAME_MAX + 1];
        if (name.size == 0) break;
        if (!text_to_string(name, step, sizeof step)) return walk_failed(walk, ENAMETOOLONG, error);
        memmove(walk->rest, from + name.size, strlen(from + name.size) + 1);
        if (strcmp(step, "..") == 0)
            step_back(walk);
        else if (strcmp(step, ".") != 0)
            status = step_into(walk, text_of(step), error);
    }
    return status;
}

static postern_status walk_path(struct path_walk *walk, postern_error *error)
{
    char here[PATH_MAX] = "", whole[2 * PATH_MAX];
    if (walk->path[0] != '/' && !getcwd(here, sizeof here)) return walk_failed(walk, errno, error);
    if (snprintf(whole, sizeof whole, "%s/%s", here, walk->path) >= PATH_MAX)
        return walk_failed(walk, ENAMETOOLONG, error);
    memcpy(walk->rest, whole, strlen(whole) + 1);
    return walk_all(walk, error);
}

postern_status trusted_file_resolve(const char *path, const char *what, char real[PATH_MAX],
                                    postern_error *error)
{
    struct path_walk walk = {.path = path, .what = what};
    struct stat status;
    postern_status walked = walk_path(&walk, error);
    if (walked < 0) return walked;
    if (lstat(shown_path(&walk), &status) < 0) return walk_failed(&walk, errno, error);
    if (!S_ISREG(status.st_mode)) {
        error_set(error, POSTERN_E_CONFIG, "%s: %s is not a regular file", what, shown_path(&walk));
        error_remedy(error, "take %s away", shown_path(&walk));
        return POSTERN_E_CONFIG;
    }
    walked = check_writers(&walk, &status, false, error);
    if (walked == POSTERN_OK) memcpy(real, walk.real, sizeof walk.real);
    return walked;
}

/* Of a path that has neither links nor "..". The last one that is there already may be one that we made when
 * the power went before its name was sure. */
static postern_status make_missing(struct path_walk *walk, postern_error *error)
{
    if (walk->real[0] == '\0') return POSTERN_OK;
    for (char *slash = walk->real + (walk->missing ? walk->missing : strlen(walk->real));; slash++) {
        if (*slash != '/' && *slash != '\0') continue;
        char was = *slash;
        *slash = '\0';
        postern_status status = directory_make(walk->real, 0700, error);
        *slash = was;
        if (status < 0) return error_prefix(error, "%s: ", walk->what), status;
        if (was == '\0') return POSTERN_OK;
    }
}

postern_status trusted_directory_make(const char *path, const char *what, char real[PATH_MAX],
                                      postern_error *error)
{
    struct path_walk walk = {.path = path, .what = what, .may_miss = true, .spares_last = true}, made;
    postern_status status = walk_path(&walk, error);
    if (status < 0) return status;
    status = make_missing(&walk, error);
    /* Again: in a sticky directory somebody may have been faster than we. */
    made = (struct path_walk){.path = shown_path(&walk), .what = what, .spares_last = true};
    if (status == POSTERN_OK) status = walk_path(&made, error);
    if (status == POSTERN_OK) memcpy(real, shown_path(&made), strlen(shown_path(&made)) + 1);
    return status;
}
