/* Who may go next: at most so many exchanges at once, in all and per host; the others wait in order, hosts
 * taking turns. How many may go to a host at once changes with what is needed and what it bears
 * (allowance.h). Waiting here rather than inside libcurl keeps signatures fresh (they are made when the
 * exchange is let in) and time-outs fair (they run from there). One thread; times are ms of one clock that
 * cannot jump. */
#ifndef POSTERN_HTTP_ADMISSION_H
#define POSTERN_HTTP_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct admission_host;

/* What somebody who had to wait waited for. */
enum admission_bound {
    BOUND_NONE,
    BOUND_ALL,   /* `limit`: as many are under way as may be in all */
    BOUND_HOST,  /* `limit_per_host` */
    BOUND_BEARS, /* fewer than that, because more bring nothing or the host does not bear them */
    BOUND_GROWS, /* fewer than that, for a moment: it grows */
};

/* What waits or is let in; embed it. */
struct admission_ticket {
    struct admission_ticket *next;
    struct admission_host *host;
    int64_t came_ms, waited_ms; /* `waited_ms` and `bound` once it was let in */
    enum admission_bound bound;
};

struct admission {
    size_t limit, limit_per_host; /* both at least 1 */
    size_t inside;
    struct admission_host *first, *turn; /* all hosts with anyone waiting or inside, and those to which more
                                            were open a while ago; whose turn it is */
};

/* How the exchange ended, as far as it shows what the host bears. */
enum admission_end {
    ENDED_WELL,
    ENDED_BADLY, /* no answer, or one that says "not so much" */
    ENDED_EARLY, /* it shows nothing */
};

/* Queues a ticket for `host` (a key; compared as it is). False if out of memory. */
bool admission_enter(struct admission *admission, struct admission_ticket *ticket, const char *host,
                     int64_t now_ms);
/* The next ticket that may go in, counted as inside; NULL if none may. */
struct admission_ticket *admission_next(struct admission *admission, int64_t now_ms);
/* The next ticket whatever the limits, not counted: for emptying the queue. NULL if none waits. */
struct admission_ticket *admission_take(struct admission *admission);
/* One that was inside has left. */
void admission_leave(struct admission *admission, struct admission_ticket *ticket, enum admission_end end,
                     int64_t now_ms);
/* Forgets all hosts; nobody waits or is inside. */
void admission_clear(struct admission *admission);

#endif
