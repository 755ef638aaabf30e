#include "http/allowance.h"

#define ROUND_MS      1000
#define REST_MS       ((int64_t)60 * 1000) /* after a growth in vain */
#define RECOVERY_MS   ((int64_t)10 * 1000) /* after it was halved */
#define GROWTH_SHARE  4                    /* by a quarter */
#define PROOF_PERCENT 40                   /* of the answers that a growth should bring */
#define REFUSED_SHARE 10                   /* more than a tenth of a turn ends badly */

static size_t least(const struct allowance *allowance)
{
    return allowance->maximum < ALLOWANCE_START ? allowance->maximum : ALLOWANCE_START;
}

static size_t within(const struct allowance *allowance, size_t count)
{
    if (count < least(allowance)) return least(allowance);
    return count < allowance->maximum ? count : allowance->maximum;
}

void allowance_init(struct allowance *allowance, size_t maximum)
{
    *allowance = (struct allowance){.maximum = maximum};
    allowance->now = least(allowance);
}

static void begin_round(struct allowance *allowance, int64_t now_ms)
{
    allowance->round_ms = now_ms;
    allowance->answered = 0;
    allowance->took_ms = 0;
}

/* Nothing waits to be proven. */
static void settle(struct allowance *allowance)
{
    allowance->before = 0;
    allowance->settles = false;
}

static void grow(struct allowance *allowance, int64_t each_us)
{
    allowance->before = allowance->now;
    allowance->each_us = each_us;
    allowance->settles = true;
    allowance->now = within(allowance, allowance->now + (allowance->now + GROWTH_SHARE - 1) / GROWTH_SHARE);
}

static void take_back(struct allowance *allowance, int64_t now_ms)
{
    allowance->now = within(allowance, allowance->before);
    settle(allowance);
    allowance->rests_until_ms = now_ms + REST_MS;
}

/* As many are under way all the time as may be, so what an answer takes says how many come. */
static bool was_worth_it(const struct allowance *allowance, int64_t each_us)
{
    int64_t now = (int64_t)allowance->now, before = (int64_t)allowance->before;
    int64_t expected =
        before * 100 + (now - before) * PROOF_PERCENT; /* where it was `before` times a hundred */
    return now * 100 * allowance->each_us >= expected * each_us;
}

void allowance_wanted(struct allowance *allowance, int64_t now_ms, int64_t waited_ms)
{
    if (waited_ms < ALLOWANCE_PATIENCE_MS) return;
    if (!allowance->round_ms) begin_round(allowance, now_ms);
    if (allowance->answered < allowance->now) return;
    if (allowance->settles) {
        allowance->settles = false;
        begin_round(allowance, now_ms);
    }
    if (allowance->answered < allowance->now || now_ms - allowance->round_ms < ROUND_MS) return;
    int64_t each_us = allowance->took_ms * 1000 / (int64_t)allowance->answered;
    if (allowance->before && !was_worth_it(allowance, each_us))
        take_back(allowance, now_ms);
    else if (allowance->now < allowance->maximum && now_ms >= allowance->rests_until_ms)
        grow(allowance, each_us);
    else
        settle(allowance);
    begin_round(allowance, now_ms);
}

void allowance_used(struct allowance *allowance, int64_t waited_ms, size_t open)
{
    if (open > allowance->most) allowance->most = open;
    if (waited_ms >= ALLOWANCE_PATIENCE_MS) return;
    allowance->round_ms = 0; /* enough are open: the last growth was worth it */
    settle(allowance);
}

static void halve(struct allowance *allowance, int64_t now_ms)
{
    allowance->now = within(allowance, allowance->now / 2);
    if (allowance->rests_until_ms < now_ms + RECOVERY_MS) allowance->rests_until_ms = now_ms + RECOVERY_MS;
    settle(allowance);
    allowance->round_ms = 0;
}

/* Once a minute. */
static void give_back(struct allowance *allowance, int64_t now_ms)
{
    if (!allowance->minute_ms) allowance->minute_ms = now_ms;
    if (now_ms - allowance->minute_ms < ALLOWANCE_UNUSED_MS) return;
    if (allowance->most < allowance->now) allowance->now = within(allowance, allowance->most);
    allowance->minute_ms = now_ms;
    allowance->most = 0;
}

void allowance_ended(struct allowance *allowance, int64_t now_ms, int64_t took_ms, bool well)
{
    allowance->answered += well;
    allowance->took_ms += well ? took_ms : 0;
    allowance->refused += !well;
    bool bears = allowance->refused * REFUSED_SHARE <= allowance->now;
    if (!bears) halve(allowance, now_ms);
    if (!bears || ++allowance->ended >= allowance->now) allowance->ended = allowance->refused = 0;
    give_back(allowance, now_ms);
}
