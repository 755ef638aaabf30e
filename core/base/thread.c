#include "base/thread.h"
#include "base/error.h"
#include <signal.h>

#define STACK_SIZE ((size_t)8 << 20)

postern_status thread_start(pthread_t *thread, const char *name, void *(*run)(void *argument), void *argument,
                            postern_error *error)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    int problem = pthread_attr_init(&attributes);
    if (problem == 0) {
        pthread_attr_setstacksize(&attributes, STACK_SIZE);
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        problem = pthread_create(thread, &attributes, run, argument);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        pthread_attr_destroy(&attributes);
    }
    if (problem)
        return error_set_errno(error, POSTERN_E_MEMORY, problem, "the thread \"%s\" cannot be started", name);
    pthread_setname_np(*thread, name);
    return POSTERN_OK;
}
