#include "http_sink.h"

bool safety_stops(const struct writing *writing, postern_error *error)
{
    bool begun =
        atomic_load(&writing->sink->begun_batch) == writing->batch->id && writing->batch->attempt > 1;
    bool spread = writing->probed || writing->rejected == writing->batch->count;
    if (writing->accepted || begun || !spread || !writing->for_one_reason ||
        writing->rejected < SAFETY_ENOUGH)
        return false;
    kit_fail(
        error, POSTERN_E_CONFIG,
        "mend the sink's settings, the receiver's or the scripts; nothing became a dead letter, the events "
        "wait in the journal",
        "%zu events of a batch of %zu, all that were tried, were refused for one reason; the first: %s",
        writing->rejected, writing->batch->count, writing->first_words);
    return true;
}
