/* Time as the outside world sees it, whatever a test clock says: for promises to a service manager, such as
 * to stop within five seconds. */
#ifndef POSTERN_BASE_REAL_TIME_H
#define POSTERN_BASE_REAL_TIME_H

#include <pthread.h>
#include <stdint.h>

/* Milliseconds, never goes back; only differences mean something. */
int64_t real_ms(void);
/* What is left until `until_ms`, never less than 0. */
int64_t real_ms_left(int64_t until_ms);
/* Waits on `condition` (mutex held) until signalled or for `ms`, however the wall clock is set meanwhile; may
 * wake early. Every wait with an end is this one (tests/unit/structure/waiting.py). */
void real_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t ms);

#endif
