#include "targets.h"
#include <stdlib.h>

/* Without `failback` a target that failed is not tried first for so long. */
#define REST_MS 60000

postern_status targets_read(const postern_host *host, const struct net_scheme *schemes,
                            struct targets *targets, postern_error *error)
{
    postern_text text;
    struct targets read = {.entries = calloc(MOST_TARGETS, sizeof *read.entries)};
    postern_status status = read.entries ? POSTERN_OK : kit_no_memory(error);
    for (size_t i = 0; status >= 0 && host->option_item(host, "target", i, &text); i++) {
        if (i == MOST_TARGETS)
            status = kit_fail(error, POSTERN_E_CONFIG, NULL, "target: at most %d are possible", MOST_TARGETS);
        else
            status = net_target_read(text, schemes, &read.entries[i].place, error);
        read.count = i + 1;
    }
    host->option_integer(host, "failback", &read.failback_ms);
    if (status >= 0)
        *targets = read;
    else
        free(read.entries);
    return status;
}

void targets_free(struct targets *targets)
{
    free(targets->entries);
    *targets = (struct targets){0};
}

static bool rests(const struct targets *targets, size_t index, int64_t now_ms)
{
    const struct target_entry *entry = &targets->entries[index];
    int64_t rest_ms = targets->failback_ms ? targets->failback_ms : REST_MS;
    return entry->has_failed && now_ms - entry->failed_ms < rest_ms;
}

static bool comes_before(const struct targets *targets, size_t a, size_t b, int64_t now_ms)
{
    bool a_rests = rests(targets, a, now_ms), b_rests = rests(targets, b, now_ms);
    if (a_rests != b_rests) return b_rests;
    if (!a_rests || targets->entries[a].failed_ms == targets->entries[b].failed_ms) return a < b;
    return targets->entries[a].failed_ms < targets->entries[b].failed_ms;
}

void targets_order(const struct targets *targets, int64_t now_ms, size_t order[MOST_TARGETS])
{
    for (size_t i = 0; i < targets->count; i++) {
        size_t place = i;
        for (; place > 0 && comes_before(targets, i, order[place - 1], now_ms); place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
}

void targets_note_failure(struct targets *targets, size_t index, int64_t now_ms)
{
    targets->entries[index].failed_ms = now_ms;
    targets->entries[index].has_failed = true;
}

bool targets_better(const struct targets *targets, int64_t now_ms, size_t *index)
{
    for (size_t i = 0; targets->failback_ms && i < targets->current; i++) {
        if (rests(targets, i, now_ms)) continue;
        *index = i;
        return true;
    }
    return false;
}
