#include "collect/stream/next_request.h"

#include "base/error.h"
#include "base/smaller.h"
#include "base/text.h"
#include "collect/answer/step.h"
#include "collect/plan/token.h"
#include "collect/stream/account.h"
#include "collect/stream/account_options.h"
#include "collect/stream/memory.h"
#include "collect/stream/request_call.h"
#include "collect/stream/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That by one clock there is nothing to ask for is no reason not to ask. Until a successful answer shows what
 * time it is at the server's, ours may be wrong by anything; and one wrong Date, which lies before what is
 * settled, would keep a stream from learning better. */
static void look_first(struct stream *stream, const struct server_clock *clock, struct clock_reading now)
{
    stream->looks = !clock->answered;
    if (stream->poll.next_from_ms < stream->poll.target_ms) return;
    if (stream->looks)
        window_look(&stream->poll);
    else if (!server_clock_vouched_lately(clock, now))
        window_set_target(&stream->poll, &stream_settings(stream)->window, server_clock_latest(clock, now));
}

static void begin_poll(struct stream *stream)
{
    const struct account *account = stream->account;
    const struct server_clock *clock = &account->host->clock;
    const struct window_settings *settings = &stream_settings(stream)->window;
    struct clock_reading now = clock_read(stream->shared->clock);
    stream->polling = true;
    stream->pass_open = false;
    stream->poll_began_ms = now.monotonic_ms;
    window_begin_poll(&stream->poll, &stream->record, settings, account_start_ms(account),
                      server_clock_for_until(clock, now), server_clock_for_settled(clock, now));
    if (account->record.replay_limit_due)
        window_begin_at_floor(&stream->poll, window_replay_floor(settings, account_credentials_ms(account)));
    look_first(stream, clock, now);
    if (!window_can_resume(&stream->record, now.wall_ms)) return;
    window_resume_pass(&stream->poll, &stream->record);
    stream->pass_open = true;
}

static void begin_list(struct stream *stream)
{
    struct clock_reading now = clock_read(stream->shared->clock);
    stream->polling = stream->pass_open = true;
    stream->poll_began_ms = now.monotonic_ms;
    if (window_can_resume(&stream->record, now.wall_ms)) return;
    stream_forget_round(stream);
    stream->memory->waiting = 0;
    snapshot_begin_poll(&stream->memory->list, &stream->record,
                        server_clock_for_until(&stream->account->host->clock, now));
}

bool stream_choose_pass(struct stream *stream)
{
    if (stream_is_snapshot(stream)) {
        bool broken_off = stream->pass_open && !window_can_resume(&stream->record, stream_wall_ms(stream));
        if (!stream->polling || broken_off) begin_list(stream);
        return true;
    }
    if (!stream_is_window(stream)) {
        stream->polling = true;
        return true;
    }
    bool broken_off = stream->pass_open && !window_can_resume(&stream->record, stream_wall_ms(stream));
    if (!stream->polling || broken_off) begin_poll(stream);
    if (stream->pass_open) return true;
    stream->pass_open = window_next_pass(&stream->poll, &stream_settings(stream)->window, &stream->record);
    stream_forget_round(stream); /* the same pages come again */
    if (stream->memory) stream->memory->border = border_begin_pass(stream->memory->border);
    return stream->pass_open;
}

static postern_pass stream_pass(const struct stream *stream)
{
    postern_pass pass = {.size = sizeof pass};
    if (stream_is_window(stream)) {
        pass.from_ms = stream->record.pass_from_ms;
        pass.until_ms = stream->record.pass_until_ms;
    }
    return pass;
}

struct request *stream_make_request(struct stream *stream, postern_error *error)
{
    struct stream_shared *shared = stream->shared;
    const struct account *account = stream->account;
    arena_reset(shared->scratch, (size_t)16 * 1024);
    const postern_call call = {.size = sizeof call,
                               .attempt = stream->pace.attempt,
                               .arena = shared->scratch,
                               .now_ms =
                                   server_clock_for_until(&account->host->clock, clock_read(shared->clock)),
                               .random = random_number(shared->random),
                               .account = text_of(account->name),
                               .account_options = account_options_of(account, stream->source)};
    postern_request what = {.size = sizeof what};
    postern_pass pass = stream_pass(stream);
    postern_status status =
        stream->source->source->next(stream->source->self, &call, stream->declaration, &pass,
                                     text_of(stream->record.position), &what, error);
    if (status < 0) {
        error->code = status;
        return NULL;
    }
    const struct request_plan plan = {.base_url = account->base_url,
                                      .what = &what,
                                      .access = stream->authenticated ? &account->access : NULL,
                                      .host = account->host,
                                      .clock = shared->clock,
                                      .random = shared->random};
    return request_new(&plan, error);
}

struct request *stream_first_request(struct stream *stream, postern_error *error)
{
    if (stream_choose_pass(stream)) return stream_make_request(stream, error);
    error_set(error, POSTERN_E_CONFIG, "lookback is not longer than delay: there is nothing to ask for");
    return NULL;
}

/* Events before this time are left out. What a list shows is there now, however old it is. */
static int64_t left_out_before(const struct stream *stream)
{
    if (stream_has_passes(stream)) return INT64_MIN;
    int64_t looks_back_to =
        token_left_out_before(stream_settings(stream)->window.lookback_ms, account_start_ms(stream->account));
    return larger(looks_back_to, source_starts_find(&stream->shared->starts, stream->account->record.id,
                                                    stream->source->source->name));
}

struct answer *stream_new_answer(struct stream *stream, struct request *request)
{
    struct stream_shared *shared = stream->shared;
    struct answer *answer = calloc(1, sizeof *answer);
    if (!answer || !stream_record_copy(&answer->record, &stream->record)) {
        request_free(request);
        free(answer);
        return NULL;
    }
    answer->source = stream->source->source;
    answer->self = stream->source->self;
    answer->account_options = account_options_of(stream->account, stream->source);
    answer->declaration = stream->declaration;
    answer->journal = shared->journal;
    answer->workers = shared->workers;
    answer->network = shared->network;
    answer->border_before = stream_border(stream);
    if (stream_is_snapshot(stream)) answer->list = stream->memory->list;
    answer->remember_ms = stream_settings(stream)->remember_ms;
    answer->held = &shared->answers_held;
    snprintf(answer->account, sizeof answer->account, "%s", stream->account->name);
    snprintf(answer->stream, sizeof answer->stream, "%s", stream->declaration->name);
    memcpy(answer->account_key, stream->account->record.key, sizeof answer->account_key);
    answer->pass = stream_pass(stream);
    answer->exchange = &request->exchange;
    answer->request = request;
    answer->request_free = request_free;
    request_call(request, &answer->call);
    answer->attempt = stream->pace.attempt;
    answer->record.attempt = stream->pace.attempt; /* steps store the record */
    struct clock_reading now = clock_read(shared->clock);
    answer->received_ms = now.wall_ms;
    answer->now_ms = server_clock_for_until(&stream->account->host->clock, now);
    answer->random = random_number(shared->random);
    answer->left_out_before_ms = left_out_before(stream);
    answer->limits = shared->limits;
    answer->context = stream;
    int64_t size = (int64_t)request->exchange.answer_body.size;
    answer_hold(answer, size < answer->limits.spill_above ? size : 0);
    return answer;
}
