/* Scope-bound cleanup, for use inside the core only:
 *     _cleanup_(buffer_free) struct buffer text = {.limit = 4096}; */
#ifndef POSTERN_BASE_CLEANUP_H
#define POSTERN_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

static inline void freep(void *pointer)
{
    free(*(void **)pointer);
}

static inline void closep(int *fd)
{
    if (*fd >= 0) close(*fd);
}

static inline void fclosep(FILE **file)
{
    if (*file) fclose(*file);
}

/* Takes the value out of a variable and leaves `empty` behind, so that its cleanup does nothing. */
#define STEAL(variable, empty)                                                                               \
    __extension__({                                                                                          \
        __typeof__(variable) stolen_ = (variable);                                                           \
        (variable) = (empty);                                                                                \
        stolen_;                                                                                             \
    })
#define STEAL_POINTER(variable) STEAL(variable, NULL)
#define STEAL_FD(variable)      STEAL(variable, -1)

#endif
