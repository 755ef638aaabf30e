/* Paths that nobody else can turn elsewhere between the look and the use.
 *
 * A path is walked from the root, link by link, and every step is checked before the next one is taken: it
 * must belong to root or the running user, and no one else may write to it (a sticky directory such as /tmp
 * may stand above). What comes back has no link in it any more, and only root and the running user can change
 * where it leads: check, list and open that path, not the one it came from. */
#ifndef POSTERN_BASE_TRUSTED_PATH_H
#define POSTERN_BASE_TRUSTED_PATH_H

#include <limits.h>
#include <postern/module.h>

/* The path of a regular file, which no one else may write to either. `what` begins the messages. */
postern_status trusted_file_resolve(const char *path, const char *what, char real[PATH_MAX],
                                    postern_error *error);
/* The path of a directory. It and those above it are made (0700) if they are not there; "x/.." makes no x.
 * The owner and mode of the directory itself are for the caller to check. */
postern_status trusted_directory_make(const char *path, const char *what, char real[PATH_MAX],
                                      postern_error *error);

#endif
