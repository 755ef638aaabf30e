/* Streams that are polled less often than their interval says, and why: what the collector counts, and what
 * the status, the log and metrics say of it. */
#ifndef POSTERN_BASE_LATE_POLLS_H
#define POSTERN_BASE_LATE_POLLS_H

#include <stddef.h>
#include <stdint.h>

/* What their polls wait for the longest. */
enum late_cause {
    LATE_CONNECTIONS,      /* as many are open as may be in all */
    LATE_HOST_CONNECTIONS, /* as many are open to the host as may be */
    LATE_HOST,             /* the host does not bear more of them, or answers no faster over more */
    LATE_TURN,             /* the account's requests in a second */
    LATE_LIMIT,            /* the vendor's rate limit */
    LATE_ANSWER,           /* the answer */
    LATE_MACHINE,          /* this program on this machine */
    LATE_CAUSES,
};

#define LATE_EXAMPLE_SIZE 132

struct late_polls {
    struct late_group {
        int64_t streams;
        int64_t interval_ms, every_ms;   /* on average: what is configured, and what is achieved */
        char example[LATE_EXAMPLE_SIZE]; /* "acme/audit", one of them; "" = not known */
    } groups[LATE_CAUSES];
    int64_t settings[LATE_CAUSES]; /* what the setting that is the cause is set to; 0 = there is none */
};

/* "connections", for programs. */
const char *late_cause_name(enum late_cause cause);

#endif
