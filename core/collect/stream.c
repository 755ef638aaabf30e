#include "collect/stream.h"

#include "base/container.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "collect/account.h"
#include "collect/downloads.h"
#include "collect/page_commit.h"
#include "collect/token.h"
#include "http/rate_limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stream whose credentials were refused so often while its account works otherwise has a problem of its
 * own. */
#define OWN_REFUSALS 3
/* Retries after a failed commit do not come faster than this: the journal, not the vendor, is in trouble. */
#define COMMIT_RETRY_MS 5000

static bool is_window(const struct stream *stream)
{
    return stream->declaration->kind == POSTERN_STREAM_WINDOW;
}

static int64_t now_ms(const struct stream *stream)
{
    return clock_monotonic_ms(stream->fleet->clock);
}

static int64_t wall_ms(const struct stream *stream)
{
    return clock_wall_ms(stream->fleet->clock);
}

/* ---- When
 * ------------------------------------------------------------------------------------------------------ */

static int64_t wakes_at(const struct stream *stream)
{
    int64_t due = stream->polling ? 0 : stream->pace.due_ms;
    return due > stream->pace.not_before_ms ? due : stream->pace.not_before_ms;
}

static void note_next_attempt(struct stream *stream, struct stream_record *record, int64_t at_ms)
{
    int64_t wait = at_ms - now_ms(stream);
    record->next_attempt_ms = wall_ms(stream) + (wait > 0 ? wait : 0);
}

static void finish(struct stream *stream, bool failed)
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
    network_timer_set(stream->fleet->network, &stream->timer, wakes_at(stream));
}

/* ---- Storing news without pages
 * ------------------------------------------------------------------------------- */

static void note_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct fleet *fleet = stream->fleet;
    if (commit->status < 0) log_error(POSTERN_LOG_DEBUG, stream->scope, &commit->error);
    stream->phase = STREAM_RESTING;
    page_commit_free(commit);
    stream_go(stream);
    fleet_done(fleet);
}

/* Stores the record for `status`; the stream goes on when that is done, whether it worked or not. */
static void store_note(struct stream *stream, bool forget_downloads)
{
    struct page_commit *commit = page_commit_new(stream);
    if (!commit) {
        network_timer_set(stream->fleet->network, &stream->timer, now_ms(stream) + 1000);
        return;
    }
    commit->commit.downloads_clear = forget_downloads;
    stream->phase = STREAM_COMMITTING;
    fleet_busy(stream->fleet);
    page_commit_send(commit, note_stored);
}

static void set_words(struct stream *stream, const char *state, const postern_error *error)
{
    struct stream_record *record = &stream->record;
    postern_error words = *error;
    if (record->page_number > 0) error_prefix(&words, "page %lld: ", (long long)record->page_number + 1);
    error_prefix(&words, "%s: %s: ", stream->account->name, record->name);
    bool news = strcmp(record->state, state) != 0 || strcmp(record->last_error, words.message) != 0;
    snprintf(record->state, sizeof record->state, "%s", state);
    snprintf(record->last_error, sizeof record->last_error, "%s", words.message);
    snprintf(record->remedy, sizeof record->remedy, "%s", words.remedy);
    record->last_error_ms = wall_ms(stream);
    log_error(news ? POSTERN_LOG_WARNING : POSTERN_LOG_DEBUG, stream->scope, error);
}

/* ---- Waiting for others
 * ------------------------------------------------------------------------------------------ */

static void wait_for_space(struct stream *stream)
{
    stream->waits_for_space = true;
    fleet_wait_for_space(stream->fleet);
    if (strcmp(stream->record.state, "full") == 0) return;
    postern_error error = ERROR_INIT;
    trouble_journal_is_full(&error);
    set_words(stream, "full", &error);
    store_note(stream, false);
}

static void wait_for_account(struct stream *stream, int64_t again_ms)
{
    struct account *account = stream->account;
    if (stream->fleet->once && account->health.failure_count >= ACCOUNT_FAILED_AFTER) {
        finish(stream, true);
    } else {
        stream->waits_for_account = true;
        if (again_ms != INT64_MAX) network_timer_set(stream->fleet->network, &stream->timer, again_ms);
    }
    if (!account->health.failure_count || strcmp(stream->record.state, "retrying") == 0) return;
    if (strcmp(stream->record.state, "waiting") == 0 || strcmp(stream->record.state, "failed") == 0) return;
    postern_error error = ERROR_INIT;
    error_set(&error, POSTERN_E_CREDENTIALS, "%s", account->record.last_error);
    error_remedy(&error, "%s", account->record.remedy);
    set_words(stream, "waiting", &error);
    store_note(stream, false);
}

/* ---- Asking
 * ------------------------------------------------------------------------------------------------------ */

static void begin_poll(struct stream *stream)
{
    const struct server_clock *clock = &stream->account->host->clock;
    int64_t wall = wall_ms(stream);
    stream->polling = true;
    stream->pass_open = false;
    stream->poll_wall_ms = wall;
    window_begin_poll(&stream->poll, &stream->record, &stream->window, stream->account->record.added_ms,
                      server_clock_for_until(clock, wall), server_clock_for_settled(clock, wall));
    if (!window_can_resume(&stream->record, wall)) return;
    window_resume_pass(&stream->poll, &stream->record);
    stream->pass_open = true;
}

/* Makes sure that a pass is open; false if the poll has nothing (more) to read. */
static bool choose_pass(struct stream *stream)
{
    if (!is_window(stream)) {
        stream->polling = true;
        return true;
    }
    bool broken_off = stream->pass_open && !window_can_resume(&stream->record, wall_ms(stream));
    if (!stream->polling || broken_off) begin_poll(stream);
    if (!stream->pass_open)
        stream->pass_open = window_next_pass(&stream->poll, &stream->window, &stream->record);
    return stream->pass_open;
}

static postern_pass pass_of(const struct stream *stream)
{
    postern_pass pass = {.size = sizeof pass};
    if (is_window(stream)) {
        pass.from_ms = stream->record.pass_from_ms;
        pass.until_ms = stream->record.pass_until_ms;
    }
    return pass;
}

static struct request *make_request(struct stream *stream, postern_error *error)
{
    struct fleet *fleet = stream->fleet;
    const struct account *account = stream->account;
    arena_reset(fleet->scratch, 16 * 1024);
    const postern_call call = {.size = sizeof call,
                               .attempt = stream->pace.attempt,
                               .arena = fleet->scratch,
                               .now_ms = server_clock_for_until(&account->host->clock, wall_ms(stream)),
                               .random = random_number(fleet->random),
                               .account = text_of(account->name),
                               .instance = text_of(stream->declaration->name)};
    postern_request what = {.size = sizeof what};
    postern_pass pass = pass_of(stream);
    postern_status status =
        stream->source->source->next(stream->source->self, &call, stream->declaration, &pass,
                                     text_of(stream->record.position), &what, error);
    if (status < 0) {
        error->code = status;
        return NULL;
    }
    const struct request_plan plan = {.base_url = account->base_url,
                                      .what = &what,
                                      .keys = stream->authenticated ? &account->keys : NULL,
                                      .host = account->host,
                                      .clock = fleet->clock,
                                      .random = fleet->random};
    struct request *request = request_new(&plan);
    if (!request) error_set(error, POSTERN_E_MEMORY, "out of memory");
    return request;
}

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
    server_clock_observe(&stream->account->host->clock, exchange->server_date_ms, request->arrived_wall_ms,
                         request->arrived_ms, false);
    struct trouble trouble;
    if (trouble_of_exchange(exchange, request->arrived_wall_ms, stream->pace.limited, &trouble)) {
        request_free(request);
        stream_take_trouble(stream, &trouble);
        return;
    }
    int64_t wait = rate_limit_wait_ms(exchange->status, exchange->answer_headers,
                                      exchange->answer_header_count, request->arrived_wall_ms, 1);
    if (wait > 0)
        stream->pace.not_before_ms = now_ms(stream) + wait; /* none remains: no 429 need be provoked */
    struct answer *answer = stream_new_answer(stream, request);
    if (!answer) {
        trouble = (struct trouble){.error = ERROR_INIT};
        error_set(&trouble.error, POSTERN_E_MEMORY, "out of memory");
        stream_take_trouble(stream, &trouble);
        return;
    }
    answer->done = answer_was_read;
    stream->phase = STREAM_READING;
    fleet_busy(stream->fleet);
    answer_read(answer);
}

struct request *stream_first_request(struct stream *stream, postern_error *error)
{
    if (choose_pass(stream)) return make_request(stream, error);
    error_set(error, POSTERN_E_CONFIG, "lookback is not longer than delay: there is nothing to ask for");
    return NULL;
}

static void ask(struct stream *stream)
{
    struct trouble trouble;
    postern_error error = ERROR_INIT;
    struct request *request = make_request(stream, &error);
    if (!request) {
        trouble_of_source(&error, error.code, &trouble);
        stream_take_trouble(stream, &trouble);
        return;
    }
    stream->probes = stream->authenticated && account_asked(&stream->account->health);
    stream->record.requests++;
    stream->record.last_attempt_ms = wall_ms(stream);
    atomic_fetch_add(&stream->fleet->progress->requests, 1);
    stream->phase = STREAM_ASKING;
    stream->request = request;
    request_start(request, stream->fleet->network, answered, stream);
}

/* Nothing lies between what is settled and the delay: that is as good as read. */
static void end_empty_poll(struct stream *stream)
{
    stream->polling = false;
    stream->pace.due_ms = schedule_next_due(
        now_ms(stream), stream->interval_ms,
        schedule_phase(stream->account->name, stream->declaration->name, stream->interval_ms));
    if (stream->fleet->once) finish(stream, false);
    stream_go(stream);
}

void stream_go(struct stream *stream)
{
    struct fleet *fleet = stream->fleet;
    if (!fleet->running || stream->finished || stream->phase != STREAM_RESTING) return;
    stream->waits_for_account = stream->waits_for_space = false;
    int64_t when = wakes_at(stream), again = 0;
    if (now_ms(stream) < when)
        network_timer_set(fleet->network, &stream->timer, when);
    else if (journal_is_full(fleet->journal))
        wait_for_space(stream);
    else if (stream->authenticated && !account_may_ask(&stream->account->health, now_ms(stream), &again))
        wait_for_account(stream, again);
    else if (choose_pass(stream))
        ask(stream);
    else
        end_empty_poll(stream);
}

/* ---- What came of it
 * ---------------------------------------------------------------------------------------------- */

struct answer *stream_new_answer(struct stream *stream, struct request *request)
{
    struct fleet *fleet = stream->fleet;
    struct answer *answer = calloc(1, sizeof *answer);
    char *position = stream->record.position ? strdup(stream->record.position) : NULL;
    if (!answer || (stream->record.position && !position)) {
        request_free(request);
        free(answer);
        free(position);
        return NULL;
    }
    answer->source = stream->source->source;
    answer->self = stream->source->self;
    answer->declaration = stream->declaration;
    answer->journal = fleet->journal;
    answer->workers = fleet->workers;
    answer->network = fleet->network;
    answer->stream_id = stream->record.id;
    snprintf(answer->account, sizeof answer->account, "%s", stream->account->name);
    snprintf(answer->stream, sizeof answer->stream, "%s", stream->declaration->name);
    memcpy(answer->account_key, stream->account->record.key, sizeof answer->account_key);
    answer->pass = pass_of(stream);
    answer->position = position;
    answer->request = request;
    answer->attempt = stream->pace.attempt;
    answer->received_ms = wall_ms(stream);
    answer->now_ms = server_clock_for_until(&stream->account->host->clock, answer->received_ms);
    answer->random = random_number(fleet->random);
    answer->left_out_before_ms = stream->left_out_before_ms;
    answer->limits = fleet->limits;
    answer->context = stream;
    return answer;
}

/* A window stream that is told "more" must be told where; else it would read the same page for ever and the
 * pass would never end. */
static bool page_token_stands_still(const struct stream *stream, const struct answer *answer)
{
    if (!is_window(stream) || answer->outcome != POSTERN_MORE) return false;
    const char *before = stream->record.position, *after = answer->next_position;
    return answer->keep_position || !after || (before && strcmp(before, after) == 0);
}

/* Moves the record of the commit over the page; says whether the poll goes on. */
static bool move_over_page(struct stream *stream, struct page_commit *commit, struct answer *answer)
{
    struct stream_record *record = &commit->record;
    char *position = answer->next_position;
    answer->next_position = NULL;
    int64_t wall = wall_ms(stream);
    if (!is_window(stream)) {
        struct token_answer token = {answer->outcome, answer->keep_position, position, answer->events};
        bool more = token_goes_on(record, &token);
        token_page_read(record, answer->keep_position, position, wall);
        return more;
    }
    commit->pass_ends = answer->outcome != POSTERN_MORE;
    if (!commit->pass_ends) {
        window_page_read(record, position, wall);
        return true;
    }
    free(position);
    window_pass_read(&stream->poll, &stream->window, record);
    return stream->poll.next_from_ms < stream->poll.target_ms;
}

static void store_success(struct stream *stream, struct page_commit *commit)
{
    struct stream_record *record = &commit->record;
    record->last_success_ms = wall_ms(stream);
    record->last_error[0] = record->remedy[0] = 0;
    snprintf(record->state, sizeof record->state, "ok");
    int64_t next = stream->pace.not_before_ms;
    if (!commit->goes_on) {
        record->caught_up_ms = record->last_success_ms;
        stream->pace.due_ms = schedule_next_due(
            now_ms(stream), stream->interval_ms,
            schedule_phase(stream->account->name, stream->declaration->name, stream->interval_ms));
        if (stream->pace.due_ms > next) next = stream->pace.due_ms;
    }
    note_next_attempt(stream, record, next);
}

static void page_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    struct fleet *fleet = stream->fleet;
    stream->phase = STREAM_RESTING;
    if (commit->status < 0) {
        struct trouble trouble;
        trouble_of_commit(&commit->error, commit->status, &trouble);
        trouble.wait_ms = COMMIT_RETRY_MS;
        stream->polling = stream->pass_open = false; /* what was assumed about the pass did not come true */
        page_commit_free(commit);
        stream_take_trouble(stream, &trouble);
        fleet_done(fleet);
        return;
    }
    if (stream->record.last_error[0]) log_write(POSTERN_LOG_INFO, stream->scope, "works again");
    page_commit_apply(commit);
    pace_succeeded(&stream->pace);
    stream->refusals = 0;
    if (commit->pass_ends) stream->pass_open = false;
    if (!commit->goes_on) {
        stream->polling = false;
        if (fleet->once) finish(stream, false);
    }
    page_commit_free(commit);
    stream_go(stream);
    fleet_done(fleet);
}

void stream_take_answer(struct stream *stream, struct answer *answer)
{
    struct page_commit *commit = NULL;
    if (!page_token_stands_still(stream, answer)) commit = page_commit_new(stream);
    if (!commit) {
        bool stands_still = page_token_stands_still(stream, answer);
        postern_error error = ERROR_INIT;
        struct trouble trouble;
        postern_status status =
            error_set(&error, stands_still ? POSTERN_E_PROTOCOL : POSTERN_E_MEMORY, "%s",
                      stands_still ? "the answer says that there is more, but its page token is "
                                     "the one that was sent"
                                   : "out of memory");
        trouble_of_source(&error, status, &trouble);
        answer_free(answer);
        stream_take_trouble(stream, &trouble);
        return;
    }
    if (is_window(stream))
        window_lower_start(&stream->poll, &commit->record,
                           server_clock_for_settled(&stream->account->host->clock, stream->poll_wall_ms));
    commit->goes_on = move_over_page(stream, commit, answer);
    commit->commit.downloads_clear = answer->download_count > 0;
    store_success(stream, commit);
    page_commit_add_answer(commit, answer);
    stream->phase = STREAM_COMMITTING;
    fleet_busy(stream->fleet);
    page_commit_send(commit, page_stored);
}

/* The credentials were refused here although the account works elsewhere, again and again. */
static bool refused_alone(struct stream *stream)
{
    if (stream->refusals++ == 0) stream->first_refused_ms = now_ms(stream);
    return stream->refusals >= OWN_REFUSALS && stream->account->last_success_ms > stream->first_refused_ms;
}

static const char *react(struct stream *stream, const struct trouble *trouble, enum reaction reaction)
{
    struct pace *pace = &stream->pace;
    int64_t now = now_ms(stream);
    if (trouble->raises_attempt) pace->attempt++;
    switch (reaction) {
    case REACTION_WAIT:
        pace_limited(pace, now, trouble->wait_ms);
        break;
    case REACTION_REFUSED:
        account_saw_refusal(stream->account, &trouble->error);
        pace_failed(pace, now, 0, stream->fleet->random);
        if (stream->account->health.status == ACCOUNT_FAILED) return "failed";
        break;
    case REACTION_RESTART:
        if (is_window(stream))
            window_drop_pass(&stream->record);
        else
            token_restart(&stream->record);
        stream->polling = stream->pass_open = false;
        pace->due_ms = now;
        if (pace->failures++ > 0) pace_failed(pace, now, 0, stream->fleet->random);
        break;
    case REACTION_NOT_PERMITTED:
    case REACTION_NOT_LICENSED:
    case REACTION_CONFIGURE:
        stream->polling = stream->pass_open = false;
        pace->due_ms = now + SCHEDULE_RECHECK_MS;
        break;
    case REACTION_RETRY:
    case REACTION_FULL:
        pace_failed(pace, now, trouble->wait_ms, stream->fleet->random);
        break;
    }
    return reaction_state(reaction);
}

void stream_take_trouble(struct stream *stream, const struct trouble *trouble)
{
    struct fleet *fleet = stream->fleet;
    if (stream->probes) account_probe_ended(&stream->account->health);
    stream->probes = false;
    enum reaction reaction = trouble->reaction;
    if (reaction == REACTION_REFUSED && (!stream->authenticated || refused_alone(stream)))
        reaction = REACTION_CONFIGURE;
    const char *state = react(stream, trouble, reaction);
    set_words(stream, state, &trouble->error);
    note_next_attempt(stream, &stream->record, wakes_at(stream));
    bool given_up =
        reaction == REACTION_REFUSED && stream->account->health.failure_count >= ACCOUNT_FAILED_AFTER;
    if (fleet->once && (reaction_is_lasting(reaction) || given_up))
        finish(stream, reaction != REACTION_NOT_LICENSED);
    store_note(stream, reaction == REACTION_RESTART);
    account_wake(stream->account);
}

/* ---- Ending
 * ---------------------------------------------------------------------------------------------------------
 */

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
