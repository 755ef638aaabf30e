/* Threads that wait for each other at places that they all come to again and again, so that what one of them
 * has in hand is there while the others go on: a race is found without luck. */
#ifndef POSTERN_COMMANDS_MODULE_TEST_MEETING_H
#define POSTERN_COMMANDS_MODULE_TEST_MEETING_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    unsigned members, waiting;
    uint64_t turn;
    int64_t patience_ms;
    bool is_over; /* somebody did not come in time: nobody waits any more */
};

void meeting_init(struct meeting *meeting, unsigned members, int64_t patience_ms);
void meeting_clear(struct meeting *meeting);
/* Waits for all other members. */
void meeting_wait(struct meeting *meeting);
/* One member less. */
void meeting_leave(struct meeting *meeting);

#endif
