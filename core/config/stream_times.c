/* The times of a stream: what the user wrote for its source, else what the stream declares, else its source,
 * else the core's. Of its quota likewise. */
#include "config/check.h"

static const struct {
    const char *name;
    size_t of_source, of_schedule;
} times[] = {
    {"interval", offsetof(struct config_source, interval_ms), offsetof(postern_schedule, interval_ms)},
    {"delay", offsetof(struct config_source, delay_ms), offsetof(postern_schedule, delay_ms)},
    {"settle", offsetof(struct config_source, settle_ms), offsetof(postern_schedule, settle_ms)},
    {"lookback", offsetof(struct config_source, lookback_ms), offsetof(postern_schedule, lookback_ms)},
    {"replay_limit", offsetof(struct config_source, replay_limit_ms),
     offsetof(postern_schedule, replay_limit_ms)},
    {"slice", offsetof(struct config_source, slice_ms), offsetof(postern_schedule, slice_ms)},
    {"remember", offsetof(struct config_source, remember_ms), offsetof(postern_schedule, remember_ms)},
};
#define TIMES (sizeof times / sizeof *times)

void times_take(struct config_source *source, const postern_schedule *schedule)
{
    for (size_t i = 0; i < TIMES; i++) {
        int64_t ms;
        memcpy(&ms, (const char *)schedule + times[i].of_schedule, sizeof ms);
        if (ms > 0 && !(source->written & 1u << i))
            memcpy((char *)source + times[i].of_source, &ms, sizeof ms);
    }
    if (schedule->lookback_ms > 0) source->lookback_by_kind = false;
}

unsigned times_written(const struct declaration *declaration)
{
    unsigned written = 0;
    for (size_t i = 0; i < TIMES; i++)
        if (declaration_field(declaration, times[i].name)) written |= 1u << i;
    return written;
}

static void take_quota(struct config_source *own, const postern_stream *stream)
{
    const postern_quota *declared = POSTERN_HAS(stream, quota) ? stream->quota : NULL;
    if (!own->quota_calls && declared) own->quota_calls = declared->calls;
    if (!own->quota_window_ms && declared) own->quota_window_ms = declared->window_ms;
    if (!own->quota_calls || !own->quota_window_ms) own->quota_calls = own->quota_window_ms = 0;
    own->quota = declared ? declared->name : NULL;
}

struct config_source config_source_of_stream(const struct config_source *source, const postern_stream *stream)
{
    struct config_source own = *source;
    if (POSTERN_HAS(stream, schedule) && stream->schedule) times_take(&own, stream->schedule);
    take_quota(&own, stream);
    if (own.lookback_by_kind)
        own.lookback_ms = stream->kind == POSTERN_STREAM_TOKEN ? LOOKBACK_ALL : LOOKBACK_MS;
    return own;
}
