/* Named places where a test can make the program die or an operation fail, to prove what is left behind.
 *
 * Only in builds with POSTERN_TESTING: POSTERN_FAILPOINT="journal-after-commit:37" kills the process
 * (SIGKILL) when that point is passed for the 37th time; "journal-after-commit:37:error" makes failpoint()
 * return true there once, ":error+" from then on; with ":stop" the process stops there (SIGSTOP) until it is
 * told to go on. POSTERN_FAILPOINT_LOG names a file to which "name count" is appended at a kill, and
 * to which the number of times each point was passed goes at exit. In other builds all this is nothing at
 * all. */
#ifndef POSTERN_BASE_FAILPOINT_H
#define POSTERN_BASE_FAILPOINT_H

#include <stdbool.h>

#ifdef POSTERN_TESTING
bool failpoint(const char *name);
#else
static inline bool failpoint(const char *name)
{
    (void)name;
    return false;
}
#endif

#endif
