#include "file_sink.h"
#include <errno.h>
#include <sys/file.h>
#include <unistd.h>

/* Whoever made another name for a file of theirs, or may write to it, would get our lines where they want
 * them, or put theirs among ours. */
const char *foreign_because(const struct file_sink *sink, const struct file *file, const struct stat *status,
                            char because[80])
{
    uid_t owner = status->st_uid;
    mode_t writable = status->st_mode & (S_IWGRP | S_IWOTH) & ~(sink->mode | file->writable);
    if (!S_ISREG(status->st_mode)) return "is no regular file";
    if (status->st_nlink > 1) return "has other names as well (hard links)";
    if (owner != geteuid() && owner != 0 && owner != file->owner) {
        snprintf(because, 80, "belongs to another user (%u)", (unsigned)owner);
        return because;
    }
    if (writable) {
        snprintf(because, 80, "can be written by others (mode %03o)", (unsigned)status->st_mode & 0777);
        return because;
    }
    return NULL;
}

void file_expect_own(struct file *file)
{
    file->owner = geteuid();
    file->writable = 0;
}

bool file_lock(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK; /* not every disk can */
}
