#include "deliver/sink/refusals.h"
#include "base/fnv1a.h"
#include "base/request_mark.h"
#include <ctype.h>
#include <string.h>

static const char *end_of_quote(const char *at)
{
    static const char *const pairs[] = {"''", "\"\"", "``", "[]", "()"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const char *end = *at == pairs[i][0] ? strchr(at + 1, pairs[i][1]) : NULL;
        if (end) return end + 1;
    }
    return at;
}

static bool is_of_word(char byte)
{
    return isalnum((unsigned char)byte) || (byte && strchr("_-.:/", byte));
}

uint64_t refusals_kind(const char *reason)
{
    uint64_t kind = FNV1A_START;
    while (*reason) {
        size_t mark = request_mark_size(reason);
        reason += mark;
        if (mark) continue;
        const char *begin = reason;
        bool has_digit = false;
        reason = end_of_quote(reason);
        if (reason != begin) continue;
        for (; is_of_word(*reason); reason++)
            has_digit |= isdigit((unsigned char)*reason) != 0;
        if (reason == begin)
            reason++;
        else if (!has_digit)
            kind = fnv1a(kind, (postern_text){begin, (size_t)(reason - begin)});
    }
    return kind;
}

/* The kind of reason for which all of it was refused; false if there is none. */
static bool is_refused(const struct batch *batch, uint64_t *kind)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_event *event = &batch->events[i];
        if (event->verdict != VERDICT_REJECTED) return false;
        uint64_t its = refusals_kind(event->reason);
        if (i == 0) *kind = its;
        if (its != *kind) return false;
    }
    return batch->count > 0;
}

bool refusals_exceed(const struct refusals *refusals, const struct batch *batch, int64_t most)
{
    uint64_t kind = 0;
    if (most == 0 || !is_refused(batch, &kind)) return false;
    return (refusals->reason == kind ? refusals->count : 0) + (int64_t)batch->count > most;
}

void refusals_add(struct refusals *refusals, const struct batch *batch)
{
    uint64_t kind = 0;
    if (batch->count == 0) return; /* its scripts dropped all: nothing was asked */
    if (!is_refused(batch, &kind)) {
        *refusals = (struct refusals){0};
        return;
    }
    if (refusals->reason != kind) *refusals = (struct refusals){.reason = kind};
    refusals->count += (int64_t)batch->count;
}
