/* The state directory: who may touch it, and the lock that lets one daemon run on it. */
#ifndef POSTERN_JOURNAL_STATE_DIRECTORY_H
#define POSTERN_JOURNAL_STATE_DIRECTORY_H

#include <limits.h>
#include <postern/module.h>

/* Makes the directory (0700) if it is absent, and refuses one that others own, can write or can move. `real`
 * is its path without links, to be used from now on: nobody can turn that elsewhere. */
postern_status state_directory_open(const char *directory, char real[PATH_MAX], postern_error *error);
/* Refuses a file in it that is a link, belongs to others or can be written by them. An absent file is fine;
 * one that others can only read is made private. */
postern_status state_file_check(const char *path, postern_error *error);
/* Takes `directory`/lock and writes the process id into it, and a lock on the directory itself, which nobody
 * can remove from under it. Hold *fd and *directory_fd (-1 where the file system knows no such lock) open as
 * long as they are wanted. */
postern_status state_lock_take(const char *directory, int *fd, int *directory_fd, postern_error *error);

#endif
