/* Who may go next: at most so many exchanges at once, in all and per host; the others wait in order, hosts
 * taking turns. Waiting here rather than inside libcurl keeps signatures fresh (they are made when the
 * exchange is let in) and time-outs fair (they run from there). One thread. */
#ifndef POSTERN_HTTP_ADMISSION_H
#define POSTERN_HTTP_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>

struct admission_host;

/* What waits or is let in; embed it. */
struct admission_ticket {
    struct admission_ticket *next;
    struct admission_host *host;
};

struct admission {
    size_t limit, limit_per_host; /* both at least 1 */
    size_t inside;
    struct admission_host *first, *turn; /* all hosts with anyone waiting or inside; whose turn it is */
};

/* Queues a ticket for `host` (a key; compared as it is). False if out of memory. */
bool admission_enter(struct admission *admission, struct admission_ticket *ticket, const char *host);
/* The next ticket that may go in, counted as inside; NULL if none may. */
struct admission_ticket *admission_next(struct admission *admission);
/* The next ticket whatever the limits, not counted: for emptying the queue. NULL if none waits. */
struct admission_ticket *admission_take(struct admission *admission);
/* One that was inside has left. */
void admission_leave(struct admission *admission, struct admission_ticket *ticket);

#endif
