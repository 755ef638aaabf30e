#include "collect/stream/trouble.h"

#include "base/error.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "collect/plan/token.h"
#include "collect/stream/account.h"
#include "collect/stream/host_clock.h"
#include "collect/stream/late_polls.h"
#include "collect/stream/memory.h"
#include "collect/stream/page_commit.h"
#include "collect/stream/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stream whose credentials were refused so often while its account works otherwise has a problem of its
 * own. */
#define OWN_REFUSALS 3
/* How often a stream looks whether the journal has space again. */
#define SPACE_CHECK_MS 1000
/* A note that could not be stored for want of memory is not worth more than a try: the stream goes on. */
#define NO_MEMORY_WAIT_MS 1000

static void count_kept(struct stream *stream, const struct answer *answer)
{
    struct fleet_progress *progress = stream->shared->progress;
    stream->record.events += answer->events;
    atomic_fetch_add(&progress->events, answer->events);
    if (answer->events) atomic_store(&progress->last_progress_ms, stream_now_ms(stream));
}

static void note_stored(struct page_commit *commit)
{
    struct stream *stream = commit->stream;
    char scope[STREAM_SCOPE_SIZE];
    if (commit->status < 0) log_error(POSTERN_LOG_DEBUG, stream_scope(stream, scope), &commit->error);
    stream->phase = PHASE_RESTING;
    if (commit->status < 0 && commit->answer) {
        struct trouble trouble;
        trouble_of_commit(&commit->error, commit->status, &trouble);
        if (commit->raised_attempt) stream->pace.attempt--; /* nothing of it is kept: it does not count */
        page_commit_free(commit);
        stream_take_trouble(stream, &trouble);
    } else {
        if (commit->answer) count_kept(stream, commit->answer);
        page_commit_free(commit);
        stream_wake(stream);
    }
    activity_done(&stream->shared->activity);
}

/* The vendor refused the place of a stream that had not been read for long: until it shows how far back its
 * oldest lies, all that may be missing counts as a gap. */
static void add_gap(const struct stream *stream, struct page_commit *commit)
{
    if (stream_has_passes(stream) || !token_gap_from_ms(&stream->record, stream_wall_ms(stream))) return;
    int64_t now = server_clock_for_until(&stream->account->host->clock, clock_read(stream->shared->clock));
    commit->coverage = (struct coverage_read){
        .from_ms = now - TOKEN_KEPT_MS, .until_ms = now - TOKEN_KEPT_MS, .begins_anew = true};
    commit->commit.coverage = &commit->coverage;
}

/* Stores the record for `status`, and the events of an answer that failed (NULL = none; owned); the stream
 * goes on when that is done, whether it worked or not. */
static void store_note(struct stream *stream, bool forget_downloads, struct answer *answer, bool raised)
{
    struct page_commit *commit = page_commit_new(stream);
    if (!commit) {
        if (answer && raised) stream->pace.attempt--;
        answer_free(answer);
        stream->phase = PHASE_RESTING;
        stream_wake_at(stream, stream_now_ms(stream) + NO_MEMORY_WAIT_MS);
        return;
    }
    commit->commit.downloads_clear = forget_downloads;
    commit->raised_attempt = raised;
    if (answer) page_commit_add_events(commit, answer);
    if (forget_downloads) add_gap(stream, commit);
    stream->phase = PHASE_COMMITTING;
    activity_busy(&stream->shared->activity);
    page_commit_send(commit, note_stored);
}

/* What the user must do about a stream that may not be read, in the words of its declaration. */
static void advise(const struct stream *stream, postern_error *words)
{
    const postern_stream *declared = stream->declaration;
    const char *product = POSTERN_HAS(declared, product) ? declared->product : NULL;
    char often[32];
    if (words->remedy[0]) return;
    if (words->code == POSTERN_E_PERMISSION && declared->permission)
        error_remedy(words,
                     "Grant the permission \"%s\" to the role of the API user%s%s%s; it is looked at again "
                     "every %s",
                     declared->permission, product ? ", and the product \"" : "", product ? product : "",
                     product ? "\" to its application" : "",
                     duration_format(stream_settings(stream)->permission_recheck_ms, often));
    if (words->code == POSTERN_E_LICENSE && product)
        error_remedy(words,
                     "The account needs the product \"%s\"; it is looked at again every %s, and nothing need "
                     "be done",
                     product, duration_format(stream_settings(stream)->license_recheck_ms, often));
}

/* What the account or the journal tells, or what is over soon in any case, is no notice of each stream. */
static enum notice_kind kind_of(enum stream_state state)
{
    switch (state) {
    case STREAM_RETRYING:
    case STREAM_FAILED:
        return NOTICE_STREAM_TROUBLE;
    case STREAM_NOT_PERMITTED:
        return NOTICE_STREAM_NOT_PERMITTED;
    case STREAM_NOT_LICENSED:
        return NOTICE_STREAM_NOT_LICENSED;
    default:
        return NOTICE_NONE;
    }
}

_Static_assert(NOTICE_KINDS < 1 << 5, "each kind fits into `told` of a stream");

static void emit(struct stream *stream, enum stream_state state, const postern_error *words)
{
    enum notice_kind kind = kind_of(state);
    if (kind == NOTICE_NONE || stream->told == kind) return;
    struct notice notice = stream_notice(stream, kind, words->message);
    notice.remedy = words->remedy;
    if (state == STREAM_RETRYING) notice.since_ms = trouble_since(stream->record.trouble);
    if (notice_emit(stream->shared->journal, &notice)) stream->told = (unsigned)kind & 31u;
}

static void set_words(struct stream *stream, enum stream_state state, const struct trouble *trouble)
{
    struct stream_record *record = &stream->record;
    const postern_error *error = &trouble->error;
    postern_error words = *error;
    /* What every stream of the account suffers from is announced once, by the account. */
    bool announced = error->code == POSTERN_E_CREDENTIALS && stream->account->health.failure_count > 0 &&
                     strcmp(error->message, trouble_error(stream->account->record.trouble)) == 0;
    advise(stream, &words);
    if (record->page_number > 0) error_prefix(&words, "page %lld: ", (long long)record->page_number + 1);
    bool news = record->state != state || strcmp(trouble_error(record->trouble), words.message) != 0;
    int64_t since_ms = trouble_since(record->trouble);
    record->state = state;
    free(record->trouble);
    record->trouble = trouble_words_new(words.message, words.remedy, trouble->request_id);
    record->last_error_ms = stream_wall_ms(stream);
    if (record->trouble) record->trouble->since_ms = since_ms ? since_ms : record->last_error_ms;
    char scope[STREAM_SCOPE_SIZE];
    int32_t level = state == STREAM_NOT_LICENSED ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING;
    error_name_request(&words, trouble->request_id);
    if (!announced) emit(stream, state, &words);
    log_error(news && !announced && !trouble->is_said ? level : POSTERN_LOG_DEBUG,
              stream_scope(stream, scope), &words);
}

void stream_wait_for_space(struct stream *stream)
{
    late_polls_forget(stream);
    stream_wake_at(stream, stream_now_ms(stream) + SPACE_CHECK_MS);
    if (stream->record.state == STREAM_FULL) return;
    struct trouble trouble = {.error = ERROR_INIT};
    struct journal_space space;
    journal_space(stream->shared->journal, &space);
    trouble_no_space(&space, &trouble.error);
    set_words(stream, STREAM_FULL, &trouble);
    store_note(stream, false, NULL, false);
}

void stream_wait_for_account(struct stream *stream, int64_t again_ms)
{
    struct account *account = stream->account;
    account->health.failure_count ? late_polls_forget(stream) : late_polls_excuse(stream);
    if (stream->shared->once && account->health.failure_count >= ACCOUNT_FAILED_AFTER) {
        stream_finish(stream, true);
    } else {
        stream->waits_for_account = true;
        if (again_ms != INT64_MAX) stream_wake_at(stream, again_ms);
    }
    enum stream_state state = stream->record.state;
    if (!account->health.failure_count || state == STREAM_RETRYING || state == STREAM_WAITING ||
        state == STREAM_FAILED)
        return;
    struct trouble trouble = {.error = ERROR_INIT};
    error_set(&trouble.error, POSTERN_E_CREDENTIALS, "%s", trouble_error(account->record.trouble));
    error_remedy(&trouble.error, "%s", trouble_remedy(account->record.trouble));
    set_words(stream, STREAM_WAITING, &trouble);
    store_note(stream, false, NULL, false);
}

/* What is over so soon is not worth a word. */
#define CALL_WAIT_SAID_MS 10000

void stream_wait_for_call(struct stream *stream, int64_t again_ms, const char *words)
{
    struct stream_record *record = &stream->record;
    enum stream_state state = record->state;
    late_polls_excuse(stream);
    stream_wake_at(stream, again_ms);
    struct fleet_progress *progress = stream->shared->progress;
    if (again_ms > atomic_load(&progress->waits_until_ms)) atomic_store(&progress->waits_until_ms, again_ms);
    if (state != STREAM_OK && state != STREAM_PENDING && state != STREAM_OUT_OF_CALLS) return;
    bool is_said = state == STREAM_OUT_OF_CALLS && record->next_attempt_ms > stream_wall_ms(stream) &&
                   strcmp(trouble_error(record->trouble), words) == 0;
    if (is_said || again_ms - stream_now_ms(stream) < CALL_WAIT_SAID_MS) return;
    late_polls_forget(stream);
    record->state = STREAM_OUT_OF_CALLS;
    free(record->trouble);
    record->trouble = trouble_words_new(words, NULL, NULL);
    stream_note_next_attempt(stream, record, again_ms);
    store_note(stream, false, NULL, false);
}

void stream_wait_for_secret(struct stream *stream)
{
    const struct trouble_words *words = stream->account->record.trouble;
    struct stream_record *record = &stream->record;
    late_polls_forget(stream);
    if (stream->shared->once) stream_finish(stream, true);
    if (record->state == STREAM_FAILED && !record->next_attempt_ms &&
        strcmp(trouble_error(record->trouble), trouble_error(words)) == 0)
        return; /* said already; no timer is set */
    record->state = STREAM_FAILED;
    record->next_attempt_ms = 0;
    record->last_error_ms = stream_wall_ms(stream);
    free(record->trouble);
    record->trouble = trouble_words_new(trouble_error(words), trouble_remedy(words), NULL);
    store_note(stream, false, NULL, false);
}

/* The credentials were refused here although the account works elsewhere, again and again. */
static bool refused_alone(struct stream *stream)
{
    if (stream->refusals++ == 0) stream->first_refused_ms = stream_now_ms(stream);
    return stream->refusals >= OWN_REFUSALS && stream->account->last_success_ms > stream->first_refused_ms;
}

static int64_t recheck_after_ms(const struct stream *stream, enum reaction reaction)
{
    if (reaction == REACTION_NOT_PERMITTED) return stream_settings(stream)->permission_recheck_ms;
    if (reaction == REACTION_NOT_LICENSED) return stream_settings(stream)->license_recheck_ms;
    return SCHEDULE_RECHECK_MS;
}

static void restart_token(struct stream *stream)
{
    char since[TIMESTAMP_SIZE], message[320];
    int64_t from_ms = token_gap_from_ms(&stream->record, stream_wall_ms(stream));
    token_restart(&stream->record);
    if (!from_ms) return;
    snprintf(message, sizeof message,
             "gap: the vendor refused the place where %s stopped, and it is read again from the oldest. What "
             "was published since %s and is not kept any more is missing",
             stream->record.name, timestamp_iso(from_ms, since));
    const struct notice notice = stream_notice(stream, NOTICE_GAP_RECORDED, message);
    notice_say(stream->shared->journal, &notice);
}

static enum stream_state react(struct stream *stream, const struct trouble *trouble, enum reaction reaction)
{
    struct pace *pace = &stream->pace;
    int64_t now = stream_now_ms(stream);
    if (trouble->raises_attempt) pace->attempt++;
    switch (reaction) {
    case REACTION_WAIT:
        pace_limited(pace, now, trouble->wait_ms);
        late_polls_wait(stream, LATE_LIMIT, trouble->wait_ms);
        break;
    case REACTION_REFUSED:
        account_saw_refusal(stream->account, trouble);
        pace_failed(pace, now, 0, stream->shared->random);
        if (stream->account->health.status == ACCOUNT_FAILED) return STREAM_FAILED;
        break;
    case REACTION_RESTART:
        if (stream_has_passes(stream))
            window_drop_pass(&stream->record);
        else
            restart_token(stream);
        stream->polling = stream->pass_open = false;
        stream_forget_round(stream);
        pace_restarted(pace, now, stream->shared->random);
        break;
    case REACTION_NOT_PERMITTED:
    case REACTION_NOT_LICENSED:
    case REACTION_CONFIGURE:
        stream->polling = stream->pass_open = false;
        pace->due_ms = now + recheck_after_ms(stream, reaction);
        break;
    case REACTION_OVERFULL:
        break; /* it goes on at its interval */
    case REACTION_STALLED:
        stream->polling = stream->pass_open = false;
        pace_stalled(pace, now, stream->shared->random);
        break;
    case REACTION_RETRY:
    case REACTION_FULL:
        pace_failed(pace, now, trouble->wait_ms, stream->shared->random);
        break;
    }
    return reaction_state(reaction);
}

/* Refused, but the request was signed with a time that this very answer shows to be wrong: that says nothing
 * about the credentials. */
static void sign_again(struct stream *stream, const struct trouble *refusal)
{
    char scope[STREAM_SCOPE_SIZE];
    log_write(POSTERN_LOG_WARNING, stream_scope(stream, scope),
              "this machine's clock differs from the vendor's: signing again with the vendor's time");
    server_clock_signature_refused(&stream->account->host->clock, refusal->signed_offset_ms);
    stream->clock_was_off = false;
    stream->signed_again = true;
    stream->polling = stream->pass_open = false; /* it was planned with our time, too */
    stream->phase = PHASE_RESTING;
    stream_wake(stream);
    account_wake(stream->account);
}

/* A range was refused that ends behind what the refusal shows of the server's clock. */
static bool asked_for_the_future(const struct stream *stream, enum reaction reaction)
{
    const struct server_clock *clock = &stream->account->host->clock;
    if (reaction != REACTION_CONFIGURE || !stream_is_window(stream) || !clock->known) return false;
    int64_t server_ms = server_clock_for_signing(clock, clock_read(stream->shared->clock));
    return stream->pass_open && stream->record.pass_until_ms > server_ms + HOST_CLOCK_OFF_MS;
}

static void plan_again(struct stream *stream)
{
    struct server_clock *clock = &stream->account->host->clock;
    char scope[STREAM_SCOPE_SIZE];
    log_write(POSTERN_LOG_WARNING, stream_scope(stream, scope),
              "the range that was asked for lies in the vendor's future: asking again by the vendor's clock");
    server_clock_vouch(clock, clock->offset_ms, clock_read(stream->shared->clock));
    stream_mend_future(stream, &stream->record);
    stream->polling = stream->pass_open = false;
    stream->planned_again = true;
    stream->phase = PHASE_RESTING;
    stream_wake(stream);
    account_wake(stream->account);
}

static void take(struct stream *stream, struct answer *answer, const struct trouble *given)
{
    struct trouble filled = *given, *trouble = &filled;
    account_add_remedy(stream->account, &trouble->error);
    if (stream->probes) account_probe_ended(&stream->account->health);
    stream->probes = false;
    enum reaction reaction = trouble->reaction;
    if (reaction == REACTION_REFUSED && stream->clock_was_off && !stream->signed_again) {
        answer_free(answer);
        sign_again(stream, trouble);
        return;
    }
    if (!stream->planned_again && asked_for_the_future(stream, reaction)) {
        answer_free(answer);
        plan_again(stream);
        return;
    }
    stream->signed_again = stream->planned_again = false;
    if (reaction == REACTION_REFUSED && (!stream->authenticated || refused_alone(stream)))
        reaction = REACTION_CONFIGURE;
    set_words(stream, react(stream, trouble, reaction), trouble);
    bool is_single =
        reaction == REACTION_WAIT || stream->pace.failures <= 1; /* and over with the next poll */
    if (reaction_is_lasting(reaction) || !is_single) late_polls_forget(stream);
    stream_note_next_attempt(stream, &stream->record, stream_wakes_at(stream));
    bool given_up =
        reaction == REACTION_REFUSED && stream->account->health.failure_count >= ACCOUNT_FAILED_AFTER;
    if (stream->shared->once && (reaction_is_lasting(reaction) || given_up || reaction == REACTION_STALLED))
        stream_finish(stream, reaction != REACTION_NOT_LICENSED);
    store_note(stream, reaction == REACTION_RESTART, answer, trouble->raises_attempt);
    account_wake(stream->account);
}

void stream_take_trouble(struct stream *stream, const struct trouble *given)
{
    take(stream, NULL, given);
}

void stream_take_failed_try(struct stream *stream, struct answer *answer, const struct trouble *given)
{
    if (!answer->is_try) {
        answer_free(answer);
        answer = NULL;
    }
    take(stream, answer, given);
}
