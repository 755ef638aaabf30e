#include "http/server_clock.h"

#define CONFIRM_AFTER_MS ((int64_t)10 * 60 * 1000)
#define TOLERANCE_MS     ((int64_t)5000)
/* Our clock cannot be off by so much: by it, the server's certificate is valid. */
#define NONSENSE_MS ((int64_t)10 * 365 * 24 * 3600 * 1000)

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool beyond(int64_t offset_ms, int64_t bound_ms)
{
    return offset_ms > bound_ms || offset_ms < -bound_ms;
}

static bool near(int64_t a, int64_t b)
{
    return !beyond(a - b, TOLERANCE_MS);
}

/* An offset is confirmed when successful answers showed it over 10 minutes with no other between. What was
 * confirmed once counts at once when it comes back, so that a single wrong Date costs only what is read while
 * it lasts. */
static void consider(struct server_clock *clock, int64_t offset_ms, int64_t monotonic_ms, bool first)
{
    if (first || !near(offset_ms, clock->candidate_offset_ms)) {
        clock->candidate_offset_ms = offset_ms;
        clock->candidate_since_ms = monotonic_ms;
    }
    if (monotonic_ms - clock->candidate_since_ms >= CONFIRM_AFTER_MS) {
        clock->confirmed = true;
        clock->confirmed_offset_ms = clock->candidate_offset_ms;
    }
}

void server_clock_observe(struct server_clock *clock, int64_t date_ms, int64_t wall_ms, int64_t monotonic_ms,
                          bool success)
{
    if (date_ms <= 0) return; /* the answer had no Date */
    int64_t offset_ms = date_ms - wall_ms;
    if (!beyond(offset_ms, NONSENSE_MS)) {
        clock->known = true;
        clock->offset_ms = offset_ms;
    }
    if (!success) return;
    clock->strange = beyond(offset_ms, smaller(clock->trust_ms, NONSENSE_MS));
    if (clock->strange) {
        /* It ends the ten minutes of any other, and has none itself. */
        clock->candidate_offset_ms = offset_ms;
        clock->candidate_since_ms = monotonic_ms;
        return;
    }
    bool first = !clock->known_good;
    clock->known_good = true;
    clock->good_offset_ms = offset_ms;
    consider(clock, offset_ms, monotonic_ms, first);
}

int64_t server_clock_for_signing(const struct server_clock *clock, int64_t wall_ms)
{
    return clock->known ? wall_ms + clock->offset_ms : wall_ms;
}

int64_t server_clock_for_until(const struct server_clock *clock, int64_t wall_ms)
{
    return clock->known_good ? wall_ms + clock->good_offset_ms : wall_ms;
}

int64_t server_clock_for_settled(const struct server_clock *clock, int64_t wall_ms)
{
    bool holds =
        clock->confirmed && !clock->strange && near(clock->good_offset_ms, clock->confirmed_offset_ms);
    if (holds) return wall_ms + clock->confirmed_offset_ms;
    /* Whose clock is wrong is not known: take the earliest of all that have a say. */
    int64_t offset_ms = 0;
    if (clock->known) offset_ms = smaller(offset_ms, clock->offset_ms);
    if (clock->known_good) offset_ms = smaller(offset_ms, clock->good_offset_ms);
    if (clock->confirmed) offset_ms = smaller(offset_ms, clock->confirmed_offset_ms);
    return wall_ms + offset_ms;
}
