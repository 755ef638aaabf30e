/* File operations that check what they do. */
#ifndef POSTERN_BASE_FILES_H
#define POSTERN_BASE_FILES_H

#include "base/buffer.h"
#include <limits.h>
#include <sys/types.h>

/* Opens a file that the user named, for reading. What would keep its reader waiting or never ends (a FIFO, a
 * socket, a device) is refused with a remedy, and nothing is waited for. */
postern_status file_open(const char *path, int *fd, postern_error *error);
/* The same for a file that a library is to open: refuses what file_open refuses. That there is none is well.
 */
postern_status file_check_kind(const char *path, postern_error *error);
/* Reads a whole file of at most `limit` bytes (behind what `into` holds already),
 * opened as file_open does. */
postern_status file_read(const char *path, size_t limit, struct buffer *into, postern_error *error);
/* A file without a name, for reading and writing, on the file system of the directory: gone with its last
 * descriptor. -1 with errno. */
int file_open_unlinked(const char *directory);
/* The same for an open file; `path` is for messages. */
postern_status file_read_open(int fd, const char *path, size_t limit, struct buffer *into,
                              postern_error *error);
/* Where the open file lies, without links; its path may lead elsewhere by now. False if the system does not
 * say. */
bool file_real_path(int fd, char real[PATH_MAX]);
/* Writes all of it, resuming after short writes and EINTR; 0 or an errno. */
int file_write_all(int fd, const void *data, size_t size);
/* Fsyncs a directory, so that created and renamed entries in it last. */
postern_status directory_sync(const char *path, postern_error *error);
/* Makes the directory if it is not there. Whoever made it, its name lasts when this returns: a power cut
 * before would take all that lies in it, however often that was synced. */
postern_status directory_make(const char *path, mode_t mode, postern_error *error);
/* The directory part of `path`, "." if it has none. malloc'ed. */
char *path_directory(const char *path);
/* `a`/`b`; malloc'ed. */
char *path_join(const char *a, const char *b);

#endif
