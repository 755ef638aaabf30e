#include "collect/stream/stream.h"

#include "base/container.h"
#include "base/error.h"
#include "collect/stream/access_token.h"
#include "collect/stream/account.h"
#include "collect/stream/account_quota.h"
#include "collect/stream/counted_call.h"
#include "collect/stream/departures.h"
#include "collect/stream/downloads.h"
#include "collect/stream/exchange_trouble.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/late_polls.h"
#include "collect/stream/memory.h"
#include "collect/stream/next_request.h"
#include "collect/stream/page.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/replay_limit.h"
#include "collect/stream/request_call.h"
#include "collect/stream/roster.h"
#include "collect/stream/state.h"
#include "collect/stream/trouble.h"
#include "http/rate_limit.h"

#include <stdlib.h>
#include <string.h>

/* How often a stream looks whether other answers were stored meanwhile. */
#define HELD_CHECK_MS 100

/* ---- Building -------------------------------------------------------------------------------------- */

static postern_status load_record(struct stream *stream, struct journal *journal, postern_error *error)
{
    const struct account *account = stream->account;
    const postern_stream *declaration = stream->declaration;
    const struct enrolled wanted = {.account = account->name,
                                    .source = stream->source->source->name,
                                    .name = declaration->name,
                                    .auth = declaration->auth ? declaration->auth : "",
                                    .kind = declaration->kind};
    if (roster_take_stream(stream->shared->roster, &wanted, &stream->record)) return POSTERN_OK;
    return journal_stream(journal, account->record.id, wanted.account, wanted.source, wanted.name,
                          wanted.kind, wanted.auth, &stream->record, error);
}

postern_status stream_init(struct stream *stream, struct account *account,
                           const struct source_instance *source, const postern_stream *declaration,
                           postern_error *error)
{
    stream->shared = account->shared;
    stream->account = account;
    stream->source = source;
    stream->declaration = declaration;
    stream->authenticated = account->access.scheme->roles[0] != NULL;
    stream->pace.attempt = 1;
    stream->record.name = declaration->name;
    struct journal *journal = account->shared->journal;
    if (!journal) return stream_is_snapshot(stream) ? stream_recall_list(stream, error) : POSTERN_OK;
    stream->departures_due = stream_is_snapshot(stream); /* an earlier life may have left some */
    postern_status status = load_record(stream, journal, error);
    if (status == POSTERN_OK && stream->record.attempt > 1)
        stream->pace.attempt = (uint32_t)stream->record.attempt;
    stream->told = NOTICE_KINDS;
    if (status == POSTERN_OK && stream_is_snapshot(stream)) status = stream_recall_list(stream, error);
    if (status < 0 || !roster_has_set_aside(stream->shared->roster, stream->record.id)) return status;
    return stream_recall_letters(stream, error);
}

/* ---- Asking -------------------------------------------------------------------------------------- */

/* The account works, and what time it is at the vendor's. */
static void take_success(struct stream *stream, const struct answer *answer)
{
    struct account *account = stream->account;
    const struct request *request = answer->request;
    struct server_clock *clock = &account->host->clock;
    if (request->time_was_signed)
        server_clock_signature_taken(clock, request->signed_offset_ms, request->arrived);
    host_clock_take(account->host, request, true, account->shared->journal);
    if (account->shared->journal)
        journal_server_time(account->shared->journal, request->exchange.server_date_ms,
                            request->arrived.wall_ms);
    server_clock_witness(clock, answer->newest_ms, request->arrived);
    stream->probes = false;
    account_settle_start(account, request->arrived);
    if (stream->authenticated) account_saw_success(account);
}

static const struct downloads_end after_downloads = {stream_take_answer, stream_take_trouble};

static void answer_was_read(struct answer *answer)
{
    struct stream *stream = answer->context;
    struct activity *activity = &stream->shared->activity;
    stream->phase = PHASE_READING;
    stream_count_steps(stream, answer);
    late_polls_read(stream, answer->request->arrived.monotonic_ms);
    if (answer->status >= 0) {
        take_success(stream, answer);
        answer->now_ms = server_clock_for_until(&stream->account->host->clock, answer->request->arrived);
    }
    size_t open = 0;
    for (size_t i = 0; i < answer->download_count; i++)
        open += !answer->downloads[i].done;
    if (answer->status < 0) {
        struct trouble trouble;
        trouble_of_answer(answer, &trouble);
        stream_take_failed_try(stream, answer, &trouble);
    } else if (open && activity->running) {
        if (!answer->aside.count)
            stream->pace.attempt = 1; /* it is whole; what was given up stays given up */
        downloads_start(stream, answer, &after_downloads);
    } else if (open) {
        stream->phase = PHASE_RESTING;
        answer_free(answer);
    } else {
        stream_take_answer(stream, answer);
    }
    account_wake(stream->account);
    activity_done(activity);
}

/* A good token is refused now and then: the request is repeated once with a fresh one before that counts. */
static bool repeats_with_fresh_token(struct stream *stream, struct request *request)
{
    bool refused =
        request->access.token && request->exchange.error.code >= 0 && request->exchange.status == 401;
    bool again = refused && !stream->token_was_refused;
    stream->token_was_refused = again;
    if (refused) access_token_refused(stream->account, request->access.token);
    if (!again) return false;
    request_free(request);
    if (stream->probes) account_probe_ended(&stream->account->health);
    stream->probes = false;
    stream_wake(stream);
    return true;
}

static void answered(struct request *request)
{
    struct stream *stream = request->owner;
    const struct http_exchange *exchange = &request->exchange;
    stream->request = NULL;
    stream->phase = PHASE_RESTING;
    account_quota_ended(stream, request);
    late_polls_answered(stream, request);
    const struct server_clock *clock = &stream->account->host->clock;
    host_clock_take(stream->account->host, request, false, stream->shared->journal);
    int64_t offset = server_clock_for_signing(clock, request->arrived) - request->arrived.monotonic_ms;
    int64_t clock_off = offset - request->signed_offset_ms;
    if (exchange->server_date_ms > 0)
        account_note_clock(stream->account, exchange->server_date_ms - request->arrived.wall_ms);
    stream->clock_was_off = request->time_was_signed && llabs(clock_off) > HOST_CLOCK_OFF_MS;
    if (repeats_with_fresh_token(stream, request)) return;
    struct trouble trouble;
    if (trouble_of_exchange(exchange, request->arrived.wall_ms, stream->pace.limited, &trouble)) {
        if (trouble.reaction == REACTION_WAIT) account_quota_hold(stream, trouble.wait_ms);
        request_id_of(request, &request->access, trouble.request_id);
        request_free(request);
        stream_take_trouble(stream, &trouble);
        return;
    }
    int64_t wait = exchange_wait_ms(exchange, request->arrived.wall_ms, 1);
    if (wait > 0)
        stream->pace.not_before_ms = stream_now_ms(stream) + wait; /* none remains: no 429 need be provoked */
    account_quota_hold(stream, wait);
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        trouble = (struct trouble){.error = ERROR_INIT};
        error_no_memory(&trouble.error, NULL);
        stream_take_trouble(stream, &trouble);
        return;
    }
    answer->done = answer_was_read;
    stream->phase = PHASE_READING;
    activity_busy(&stream->shared->activity);
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
    late_polls_ask(stream);
    stream->record.requests++;
    stream->record.last_attempt_ms = stream_wall_ms(stream);
    atomic_fetch_add(&stream->shared->progress->requests, 1);
    if (account_quota_of(stream)) {
        counted_call_start(stream, request, answered);
        return;
    }
    stream->phase = PHASE_ASKING;
    stream->request = request;
    request_start(request, stream->shared->network, answered, stream);
}

/* Nothing lies between what is settled and the delay: that is as good as read. */
static void end_empty_poll(struct stream *stream)
{
    stream->polling = false;
    late_polls_end(stream);
    if (stream->shared->once) stream_finish(stream, false);
    stream_wake_at(stream, stream_wakes_at(stream));
}

static void wait_for_token(struct stream *stream, int64_t again_ms)
{
    late_polls_excuse(stream);
    stream->waits_for_token = !again_ms;
    if (again_ms) stream_wake_at(stream, again_ms);
}

/* Answers that arrived faster than they were read or stored would fill memory. */
static bool too_much_is_held(const struct stream_shared *shared)
{
    return atomic_load(&shared->answers_held) >= shared->limits.held_size;
}

/* False if its turn is yet to come: the stream is woken then. */
static bool take_turn(struct stream *stream)
{
    int64_t turn = account_take_turn(stream->account);
    if (turn <= stream_now_ms(stream)) return true;
    late_polls_wait(stream, LATE_TURN, turn - stream_now_ms(stream));
    stream->has_turn = true;
    stream->pace.not_before_ms = turn;
    stream_wake_at(stream, turn);
    return false;
}

/* False if the vendor may not be asked so soon: the stream is woken when it may. */
static bool may_call(struct stream *stream)
{
    int64_t again_ms;
    char words[QUOTA_WORDS];
    if (account_quota_grants(stream, &again_ms, words)) return true;
    stream_wait_for_call(stream, again_ms, words);
    return false;
}

/* Does what is due, if anything; sets the timer otherwise. */
static void run(struct network_timer *timer)
{
    struct stream *stream = CONTAINER_OF(timer, struct stream, timer);
    struct stream_shared *shared = stream->shared;
    if (!shared->activity.running || stream->finished) return;
    if (stream->phase == PHASE_FETCHING) downloads_go_on(stream->downloads);
    if (stream->phase != PHASE_RESTING || stream->request) return;
    stream->waits_for_account = stream->waits_for_token = stream->waits_for_call = false;
    int64_t when = stream->departures_due ? stream->pace.not_before_ms : stream_wakes_at(stream), again = 0;
    if (stream_now_ms(stream) < when) {
        stream_wake_at(stream, when);
        return;
    }
    bool has_turn = stream->has_turn;
    stream->has_turn = false; /* it is now or never */
    if (journal_is_full(shared->journal))
        stream_wait_for_space(stream);
    else if (stream->departures_due)
        stream_tell_departures(stream);
    else if (too_much_is_held(shared))
        stream_wake_at(stream, stream_now_ms(stream) + HELD_CHECK_MS);
    else if (stream->account->lacks_secret)
        stream_wait_for_secret(stream);
    else if (stream->authenticated &&
             !account_may_ask(&stream->account->health, stream_now_ms(stream), &again))
        stream_wait_for_account(stream, again);
    else if (stream->authenticated && !access_token_ready(stream->account, &again))
        wait_for_token(stream, again);
    else if (!may_call(stream) || (!has_turn && !take_turn(stream)) || stream_skips_gap(stream))
        return;
    else if (stream_choose_pass(stream))
        ask(stream);
    else
        end_empty_poll(stream);
}

void stream_start(struct stream *stream)
{
    stream->timer.fire = run;
    late_polls_count(stream);
    stream_wake_at(stream, stream_wakes_at(stream));
}

/* ---- Ending -------------------------------------------------------------------------------------- */

static void abandoned_call_ended(void *waiter)
{
    struct stream *stream = waiter;
    stream->request = NULL;
    stream_wake(stream);
}

static void leave_call(struct stream *stream, bool abandons)
{
    if (stream->phase == PHASE_ASKING) {
        account_quota_forgotten(stream);
        stream->phase = PHASE_RESTING;
    }
    if (abandons) {
        request_abandon(stream->request, abandoned_call_ended, stream);
    } else {
        request_detach(stream->request);
        stream->request = NULL;
    }
}

void stream_pause(struct stream *stream, bool abandons)
{
    network_timer_cancel(stream->shared->network, &stream->timer);
    stream->waits_for_token = stream->waits_for_call = stream->has_turn = false;
    if (stream->request) leave_call(stream, abandons);
    if (stream->probes) account_probe_ended(&stream->account->health);
    stream->probes = false;
    if (stream->downloads) downloads_pause(stream->downloads);
}

void stream_hand_over_call(struct stream *before, struct stream *stream)
{
    if (!before->request) return;
    bool goes_to_the_same = stream && strcmp(before->account->base_url, stream->account->base_url) == 0;
    if (goes_to_the_same) {
        stream->request = before->request;
        request_abandon(stream->request, abandoned_call_ended, stream);
    } else {
        request_detach(before->request);
    }
    before->request = NULL;
}

void stream_clear(struct stream *stream)
{
    downloads_free(stream->downloads);
    stream_record_clear(&stream->record);
    stream_memory_free(stream);
}
