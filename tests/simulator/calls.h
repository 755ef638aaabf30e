/* What the simulator remembers of the calls of one account to one endpoint: quota, announced waits, what is
 * in flight. And, for all accounts, which request ids were used. */
#ifndef SIMULATOR_CALLS_H
#define SIMULATOR_CALLS_H

#include "faults.h"
#include "http.h"
#include "violations.h"

struct calls {
    uint64_t number;         /* of requests so far: what faults are drawn by */
    int64_t excused_wait_ms; /* a wait that another stream was told of and that a call ran into */
    int64_t wait_until_ms;   /* announced with a 429; 0 = none */
    bool wait_is_lax;        /* the simulator's own wrong Date may have misled the client */
    int64_t window_start_ms; /* of the quota */
    size_t window_calls;
    bool in_flight;
    int socket;
    uint64_t damaged_place; /* transient damage: what was damaged last, and how often in a row */
    unsigned damaged_times;
};

struct request_ids {
    uint64_t *slots;
    size_t count, capacity;
};

/* False if this id was seen before. */
bool request_ids_add(struct request_ids *ids, const char *id);
void request_ids_free(struct request_ids *ids);

/* True if another call is in flight on a connection that the client has not closed. */
bool calls_overlap(const struct calls *calls);

/* Counts a call against the quota and writes the X-RateLimit headers. False if it is used up: then the reply
 * is the 429, in one of many spellings. `limit` 0 = unlimited. `hide`: this answer carries no such headers.
 */
bool calls_take(struct calls *calls, enum failure_shape shape, size_t limit, int64_t window_ms,
                int64_t now_ms, bool hide, unsigned spelling, struct http_reply *reply);

/* A 429 that announces `wait_ms`, in one of many spellings. */
void calls_refuse(struct calls *calls, enum failure_shape shape, int64_t wait_ms, int64_t now_ms,
                  unsigned spelling, struct http_reply *reply);

#endif
