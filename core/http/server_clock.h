/* What time it is at a host, from the Date header over verified TLS. Pure; one per host. What each reading is
 * good for: core/README.md, "Time".
 *
 * What was learned is kept against our monotonic clock, so that setting our wall clock while the process runs
 * changes nothing of it. */
#ifndef POSTERN_HTTP_SERVER_CLOCK_H
#define POSTERN_HTTP_SERVER_CLOCK_H

#include "base/clock.h"
#include <stdbool.h>

/* Offsets: the server's time minus our monotonic clock. */
struct server_clock {
    int64_t trust_ms; /* a Date that differs from our wall clock by more is not believed; set by the owner */
    bool known, known_good;
    bool answered;               /* there was a successful answer, with a Date or without */
    bool strange;                /* the latest successful answer was not believed */
    bool vouched;                /* the vendor itself goes by `vouched_offset_ms` */
    int64_t offset_ms;           /* latest of any answer, also a 401 */
    int64_t good_offset_ms;      /* latest of a successful answer that was believed */
    int64_t confirmed_offset_ms; /* seen unchanged (within 5 s) over 10 minutes */
    bool confirmed;
    bool confirming;
    int64_t candidate_offset_ms, candidate_since_ms; /* being confirmed; since when, monotonic */
    int64_t vouched_offset_ms, vouched_at_ms;        /* monotonic */
    bool refused;                                    /* a signature was, and no other taken since */
    int64_t refused_offset_ms;
    int64_t our_offset_ms; /* our wall clock minus the monotonic one, when the latest answer came */
    int64_t witnessed_ms;  /* newest time of an event that was not in the server's future; 0 = none */
};

/* Takes the Date of an answer that arrived at `now`; date_ms <= 0 (no Date) teaches nothing. `success`: the
 * vendor served data or said "nothing new". */
void server_clock_observe(struct server_clock *clock, int64_t date_ms, struct clock_reading now,
                          bool success);
/* The vendor itself goes by this offset, however far from ours: it refused a range that lies in its future.
 */
void server_clock_vouch(struct server_clock *clock, int64_t offset_ms, struct clock_reading now);
/* The vendor refused, or took, what was signed with a time of this offset. Whoever was refused: what any
 * other signs with the vendor's time afterwards, and the vendor takes, shows that it goes by that. */
void server_clock_signature_refused(struct server_clock *clock, int64_t offset_ms);
void server_clock_signature_taken(struct server_clock *clock, int64_t offset_ms, struct clock_reading now);
/* The vendor was seen to go by its own offset in the last ten minutes. */
bool server_clock_vouched_lately(const struct server_clock *clock, struct clock_reading now);
/* An event of this time was served: the vendor's clock has passed it, unless it lies in its future. */
void server_clock_witness(struct server_clock *clock, int64_t event_ms, struct clock_reading now);

/* For the signer: by the latest Date of any answer. */
int64_t server_clock_for_signing(const struct server_clock *clock, struct clock_reading now);
/* For the `until` of a pass: by the latest Date of a successful answer that was believed; before there was
 * one, the earlier of ours and the server's. A Date beyond the trust would plan passes over centuries, or
 * none for ever. */
int64_t server_clock_for_until(const struct server_clock *clock, struct clock_reading now);
/* For settled_until: the smaller of ours and the server's until the difference is confirmed, then the
 * server's, but beyond ours only as far as events show that the vendor's clock has come: a Date may be wrong
 * for days. When a later answer disagrees with what was confirmed: the smallest of ours, the latest and the
 * confirmed one, so that a wrong Date, or a step of our own clock, costs re-reading and never events. */
int64_t server_clock_for_settled(const struct server_clock *clock, struct clock_reading now);
/* The earlier of ours and what any answer said: where something begins that must not begin too late. */
int64_t server_clock_earliest(const struct server_clock *clock, struct clock_reading now);
/* The latest of ours, now and as it was when the latest answer came, and what that said, believed or not:
 * what lies beyond cannot have happened. */
int64_t server_clock_latest(const struct server_clock *clock, struct clock_reading now);

#endif
