#include "base/real_time.h"
#include <time.h>

int64_t real_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t real_ms_left(int64_t until_ms)
{
    int64_t left = until_ms - real_ms();
    return left > 0 ? left : 0;
}

void real_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t nanoseconds = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + nanoseconds / 1000000000;
    until.tv_nsec = nanoseconds % 1000000000;
    /* pthread_cond_timedwait goes by the clock that is set: set back, it would sleep that much longer. */
    pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &until);
}
