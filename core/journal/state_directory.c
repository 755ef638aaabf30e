#include "journal/state_directory.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/trusted_path.h"
#include "journal/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define OTHERS_MAY_WRITE 0022
#define OTHERS_MAY       0077

/* Belongs to us, and no one else can write it; what others can read is closed to them. */
static postern_status check_private(const char *path, const struct stat *status, postern_error *error)
{
    if (status->st_uid != geteuid()) {
        error_set(error, POSTERN_E_CONFIG, "%s belongs to user %u, but Postern runs as user %u", path,
                  (unsigned)status->st_uid, (unsigned)geteuid());
        error_remedy(error, "run Postern as the owner, or: chown %u %s", (unsigned)geteuid(), path);
        return POSTERN_E_CONFIG;
    }
    if (status->st_mode & OTHERS_MAY_WRITE) {
        error_set(error, POSTERN_E_CONFIG, "%s can be written by others (mode %03o)", path,
                  (unsigned)status->st_mode & 0777);
        error_remedy(error, "find out who changed it, then: chmod go-rwx %s", path);
        return POSTERN_E_CONFIG;
    }
    if (status->st_mode & OTHERS_MAY) {
        log_write(POSTERN_LOG_WARNING, "journal", "%s could be read by others (mode %03o); now it is private",
                  path, (unsigned)status->st_mode & 0777);
        if (chmod(path, status->st_mode & 0700) < 0)
            return error_set_errno(error, POSTERN_E_IO, errno, "cannot make %s private", path);
    }
    return POSTERN_OK;
}

postern_status state_directory_open(const char *directory, char real[PATH_MAX], postern_error *error)
{
    struct stat status;
    postern_status checked = trusted_directory_make(directory, "state directory", real, error);
    if (checked == POSTERN_E_IO)
        error_remedy(error,
                     "make it yourself, owned by the user that runs Postern, or choose another `state`");
    if (checked < 0) return checked;
    if (lstat(real, &status) < 0)
        return error_set_errno(error, POSTERN_E_IO, errno, "state directory %s", real);
    if (!S_ISDIR(status.st_mode)) return error_set(error, POSTERN_E_CONFIG, "%s is not a directory", real);
    checked = check_private(real, &status, error);
    if (checked == POSTERN_OK && access(real, R_OK | W_OK | X_OK) < 0) {
        error_set_errno(error, POSTERN_E_IO, errno, "cannot write into the state directory %s", real);
        error_remedy(error, "run: chmod u+rwx %s, or remount its volume read-write", real);
        return POSTERN_E_IO;
    }
    return checked;
}

postern_status state_file_check(const char *path, postern_error *error)
{
    struct stat status;
    if (lstat(path, &status) < 0) {
        if (errno == ENOENT) return POSTERN_OK;
        return error_set_errno(error, POSTERN_E_IO, errno, "cannot look at %s", path);
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, POSTERN_E_CONFIG, "%s is not a regular file", path);
        error_remedy(error,
                     "a file of the state directory must lie in it itself: move the link or device away");
        return POSTERN_E_CONFIG;
    }
    return check_private(path, &status, error);
}

/* A lock of the open file description: it ends with the last descriptor, not, as POSIX locks do, when any
 * descriptor of the file is closed; and looking at it does not take it. */
static struct flock whole_file(void)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

static void say_who_runs(int fd, const char *directory, postern_error *error)
{
    char pid[24] = "";
    ssize_t size = pread(fd, pid, sizeof pid - 1, 0);
    if (size > 0) pid[strspn(pid, "0123456789")] = '\0';
    error_set(error, POSTERN_E_CONFIG, "another Postern%s%s%s runs on the state directory %s",
              pid[0] ? " (process " : "", pid, pid[0] ? ")" : "", directory);
    error_remedy(error, "stop that one first, or give this one a `state` directory of its own");
}

/* Somebody who removed the file `lock` has not ended the daemon that holds it: a new file of that name would
 * be free. Where the file system has no such locks the file alone must do. */
static postern_status lock_directory(const char *directory, int *fd, postern_error *error)
{
    _cleanup_(closep) int held = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (held < 0) return error_set_errno(error, POSTERN_E_IO, errno, "cannot open %s", directory);
    if (flock(held, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK) return POSTERN_OK;
        error_set(error, POSTERN_E_CONFIG,
                  "another Postern runs on the state directory %s, although its lock file was removed",
                  directory);
        error_remedy(error, "stop that one first (it notices the removal by itself within seconds)");
        return POSTERN_E_CONFIG;
    }
    *fd = STEAL_FD(held);
    return POSTERN_OK;
}

postern_status state_lock_take(const char *directory, int *fd, int *directory_fd, postern_error *error)
{
    _cleanup_(freep) char *path = path_join(directory, "lock");
    if (!path) return error_no_memory(error, NULL);
    postern_status status = state_file_check(path, error);
    if (status < 0) return status;
    _cleanup_(closep) int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0) return error_set_errno(error, POSTERN_E_IO, errno, "cannot open %s", path);
    status = directory_sync(directory, error);
    if (status < 0) return status;
    struct flock wanted = whole_file();
    if (fcntl(lock, F_OFD_SETLK, &wanted) < 0) {
        if (errno != EAGAIN && errno != EACCES)
            return error_set_errno(error, POSTERN_E_IO, errno, "cannot lock %s", path);
        say_who_runs(lock, directory, error);
        return POSTERN_E_CONFIG;
    }
    status = lock_directory(directory, directory_fd, error);
    if (status < 0) return status;
    char pid[24];
    int size = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    /* The number is only for messages: a full disk must not keep the daemon from starting. */
    if (ftruncate(lock, 0) == 0 && pwrite(lock, pid, (size_t)size, 0) != size)
        log_write(POSTERN_LOG_WARNING, "journal", "cannot write the process id into %s", path);
    *fd = STEAL_FD(lock);
    return POSTERN_OK;
}

bool journal_daemon(const char *directory, int64_t *pid, int64_t *since_ms)
{
    _cleanup_(freep) char *path = path_join(directory, "lock");
    _cleanup_(closep) int lock = path ? open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    /* On a read-only file system: whether somebody may write there is all that a lock needs. */
    if (lock < 0 && path) lock = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct flock held = whole_file();
    struct stat status;
    if (lock < 0 || fcntl(lock, F_OFD_GETLK, &held) < 0 || held.l_type == F_UNLCK) return false;
    char digits[24] = "";
    if (pread(lock, digits, sizeof digits - 1, 0) < 0) digits[0] = '\0';
    *pid = strtoll(digits, NULL, 10);
    *since_ms = fstat(lock, &status) < 0
                    ? 0
                    : (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    return true;
}

bool journal_daemon_runs(const char *directory)
{
    int64_t pid, since_ms;
    return journal_daemon(directory, &pid, &since_ms);
}
