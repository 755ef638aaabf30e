/* What all streams of a fleet share. Constant while it runs, but for what says [network]. */
#ifndef POSTERN_COLLECT_STREAM_SHARED_H
#define POSTERN_COLLECT_STREAM_SHARED_H

#include "collect/answer/answer.h"
#include "collect/plan/progress.h"
#include "collect/plan/source_starts.h"
#include "collect/stream/activity.h"

#include <stdatomic.h>

struct host;
struct late_tally;
struct roster;

/* A base URL, kept once for the thousands of accounts that use it. */
struct kept_url {
    struct kept_url *next;
    char text[];
};

/* What `run --once` looks at from other threads. */
struct fleet_progress {
    atomic_size_t streams, finished, failed;
    _Atomic int64_t last_progress_ms, requests, events;
    _Atomic int64_t waits_until_ms; /* monotonic: somebody waits for a quota, and it is known until when */
    struct late_tally *late;        /* NULL = nobody looks */
};

struct stream_shared {
    struct journal *journal; /* NULL: a probe, which keeps nothing */
    struct network *network;
    struct workers *workers;
    const struct clock *clock;
    struct random_source *random;
    bool once; /* one pass per stream at once, whatever its schedule */
    struct answer_limits limits;
    struct progress_limits progress_limits;
    struct download_limits {
        int64_t budget;  /* bytes held by all streams; each may always have one file */
        int64_t largest; /* file that is taken */
        size_t at_once;  /* of one stream */
    } download_limits;
    int64_t clock_trust_ms;      /* a host's clock that is off by more is not believed */
    int64_t requests_per_second; /* of one account; 0 = no bound */
    struct fleet_progress *progress;

    _Atomic int64_t answers_held; /* bytes that answers hold from their arrival to their commit */

    struct activity activity;   /* [network] */
    struct host *hosts;         /* [network]; grows while accounts are made */
    struct kept_url *base_urls; /* constant; grows while accounts are made */
    struct roster *roster; /* while building, and until those that are left in it are marked; else NULL */
    struct source_starts starts;
    postern_arena *scratch; /* [network]; reset for each request */
    int64_t download_bytes; /* [network]; held by fetched downloads that were not read yet, or reserved for
                             * those under way */
};

#endif
