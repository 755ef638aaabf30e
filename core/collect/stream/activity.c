#include "collect/stream/activity.h"

void activity_begin(struct activity *activity)
{
    activity->running = true;
}

void activity_pause(struct activity *activity)
{
    activity->running = false;
}

/* Once for each pause: the context may be gone afterwards. */
static void say_idle(struct activity *activity)
{
    void (*idle)(void *context) = activity->idle;
    activity->idle = NULL;
    if (idle) idle(activity->idle_context);
}

void activity_when_idle(struct activity *activity, void (*idle)(void *context), void *context)
{
    activity->idle = idle;
    activity->idle_context = context;
    if (!activity->busy) say_idle(activity);
}

void activity_busy(struct activity *activity)
{
    activity->busy++;
}

void activity_done(struct activity *activity)
{
    activity->busy--;
    if (!activity->running && !activity->busy) say_idle(activity);
}
