#include "collect/stream/late_polls.h"

#include "collect/stream/request.h"
#include "collect/stream/state.h"
#include "collect/stream/stream.h"

#include <string.h>

_Static_assert(sizeof((struct late_group *)0)->example == STREAM_SCOPE_SIZE,
               "an example is a stream's scope");

/* ---- The tally ---------------------------------------------------------------------------------- */

void late_tally_init(struct late_tally *tally)
{
    *tally = (struct late_tally){0};
    pthread_mutex_init(&tally->lock, NULL);
}

void late_tally_free(struct late_tally *tally)
{
    pthread_mutex_destroy(&tally->lock);
}

void late_tally_clear(struct late_tally *tally)
{
    pthread_mutex_lock(&tally->lock);
    tally->sums = (struct late_polls){0};
    pthread_mutex_unlock(&tally->lock);
}

void late_tally_look(struct late_tally *tally, struct late_polls *polls)
{
    pthread_mutex_lock(&tally->lock);
    for (int i = 0; i < LATE_CAUSES; i++) {
        struct late_group *group = &polls->groups[i];
        *group = tally->sums.groups[i];
        if (!group->streams) continue;
        group->interval_ms /= group->streams;
        group->every_ms /= group->streams;
    }
    pthread_mutex_unlock(&tally->lock);
}

/* Into its group, or out of it with `sign` -1. */
static void count(const struct stream *stream, int sign)
{
    struct late_tally *tally = stream->shared->progress->late;
    const struct lateness *lateness = &stream->lateness;
    int64_t interval_ms = stream_settings(stream)->interval_ms;
    char scope[STREAM_SCOPE_SIZE];
    if (!tally || !lateness->is_late) return;
    stream_scope(stream, scope);
    pthread_mutex_lock(&tally->lock);
    struct late_group *group = &tally->sums.groups[lateness->cause];
    group->streams += sign;
    group->interval_ms += sign * interval_ms;
    group->every_ms += sign * (interval_ms * lateness->every / LATENESS_INTERVAL);
    if (sign > 0 && !group->example[0])
        memcpy(group->example, scope, sizeof group->example);
    else if (sign < 0 && strcmp(group->example, scope) == 0)
        group->example[0] = '\0';
    pthread_mutex_unlock(&tally->lock);
}

void late_polls_count(const struct stream *stream)
{
    count(stream, 1);
}

/* ---- One stream --------------------------------------------------------------------------------- */

void late_polls_excuse(struct stream *stream)
{
    stream->lateness.is_said = true;
}

void late_polls_forget(struct stream *stream)
{
    count(stream, -1);
    stream->lateness = (struct lateness){.is_said = true};
}

void late_polls_wait(struct stream *stream, enum late_cause cause, int64_t waited_ms)
{
    lateness_wait(&stream->lateness, cause, stream_settings(stream)->interval_ms, waited_ms);
}

void late_polls_ask(struct stream *stream)
{
    struct lateness *lateness = &stream->lateness;
    bool is_first = lateness->requests == 0;
    lateness_ask(lateness);
    if (!is_first || lateness->is_said) return;
    int64_t interval_ms = stream_settings(stream)->interval_ms;
    int64_t known_ms = interval_ms * lateness->waited / LATENESS_INTERVAL;
    int64_t unknown_ms = stream_now_ms(stream) - stream->pace.due_ms - known_ms;
    /* Beyond that it was not slow: it stood still, or the machine slept. */
    if (unknown_ms <= interval_ms) late_polls_wait(stream, LATE_MACHINE, unknown_ms);
}

static enum late_cause cause_of(enum admission_bound bound)
{
    switch (bound) {
    case BOUND_ALL:
        return LATE_CONNECTIONS;
    case BOUND_HOST:
        return LATE_HOST_CONNECTIONS;
    case BOUND_BEARS:
        return LATE_HOST;
    case BOUND_NONE:
    case BOUND_GROWS:
        break;
    }
    return LATE_MACHINE;
}

/* A poll of several requests reads what there is: how long that takes makes none late. */
static void take(struct stream *stream, enum late_cause cause, int64_t took_ms)
{
    struct lateness *lateness = &stream->lateness;
    if (lateness->requests == 1)
        lateness_take(lateness, cause, stream_settings(stream)->interval_ms, took_ms);
}

void late_polls_answered(struct stream *stream, const struct request *request)
{
    const struct http_exchange *exchange = &request->exchange;
    if (!exchange->begun_ms) return;
    if (exchange->bound != BOUND_GROWS) /* that passes by itself */
        late_polls_wait(stream, cause_of(exchange->bound), exchange->begun_ms - exchange->started_ms);
    take(stream, LATE_ANSWER, request->arrived.monotonic_ms - exchange->begun_ms);
}

void late_polls_read(struct stream *stream, int64_t arrived_ms)
{
    take(stream, LATE_MACHINE, stream_now_ms(stream) - arrived_ms);
}

void late_polls_end(struct stream *stream)
{
    int64_t due_ms = stream->pace.due_ms;
    stream_schedule_next_poll(stream);
    if (stream->shared->once) return;
    count(stream, -1);
    lateness_end(&stream->lateness, stream_settings(stream)->interval_ms, stream->pace.due_ms - due_ms);
    count(stream, 1);
    /* That none remains was told with an answer of the poll that is over. */
    late_polls_wait(stream, LATE_LIMIT, stream->pace.not_before_ms - stream->pace.due_ms);
}
