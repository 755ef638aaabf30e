/* Whether an account's credentials work, and when they may be tried again. Pure.
 *
 *     connection pending --> connected <--> failing --> failed --> (new credentials) --> connection pending
 *              \----------------------------------------^
 *
 * Only refused credentials (401, 418) count. Trouble of the network, of the vendor and of one stream never
 * does. */
#ifndef POSTERN_COLLECT_PLAN_ACCOUNT_STATUS_H
#define POSTERN_COLLECT_PLAN_ACCOUNT_STATUS_H

#include "journal/records.h"

#define ACCOUNT_FAILED_AFTER    5                      /* refusals in a row ... */
#define ACCOUNT_FAILED_SPAN_MS  (10LL * 60 * 1000)     /* ... over at least so long */
#define ACCOUNT_PENDING_SPAN_MS (2LL * 60 * 60 * 1000) /* credentials that never worked yet get longer */
#define ACCOUNT_PROBE_FIRST_MS  5000                   /* then doubling ... */
#define ACCOUNT_PROBE_LAST_MS   (5LL * 60 * 1000)      /* ... up to this */
#define ACCOUNT_PROBE_FAILED_MS (15LL * 60 * 1000)

struct account_health {
    enum account_status status;
    bool probing;          /* a request is under way while not connected: the others wait for what it shows */
    int64_t failure_count; /* refusals in a row */
    int64_t first_failure_ms; /* monotonic; of that row */
    int64_t next_probe_ms;    /* monotonic; while not connected */
};

/* From the record, at the wall time and monotonic time of now. */
void account_health_load(struct account_health *health, const struct account_record *record, int64_t wall_ms,
                         int64_t now_ms);
/* Into the record; status_since_ms moves if the status changed. */
void account_health_store(const struct account_health *health, struct account_record *record, int64_t wall_ms,
                          int64_t now_ms);

/* May a stream ask now? While the account is not connected, one stream at a time does, and not before the
 * next probe is due. If not, *again_ms says when (INT64_MAX: when the probe under way has ended). */
bool account_may_ask(const struct account_health *health, int64_t now_ms, int64_t *again_ms);
/* A request goes out; it has ended (whatever came). True if it is the probe. */
bool account_asked(struct account_health *health);
void account_probe_ended(struct account_health *health);
/* Data or an explicit "nothing new" came. True if the status changed. */
bool account_succeeded(struct account_health *health);
/* The credentials were refused. True if the status changed. */
bool account_refused(struct account_health *health, int64_t now_ms);
/* Other credentials (the fingerprint differs): everything begins anew. */
void account_renewed(struct account_health *health, int64_t now_ms);

#endif
