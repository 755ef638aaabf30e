/* Threads of the core: every one is started here. */
#ifndef POSTERN_BASE_THREAD_H
#define POSTERN_BASE_THREAD_H

#include <postern/module.h>
#include <pthread.h>

/* Starts a thread with all signals blocked, since they are the main thread's, a stack of 8 MiB whatever the
 * shell's limit says, and a name of at most 15 bytes for those who look at it from outside. It is to be
 * joined, or detached. POSTERN_E_MEMORY. */
postern_status thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument,
                            postern_error *error);

#endif
