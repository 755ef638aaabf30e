#include "collect/plan/account_status.h"

void account_health_load(struct account_health *health, const struct account_record *record, int64_t wall_ms,
                         int64_t now_ms)
{
    *health = (struct account_health){.status = ACCOUNT_PENDING, .next_probe_ms = now_ms};
    if (record->status != ACCOUNT_REMOVED) health->status = record->status;
    if (!record->first_failure_ms) return;
    int64_t age = wall_ms - record->first_failure_ms;
    /* Each refusal stands for the time until the next try at most: a wall clock that was set ahead meanwhile
     * makes no account fail. */
    int64_t most = record->failure_count * ACCOUNT_PROBE_LAST_MS;
    if (age > most) age = most;
    health->failure_count = record->failure_count;
    health->first_failure_ms = now_ms - (age > 0 ? age : 0);
}

void account_health_store(const struct account_health *health, struct account_record *record, int64_t wall_ms,
                          int64_t now_ms)
{
    if (record->status != health->status) {
        record->status = health->status;
        record->status_since_ms = wall_ms;
    }
    if (health->status == ACCOUNT_CONNECTED) record->ever_connected = true;
    record->failure_count = health->failure_count;
    record->first_failure_ms = health->failure_count ? wall_ms - (now_ms - health->first_failure_ms) : 0;
}

bool account_may_ask(const struct account_health *health, int64_t now_ms, int64_t *again_ms)
{
    if (health->status == ACCOUNT_CONNECTED) return true;
    if (health->probing) {
        *again_ms = INT64_MAX;
        return false;
    }
    *again_ms = health->next_probe_ms;
    return now_ms >= health->next_probe_ms;
}

bool account_asked(struct account_health *health)
{
    if (health->status == ACCOUNT_CONNECTED) return false;
    health->probing = true;
    return true;
}

void account_probe_ended(struct account_health *health)
{
    health->probing = false;
}

bool account_succeeded(struct account_health *health)
{
    bool changed = health->status != ACCOUNT_CONNECTED;
    health->status = ACCOUNT_CONNECTED;
    health->failure_count = 0;
    health->first_failure_ms = 0;
    return changed;
}

static int64_t probe_wait(const struct account_health *health)
{
    if (health->status == ACCOUNT_FAILED) return ACCOUNT_PROBE_FAILED_MS;
    int64_t wait = ACCOUNT_PROBE_FIRST_MS;
    for (int64_t i = 1; i < health->failure_count && wait < ACCOUNT_PROBE_LAST_MS; i++)
        wait *= 2;
    return wait < ACCOUNT_PROBE_LAST_MS ? wait : ACCOUNT_PROBE_LAST_MS;
}

bool account_refused(struct account_health *health, int64_t now_ms)
{
    enum account_status before = health->status;
    if (health->failure_count++ == 0) health->first_failure_ms = now_ms;
    int64_t span = now_ms - health->first_failure_ms;
    if (before == ACCOUNT_CONNECTED) health->status = ACCOUNT_FAILING;
    if (before == ACCOUNT_PENDING && span >= ACCOUNT_PENDING_SPAN_MS) health->status = ACCOUNT_FAILED;
    if (before == ACCOUNT_FAILING && health->failure_count >= ACCOUNT_FAILED_AFTER &&
        span >= ACCOUNT_FAILED_SPAN_MS)
        health->status = ACCOUNT_FAILED;
    health->next_probe_ms = now_ms + probe_wait(health);
    return health->status != before;
}

void account_renewed(struct account_health *health, int64_t now_ms)
{
    *health = (struct account_health){.status = ACCOUNT_PENDING, .next_probe_ms = now_ms};
}
