#include "http_sink.h"

bool safety_doubts(const struct writing *writing)
{
    return !writing->accepted && !writing->probed && writing->for_one_reason &&
           writing->rejected >= SAFETY_ENOUGH;
}

/* All of them, or enough of those from all over the batch. */
static bool is_enough(const struct writing *writing)
{
    size_t since = writing->probed ? writing->rejected - writing->rejected_before : 0;
    if (writing->rejected == writing->batch->count) return writing->rejected >= SAFETY_ENOUGH;
    return since >= SAFETY_ENOUGH;
}

bool safety_stops(const struct writing *writing, postern_error *error)
{
    bool begun =
        atomic_load(&writing->sink->begun_batch) == writing->batch->id && writing->batch->attempt > 1;
    if (writing->accepted || begun || !writing->for_one_reason || !is_enough(writing)) return false;
    kit_fail(
        error, POSTERN_E_CONFIG,
        "mend the sink's settings, the receiver's or the scripts; nothing became a dead letter, the events "
        "wait in the journal",
        "%zu events of a batch of %zu, all that were tried, were refused for one reason; the first: %s",
        writing->rejected, writing->batch->count, writing->first_words);
    return true;
}
