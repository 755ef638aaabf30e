/* Whether anything runs, and when it has come to rest: answers being read and commits under way are waited
 * for, because they use what would be taken from them. [network] */
#ifndef POSTERN_COLLECT_STREAM_ACTIVITY_H
#define POSTERN_COLLECT_STREAM_ACTIVITY_H

#include <stdbool.h>
#include <stddef.h>

struct activity {
    bool running; /* new work may begin */
    size_t busy;  /* answers being read and commits under way */
    void (*idle)(void *context);
    void *idle_context;
};

void activity_begin(struct activity *activity);
/* Nothing new may begin; activity_when_idle says when the rest has ended. */
void activity_pause(struct activity *activity);
/* Calls `idle` once, as soon as nothing is under way (maybe at once). */
void activity_when_idle(struct activity *activity, void (*idle)(void *context), void *context);

/* An answer is given away to be read, a commit to be stored; it has come back. After the latter everything
 * may be gone: it comes last. */
void activity_busy(struct activity *activity);
void activity_done(struct activity *activity);

#endif
