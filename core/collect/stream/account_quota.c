#include "collect/stream/account_quota.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/smaller.h"
#include "base/units.h"
#include "collect/stream/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A stream that has not caught up for so many of its intervals lags, whatever the reason. */
#define LAGS_AFTER_INTERVALS 2
/* A request that was forgotten reaches the vendor by then, or never. */
#define FORGOTTEN_MS (30 * 1000LL)
/* Of streams that go first it is not known how long they will. */
#define LOOK_AGAIN_MS 1000
/* So many streams share a quota at the most; those beyond do not see each other. */
#define CLAIMS 256

/* ---- Building ----------------------------------------------------------------------------------- */

static struct account_quota *find(const struct account *account, const char *name)
{
    for (struct account_quota *quota = account->quotas; quota && quota->name; quota++)
        if (strcmp(quota->name, name) == 0) return quota;
    return NULL;
}

struct account_quota *account_quota_of(const struct stream *stream)
{
    const struct stream_settings *settings = stream_settings(stream);
    return settings->quota_calls ? find(stream->account, settings->quota) : NULL;
}

/* Where streams of one quota have different numbers the strictest count. */
static void join(struct account *account, const struct stream *stream)
{
    const struct stream_settings *settings = stream_settings(stream);
    struct account_quota *quota = find(account, settings->quota);
    if (quota) {
        call_quota_set(&quota->calls, smaller(quota->calls.calls, settings->quota_calls),
                       larger(quota->calls.window_ms, settings->quota_window_ms));
        return;
    }
    for (quota = account->quotas; quota->name;)
        quota++;
    quota->name = settings->quota;
    call_quota_set(&quota->calls, settings->quota_calls, settings->quota_window_ms);
}

static postern_status recall(const struct account *account, struct account_quota *quota, postern_error *error)
{
    const struct clock *clock = account->shared->clock;
    _cleanup_(buffer_free) struct buffer text = {.limit = CALL_QUOTA_TEXT_LIMIT};
    postern_status status =
        journal_calls(account->shared->journal, account->record.id, quota->name, &text, error);
    if (status == POSTERN_OK && text.size)
        call_quota_read(&quota->calls, clock_monotonic_ms(clock), clock_wall_ms(clock), buffer_text(&text));
    return status;
}

postern_status account_quotas_make(struct account *account, postern_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < account->stream_count; i++)
        count += stream_settings(&account->streams[i])->quota_calls > 0;
    if (!count) return POSTERN_OK;
    account->quotas = calloc(count + 1, sizeof *account->quotas);
    if (!account->quotas) return error_no_memory(error, NULL);
    for (size_t i = 0; i < account->stream_count; i++)
        if (stream_settings(&account->streams[i])->quota_calls) join(account, &account->streams[i]);
    postern_status status = POSTERN_OK;
    for (struct account_quota *quota = account->quotas;
         account->shared->journal && status == POSTERN_OK && quota->name; quota++)
        status = recall(account, quota, error);
    return status;
}

void account_quotas_free(struct account *account)
{
    for (struct account_quota *quota = account->quotas; quota && quota->name; quota++)
        call_quota_free(&quota->calls);
    free(account->quotas);
}

void account_quotas_take_over(struct account *account, const struct account *before)
{
    for (struct account_quota *quota = account->quotas; quota && quota->name; quota++) {
        struct account_quota *old = find(before, quota->name);
        if (old) call_quota_take_over(&quota->calls, &old->calls);
    }
}

/* ---- Who may ask -------------------------------------------------------------------------------- */

/* Wall clock; 0 = it lags already. */
static int64_t lags_from_ms(const struct stream *stream)
{
    if (stream->has_more || !stream->record.caught_up_ms) return 0;
    return stream->record.caught_up_ms + LAGS_AFTER_INTERVALS * stream_settings(stream)->interval_ms;
}

static bool grants(const struct stream *stream, struct account_quota *quota, int64_t *before)
{
    const struct account *account = stream->account;
    int64_t wall = stream_wall_ms(stream);
    struct quota_claim claims[CLAIMS];
    size_t count = 1; /* its own is the first */
    claims[0] = (struct quota_claim){true, wall >= lags_from_ms(stream), stream->record.last_attempt_ms};
    for (size_t i = 0; i < account->stream_count && count < CLAIMS; i++) {
        const struct stream *other = &account->streams[i];
        if (other == stream || other->finished || account_quota_of(other) != quota) continue;
        claims[count++] = (struct quota_claim){other->waits_for_call, wall >= lags_from_ms(other),
                                               other->record.last_attempt_ms};
    }
    return !call_quota_gives_way(&quota->calls, stream_now_ms(stream), claims, count, 0, before);
}

bool account_quota_grants(struct stream *stream, int64_t *again_ms, char words[QUOTA_WORDS])
{
    struct account_quota *quota = account_quota_of(stream);
    int64_t before, now = stream_now_ms(stream);
    char window[32];
    if (!quota || grants(stream, quota, &before)) return true;
    stream->waits_for_call = true;
    duration_format(quota->calls.window_ms, window);
    if (before < call_quota_left(&quota->calls, now)) {
        *again_ms = now + larger(lags_from_ms(stream) - stream_wall_ms(stream), LOOK_AGAIN_MS);
        snprintf(words, QUOTA_WORDS,
                 "of the %lld calls in %s that the vendor allows few are left, and streams that have more to "
                 "read go first",
                 (long long)quota->calls.calls, window);
        return false;
    }
    *again_ms = call_quota_when(&quota->calls, now, before + 1);
    if (now < quota->calls.not_before_ms)
        snprintf(words, QUOTA_WORDS,
                 "the vendor wants no calls for a while, of no stream that shares its quota");
    else
        snprintf(words, QUOTA_WORDS, "the %lld calls in %s that the vendor allows are used up",
                 (long long)quota->calls.calls, window);
    return false;
}

void account_quota_wake(const struct stream *stream)
{
    const struct account *account = stream->account;
    const struct account_quota *quota = account_quota_of(stream);
    for (size_t i = 0; quota && i < account->stream_count; i++)
        if (account->streams[i].waits_for_call && account_quota_of(&account->streams[i]) == quota)
            stream_wake(&account->streams[i]);
}

/* ---- What was asked ----------------------------------------------------------------------------- */

void account_quota_ended(const struct stream *stream, const struct request *request)
{
    struct account_quota *quota = account_quota_of(stream);
    if (!quota) return;
    if (request->exchange.tries == 0) call_quota_cancel(&quota->calls); /* nothing has reached the vendor */
    for (int i = 0; i < request->exchange.tries; i++) {
        if (i > 0) call_quota_begin(&quota->calls); /* sent again on another connection */
        call_quota_end(&quota->calls, stream_now_ms(stream));
    }
    account_quota_wake(stream);
}

void account_quota_forgotten(const struct stream *stream)
{
    struct account_quota *quota = account_quota_of(stream);
    if (quota) call_quota_end(&quota->calls, stream_now_ms(stream) + FORGOTTEN_MS);
}

void account_quota_hold(const struct stream *stream, int64_t wait_ms)
{
    struct account_quota *quota = account_quota_of(stream);
    if (quota && wait_ms > 0) call_quota_hold(&quota->calls, stream_now_ms(stream) + wait_ms);
}
