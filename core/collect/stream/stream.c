#include "collect/stream/parts.h"

#include "base/container.h"
#include "base/error.h"
#include "collect/stream/account.h"
#include "collect/stream/downloads.h"
#include "http/rate_limit.h"

#include <stdlib.h>

/* A signature made with a time that is off by more than this may have been refused for that alone. */
#define CLOCK_OFF_MS 60000

bool stream_is_window(const struct stream *stream)
{
    return stream->declaration->kind == POSTERN_STREAM_WINDOW;
}

int64_t stream_now_ms(const struct stream *stream)
{
    return clock_monotonic_ms(stream->fleet->clock);
}

int64_t stream_wall_ms(const struct stream *stream)
{
    return clock_wall_ms(stream->fleet->clock);
}

int64_t stream_wakes_at(const struct stream *stream)
{
    int64_t due = stream->polling ? 0 : stream->pace.due_ms;
    return due > stream->pace.not_before_ms ? due : stream->pace.not_before_ms;
}

void stream_note_next_attempt(struct stream *stream, struct stream_record *record, int64_t at_ms)
{
    int64_t wait = at_ms - stream_now_ms(stream);
    record->next_attempt_ms = stream_wall_ms(stream) + (wait > 0 ? wait : 0);
}

void stream_schedule_next_poll(struct stream *stream)
{
    int64_t phase = schedule_phase(stream->account->name, stream->declaration->name, stream->interval_ms);
    stream->pace.due_ms = schedule_next_due(stream_now_ms(stream), stream->interval_ms, phase);
}

void stream_finish(struct stream *stream, bool failed)
{
    if (stream->finished) return;
    stream->finished = true;
    stream->failed = failed;
    atomic_fetch_add(&stream->fleet->progress->finished, 1);
    if (failed) atomic_fetch_add(&stream->fleet->progress->failed, 1);
}

static void timer_fired(struct network_timer *timer)
{
    stream_go(CONTAINER_OF(timer, struct stream, timer));
}

void stream_start(struct stream *stream)
{
    stream->timer.fire = timer_fired;
    network_timer_set(stream->fleet->network, &stream->timer, stream_wakes_at(stream));
}

/* ---- Asking -------------------------------------------------------------------------------------- */

/* The account works, and what time it is at the vendor's. */
static void take_success(struct stream *stream, const struct request *request)
{
    struct account *account = stream->account;
    server_clock_observe(&account->host->clock, request->exchange.server_date_ms, request->arrived_wall_ms,
                         request->arrived_ms, true);
    stream->probes = false;
    if (stream->authenticated) account_saw_success(account);
}

static void answer_was_read(struct answer *answer)
{
    struct stream *stream = answer->context;
    struct fleet *fleet = stream->fleet;
    stream->phase = STREAM_READING;
    if (answer->status >= 0) take_success(stream, answer->request);
    size_t open = 0;
    for (size_t i = 0; i < answer->download_count; i++)
        open += !answer->downloads[i].done;
    if (answer->status < 0) {
        struct trouble trouble;
        trouble_of_source(&answer->error, answer->status, &trouble);
        answer_free(answer);
        stream_take_trouble(stream, &trouble);
    } else if (open && fleet->running) {
        downloads_start(stream, answer);
    } else if (open) {
        stream->phase = STREAM_RESTING;
        answer_free(answer);
    } else {
        stream_take_answer(stream, answer);
    }
    account_wake(stream->account);
    fleet_done(fleet);
}

static void answered(struct request *request)
{
    struct stream *stream = request->owner;
    const struct http_exchange *exchange = &request->exchange;
    stream->request = NULL;
    stream->phase = STREAM_RESTING;
    struct server_clock *clock = &stream->account->host->clock;
    server_clock_observe(clock, exchange->server_date_ms, request->arrived_wall_ms, request->arrived_ms,
                         false);
    int64_t offset = server_clock_for_signing(clock, request->arrived_wall_ms) - request->arrived_wall_ms;
    int64_t clock_off = offset - request->signed_offset_ms;
    stream->clock_was_off = request->was_signed && (clock_off > CLOCK_OFF_MS || clock_off < -CLOCK_OFF_MS);
    struct trouble trouble;
    if (trouble_of_exchange(exchange, request->arrived_wall_ms, stream->pace.limited, &trouble)) {
        request_free(request);
        stream_take_trouble(stream, &trouble);
        return;
    }
    int64_t wait = rate_limit_wait_ms(exchange->status, exchange->answer_headers,
                                      exchange->answer_header_count, request->arrived_wall_ms, 1);
    if (wait > 0)
        stream->pace.not_before_ms = stream_now_ms(stream) + wait; /* none remains: no 429 need be provoked */
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        trouble = (struct trouble){.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        stream_take_trouble(stream, &trouble);
        return;
    }
    answer->done = answer_was_read;
    stream->phase = STREAM_READING;
    fleet_busy(stream->fleet);
    answer_read(answer);
}

static void ask(struct stream *stream)
{
    struct trouble trouble;
    postern_error error = ERROR_INIT;
    struct request *request = stream_make_request(stream, &error);
    if (!request) {
        trouble_of_source(&error, error.code, &trouble);
        stream_take_trouble(stream, &trouble);
        return;
    }
    stream->probes = stream->authenticated && account_asked(&stream->account->health);
    stream->record.requests++;
    stream->record.last_attempt_ms = stream_wall_ms(stream);
    atomic_fetch_add(&stream->fleet->progress->requests, 1);
    stream->phase = STREAM_ASKING;
    stream->request = request;
    request_start(request, stream->fleet->network, answered, stream);
}

/* Nothing lies between what is settled and the delay: that is as good as read. */
static void end_empty_poll(struct stream *stream)
{
    stream->polling = false;
    stream_schedule_next_poll(stream);
    if (stream->fleet->once) stream_finish(stream, false);
    stream_go(stream);
}

void stream_go(struct stream *stream)
{
    struct fleet *fleet = stream->fleet;
    if (!fleet->running || stream->finished || stream->phase != STREAM_RESTING) return;
    stream->waits_for_account = stream->waits_for_space = false;
    int64_t when = stream_wakes_at(stream), again = 0;
    if (stream_now_ms(stream) < when)
        network_timer_set(fleet->network, &stream->timer, when);
    else if (journal_is_full(fleet->journal))
        stream_wait_for_space(stream);
    else if (stream->authenticated &&
             !account_may_ask(&stream->account->health, stream_now_ms(stream), &again))
        stream_wait_for_account(stream, again);
    else if (stream_choose_pass(stream))
        ask(stream);
    else
        end_empty_poll(stream);
}

/* ---- Ending -------------------------------------------------------------------------------------- */

void stream_pause(struct stream *stream)
{
    network_timer_cancel(stream->fleet->network, &stream->timer);
    if (stream->request) {
        request_detach(stream->request);
        stream->request = NULL;
        stream->phase = STREAM_RESTING;
    }
    if (stream->probes) account_probe_ended(&stream->account->health);
    stream->probes = false;
    if (stream->downloads) downloads_pause(stream->downloads);
}

void stream_free(struct stream *stream)
{
    if (!stream) return;
    downloads_free(stream->downloads);
    stream_record_clear(&stream->record);
    free(stream->letters.items);
    free(stream);
}
