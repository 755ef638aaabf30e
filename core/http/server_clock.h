/* What time it is at a host, from the Date header over verified TLS. Pure; one per host. What each offset is
 * good for: core/README.md, "Time". */
#ifndef POSTERN_HTTP_SERVER_CLOCK_H
#define POSTERN_HTTP_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct server_clock {
    int64_t trust_ms; /* offsets beyond it are not believed; set by the owner */
    bool known, known_good;
    bool strange;                /* the latest successful answer was not believed */
    int64_t offset_ms;           /* latest of any answer, also a 401: server minus ours */
    int64_t good_offset_ms;      /* latest of a successful answer that was believed */
    int64_t confirmed_offset_ms; /* seen unchanged (within 5 s) over 10 minutes */
    bool confirmed;
    int64_t candidate_offset_ms, candidate_since_ms; /* being confirmed; since when, monotonic */
};

/* Takes the Date of an answer that arrived at our `wall_ms`; date_ms <= 0 (no Date) is ignored. `success`:
 * the vendor served data or said "nothing new". */
void server_clock_observe(struct server_clock *clock, int64_t date_ms, int64_t wall_ms, int64_t monotonic_ms,
                          bool success);
/* For the signer: ours plus the latest offset. */
int64_t server_clock_for_signing(const struct server_clock *clock, int64_t wall_ms);
/* For the `until` of a pass: ours plus the latest offset of a successful answer that was believed. An offset
 * beyond the trust would plan passes over centuries, or none for ever. */
int64_t server_clock_for_until(const struct server_clock *clock, int64_t wall_ms);
/* For settled_until: the smaller of ours and the server's until the difference is confirmed, then the
 * server's. When a later answer disagrees with what was confirmed: the smallest of ours, the latest and the
 * confirmed one, so that a wrong Date, or a step of our own clock, costs re-reading and never events. Never
 * ahead of ours by more than the trust. */
int64_t server_clock_for_settled(const struct server_clock *clock, int64_t wall_ms);

#endif
