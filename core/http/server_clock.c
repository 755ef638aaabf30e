#include "http/server_clock.h"
#include "base/smaller.h"

#define CONFIRM_AFTER_MS ((int64_t)10 * 60 * 1000)
#define TOLERANCE_MS     ((int64_t)5000)
/* Our clock cannot be off by so much: by it, the server's certificate is valid. */
#define NONSENSE_MS ((int64_t)10 * 365 * 24 * 3600 * 1000)

/* Whatever a vendor vouches for: no more than so many days are read because of it. */
#define VOUCHED_MOST_MS ((int64_t)60 * 24 * 3600 * 1000)

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
static void consider(struct server_clock *clock, int64_t offset_ms, int64_t monotonic_ms)
{
    if (!clock->confirming || !near(offset_ms, clock->candidate_offset_ms)) {
        clock->confirming = true;
        clock->candidate_offset_ms = offset_ms;
        clock->candidate_since_ms = monotonic_ms;
    }
    if (monotonic_ms - clock->candidate_since_ms >= CONFIRM_AFTER_MS) {
        clock->confirmed = true;
        clock->confirmed_offset_ms = clock->candidate_offset_ms;
    }
}

/* Before a Date is believed it must be near our wall clock, or be what the vendor itself goes by. */
static bool is_strange(const struct server_clock *clock, int64_t offset_ms, int64_t from_ours_ms)
{
    if (clock->vouched && near(offset_ms, clock->vouched_offset_ms)) return false;
    return beyond(from_ours_ms, smaller(clock->trust_ms, NONSENSE_MS));
}

void server_clock_observe(struct server_clock *clock, int64_t date_ms, struct clock_reading now, bool success)
{
    clock->answered = clock->answered || success;
    clock->our_offset_ms = now.wall_ms - now.monotonic_ms;
    if (date_ms <= 0) return; /* the answer had no Date */
    int64_t offset_ms = date_ms - now.monotonic_ms, from_ours_ms = date_ms - now.wall_ms;
    if (!beyond(from_ours_ms, NONSENSE_MS)) {
        clock->known = true;
        clock->offset_ms = offset_ms;
    }
    if (!success) return;
    clock->strange = is_strange(clock, offset_ms, from_ours_ms);
    if (clock->strange) {
        clock->confirming = false; /* it ends the ten minutes of any other, and has none itself */
        return;
    }
    clock->known_good = true;
    clock->good_offset_ms = offset_ms;
    consider(clock, offset_ms, now.monotonic_ms);
}

void server_clock_vouch(struct server_clock *clock, int64_t offset_ms, struct clock_reading now)
{
    if (beyond(now.monotonic_ms + offset_ms - now.wall_ms, VOUCHED_MOST_MS)) return;
    clock->vouched = true;
    clock->vouched_offset_ms = offset_ms;
    clock->vouched_at_ms = now.monotonic_ms;
    clock->known_good = true;
    clock->good_offset_ms = offset_ms;
}

void server_clock_signature_refused(struct server_clock *clock, int64_t offset_ms)
{
    clock->refused = true;
    clock->refused_offset_ms = offset_ms;
}

void server_clock_signature_taken(struct server_clock *clock, int64_t offset_ms, struct clock_reading now)
{
    if (clock->refused && !near(offset_ms, clock->refused_offset_ms))
        server_clock_vouch(clock, offset_ms, now);
    clock->refused = false;
}

bool server_clock_vouched_lately(const struct server_clock *clock, struct clock_reading now)
{
    return clock->vouched && now.monotonic_ms - clock->vouched_at_ms < CONFIRM_AFTER_MS;
}

void server_clock_witness(struct server_clock *clock, int64_t event_ms, struct clock_reading now)
{
    int64_t server_ms = now.monotonic_ms + clock->good_offset_ms;
    if (clock->known_good && event_ms <= server_ms + TOLERANCE_MS && event_ms > clock->witnessed_ms)
        clock->witnessed_ms = event_ms;
}

int64_t server_clock_for_signing(const struct server_clock *clock, struct clock_reading now)
{
    return clock->known ? now.monotonic_ms + clock->offset_ms : now.wall_ms;
}

int64_t server_clock_for_until(const struct server_clock *clock, struct clock_reading now)
{
    if (clock->known_good) return now.monotonic_ms + clock->good_offset_ms;
    return clock->answered ? now.wall_ms : server_clock_earliest(clock, now);
}

int64_t server_clock_for_settled(const struct server_clock *clock, struct clock_reading now)
{
    bool holds =
        clock->confirmed && !clock->strange && near(clock->good_offset_ms, clock->confirmed_offset_ms);
    if (holds) {
        int64_t server_ms = now.monotonic_ms + clock->confirmed_offset_ms;
        return smaller(server_ms, larger(now.wall_ms, clock->witnessed_ms));
    }
    /* Whose clock is wrong is not known: take the earliest of all that have a say. */
    int64_t earliest_ms = server_clock_earliest(clock, now);
    return clock->confirmed ? smaller(earliest_ms, now.monotonic_ms + clock->confirmed_offset_ms)
                            : earliest_ms;
}

int64_t server_clock_earliest(const struct server_clock *clock, struct clock_reading now)
{
    int64_t earliest_ms = now.wall_ms;
    if (clock->known) earliest_ms = smaller(earliest_ms, now.monotonic_ms + clock->offset_ms);
    if (clock->known_good) earliest_ms = smaller(earliest_ms, now.monotonic_ms + clock->good_offset_ms);
    return earliest_ms;
}

int64_t server_clock_latest(const struct server_clock *clock, struct clock_reading now)
{
    int64_t latest_ms = larger(now.wall_ms, now.monotonic_ms + clock->our_offset_ms);
    return clock->known ? larger(latest_ms, now.monotonic_ms + clock->offset_ms) : latest_ms;
}
