#include "commands/module_test/meeting.h"
#include "base/real_time.h"

void meeting_init(struct meeting *meeting, unsigned members, int64_t patience_ms)
{
    *meeting = (struct meeting){.members = members, .patience_ms = patience_ms};
    pthread_mutex_init(&meeting->lock, NULL);
    pthread_cond_init(&meeting->all_here, NULL);
}

void meeting_clear(struct meeting *meeting)
{
    pthread_cond_destroy(&meeting->all_here);
    pthread_mutex_destroy(&meeting->lock);
}

/* Under the lock. */
static void go_on(struct meeting *meeting)
{
    meeting->waiting = 0;
    meeting->turn++;
    pthread_cond_broadcast(&meeting->all_here);
}

void meeting_wait(struct meeting *meeting)
{
    int64_t until_ms = real_ms() + meeting->patience_ms;
    pthread_mutex_lock(&meeting->lock);
    uint64_t turn = meeting->turn;
    if (!meeting->is_over && ++meeting->waiting == meeting->members) go_on(meeting);
    while (!meeting->is_over && meeting->turn == turn) {
        real_wait(&meeting->all_here, &meeting->lock, real_ms_left(until_ms));
        if (meeting->turn != turn || real_ms_left(until_ms) > 0) continue;
        meeting->is_over = true; /* a module may hold a lock for which another thread waits */
        go_on(meeting);
    }
    pthread_mutex_unlock(&meeting->lock);
}

void meeting_leave(struct meeting *meeting)
{
    pthread_mutex_lock(&meeting->lock);
    meeting->members--;
    if (meeting->waiting && meeting->waiting == meeting->members) go_on(meeting);
    pthread_mutex_unlock(&meeting->lock);
}
