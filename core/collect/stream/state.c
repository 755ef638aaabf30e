#include "collect/stream/state.h"
#include "base/smaller.h"

#include "base/log.h"
#include "collect/stream/account.h"

#include <stdio.h>

bool stream_is_window(const struct stream *stream)
{
    return stream->declaration->kind == POSTERN_STREAM_WINDOW;
}

const struct stream_settings *stream_settings(const struct stream *stream)
{
    return source_instance_settings(stream->source, stream->declaration);
}

bool stream_is_snapshot(const struct stream *stream)
{
    return stream->declaration->kind == POSTERN_STREAM_SNAPSHOT;
}

bool stream_has_passes(const struct stream *stream)
{
    return stream_is_window(stream) || stream_is_snapshot(stream);
}

int64_t stream_now_ms(const struct stream *stream)
{
    return clock_monotonic_ms(stream->shared->clock);
}

int64_t stream_wall_ms(const struct stream *stream)
{
    return clock_wall_ms(stream->shared->clock);
}

const char *stream_scope(const struct stream *stream, char scope[STREAM_SCOPE_SIZE])
{
    snprintf(scope, STREAM_SCOPE_SIZE, "%s/%s", stream->account->name, stream->declaration->name);
    return scope;
}

struct notice stream_notice(const struct stream *stream, enum notice_kind kind, const char *message)
{
    return (struct notice){.kind = kind,
                           .account = stream->account->name,
                           .source = stream->source->source->name,
                           .subject = stream->declaration->name,
                           .message = message};
}

void stream_wake_at(struct stream *stream, int64_t at_ms)
{
    if (stream->shared->activity.running) network_timer_set(stream->shared->network, &stream->timer, at_ms);
}

void stream_wake(struct stream *stream)
{
    stream_wake_at(stream, stream_now_ms(stream));
}

int64_t stream_wakes_at(const struct stream *stream)
{
    return larger(stream->polling ? 0 : stream->pace.due_ms, stream->pace.not_before_ms);
}

void stream_note_next_attempt(struct stream *stream, struct stream_record *record, int64_t at_ms)
{
    int64_t wait = at_ms - stream_now_ms(stream);
    record->next_attempt_ms = stream_wall_ms(stream) + (wait > 0 ? wait : 0);
}

void stream_schedule_next_poll(struct stream *stream)
{
    int64_t interval = stream_settings(stream)->interval_ms;
    int64_t phase = schedule_phase(stream->account->name, stream->declaration->name, interval);
    stream->pace.due_ms = schedule_next_due(stream_now_ms(stream), interval, phase);
}

bool stream_mend_future(const struct stream *stream, struct stream_record *record)
{
    const struct stream_shared *shared = stream->shared;
    int64_t latest_ms = server_clock_latest(&stream->account->host->clock, clock_read(shared->clock));
    if (!window_mend_future(record, &stream_settings(stream)->window, latest_ms)) return false;
    char scope[STREAM_SCOPE_SIZE];
    log_write(
        POSTERN_LOG_WARNING, stream_scope(stream, scope),
        "it was stored as read up to a time that has not come yet, by a clock that was ahead: the newest "
        "events are read again");
    return true;
}

void stream_finish(struct stream *stream, bool failed)
{
    if (stream->finished) return;
    stream->finished = true;
    stream->failed = failed;
    atomic_fetch_add(&stream->shared->progress->finished, 1);
    if (failed) atomic_fetch_add(&stream->shared->progress->failed, 1);
}
