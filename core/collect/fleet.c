#include "collect/fleet.h"

#include "base/container.h"
#include "base/error.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "collect/plan/token.h"
#include "collect/stream/account.h"
#include "collect/stream/notice.h"
#include "collect/stream/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE_CHECK_MS 1000
#define SCRATCH_LIMIT  ((size_t)16 << 20)
/* A source's working memory for one answer: what it may unpack and as much again. */
#define ARENA_HEADROOM 2

/* ---- Building ----------------------------------------------------------------------------------- */

static void set_limits(struct fleet *fleet, const struct config *config)
{
    fleet->limits = (struct answer_limits){
        .page_size = (size_t)config->journal.page_size,
        .page_events = (size_t)config->journal.page_events,
        .record_size = (size_t)config->limits.record_size,
        .arena_size = (size_t)(config->limits.expansion_size + config->http.response_limit) * ARENA_HEADROOM,
        .dead_size = (size_t)config->journal.dead_limit / 4,
    };
}

static postern_status create_sources(struct fleet *fleet, const struct config *config, postern_error *error)
{
    fleet->sources = calloc(config->source_count + 1, sizeof *fleet->sources);
    if (!fleet->sources) return error_no_memory(error, NULL);
    for (size_t i = 0; i < config->source_count; i++) {
        if (!config->sources[i].enabled) continue;
        const postern_source *source = registry_source(fleet->registry, config->sources[i].name);
        if (!source) continue; /* the configuration was checked against the registry */
        struct source_instance *instance = &fleet->sources[fleet->source_count];
        postern_status status = source_instance_create(source, &config->sources[i], instance, error);
        if (status < 0) return status;
        fleet->source_count++;
    }
    return POSTERN_OK;
}

static void take_settings(struct stream *stream, const struct config_source *config)
{
    stream->interval_ms = config->interval_ms;
    stream->remember_ms = config->remember_ms;
    stream->window = (struct window_settings){config->delay_ms, config->settle_ms, config->lookback_ms,
                                              config->replay_limit_ms, config->slice_ms};
    stream->left_out_before_ms =
        stream->declaration->kind == POSTERN_STREAM_TOKEN
            ? token_left_out_before(config->lookback_ms, stream->account->record.added_ms)
            : INT64_MIN;
}

static postern_status add_stream(struct fleet *fleet, struct account *account,
                                 const struct source_instance *source, const postern_stream *declaration,
                                 const struct config_source *config, postern_error *error)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) return error_no_memory(error, NULL);
    stream->fleet = fleet;
    stream->account = account;
    stream->source = source;
    stream->declaration = declaration;
    stream->authenticated = declaration->auth && strcmp(declaration->auth, "none") != 0;
    stream->pace.attempt = 1;
    snprintf(stream->scope, sizeof stream->scope, "%s/%s", account->name, declaration->name);
    snprintf(stream->record.name, sizeof stream->record.name, "%s", declaration->name);
    postern_status status = POSTERN_OK;
    if (fleet->journal)
        status = journal_stream(fleet->journal, account->record.id, account->name, source->source->name,
                                declaration->name, declaration->kind, &stream->record, error);
    struct stream **all = realloc(fleet->streams, (fleet->stream_count + 1) * sizeof(struct stream *));
    struct stream **own = realloc(account->streams, (account->stream_count + 1) * sizeof(struct stream *));
    if (all) fleet->streams = all;
    if (own) account->streams = own;
    if (status < 0 || !all || !own) {
        stream_free(stream);
        return status < 0 ? status : error_no_memory(error, NULL);
    }
    fleet->streams[fleet->stream_count++] = account->streams[account->stream_count++] = stream;
    take_settings(stream, config);
    return POSTERN_OK;
}

/* What lies before the replay limit is not read by itself after refused credentials were replaced: said out
 * loud, and left as a hole in the coverage. */
static postern_status limit_replay(struct stream *stream, postern_error *error)
{
    struct account *account = stream->account;
    int64_t from, until;
    if (stream->declaration->kind != POSTERN_STREAM_WINDOW ||
        !window_limit_replay(&stream->record, &stream->window, account->record.added_ms,
                             account->record.credentials_since_ms, &from, &until))
        return POSTERN_OK;
    const struct coverage_read edge = {.from_ms = from, .until_ms = from};
    struct journal_commit commit = {.stream = &stream->record, .coverage = &edge, .forget_settled = true};
    postern_status status = journal_commit_now(stream->fleet->journal, &commit, error);
    if (status < 0) return status;
    char first[TIMESTAMP_SIZE], last[TIMESTAMP_SIZE], message[320];
    snprintf(message, sizeof message,
             "gap: %s to %s of %s is not read by itself, because the credentials were refused and "
             "replay_limit bounds "
             "what is read after new ones came",
             timestamp_iso(from, first), timestamp_iso(until, last), stream->record.name);
    notice_emit(POSTERN_LOG_WARNING, account->name, message,
                "Ask for that range while the vendor still keeps it, or raise the source's replay_limit");
    return POSTERN_OK;
}

/* The account's record goes last: until it is stored, another start finds the old fingerprint and does this
 * again. */
static postern_status store_account(struct account *account, bool renewed_after_failure, postern_error *error)
{
    for (size_t i = 0; renewed_after_failure && i < account->stream_count; i++) {
        postern_status status = limit_replay(account->streams[i], error);
        if (status < 0) return status;
    }
    if (!account->record_changed || !account->fleet->journal) return POSTERN_OK;
    account->record_changed = false;
    struct journal_commit commit = {.account = &account->record};
    return journal_commit_now(account->fleet->journal, &commit, error);
}

static postern_status add_streams(struct fleet *fleet, struct account *account, const struct config *config,
                                  postern_error *error)
{
    for (size_t i = 0; i < fleet->source_count; i++) {
        const struct source_instance *source = &fleet->sources[i];
        size_t at = 0;
        while (strcmp(config->sources[at].name, source->source->name) != 0)
            at++;
        for (const postern_stream *const *stream = source->source->streams; *stream; stream++) {
            if (!account_offers(account, (*stream)->auth)) continue;
            postern_status status = add_stream(fleet, account, source, *stream, &config->sources[at], error);
            if (status < 0) return status;
        }
    }
    if (account->api != 1)
        log_write(
            POSTERN_LOG_WARNING, account->name,
            "collecting with API %d.0 is not available yet: nothing is read from Mimecast for this account",
            account->api);
    return POSTERN_OK;
}

static postern_status add_account(struct fleet *fleet, const struct config *config,
                                  const struct config_account *account_config, postern_error *error)
{
    struct account *account;
    bool renewed_after_failure;
    postern_status status = account_new(fleet, account_config, &account, &renewed_after_failure, error);
    if (status < 0) return status;
    fleet->accounts[fleet->account_count++] = account;
    status = add_streams(fleet, account, config, error);
    return status < 0 ? status : store_account(account, renewed_after_failure, error);
}

static void spread_starts(struct fleet *fleet)
{
    int64_t now = clock_monotonic_ms(fleet->clock);
    for (size_t i = 0; i < fleet->stream_count; i++) {
        struct stream *stream = fleet->streams[i];
        stream->pace.due_ms = schedule_first_due(now, i, fleet->stream_count, stream->interval_ms);
    }
}

static void take_over_limit(struct fleet *fleet, const struct stream *before)
{
    for (size_t i = 0; i < fleet->stream_count; i++) {
        struct pace *pace = &fleet->streams[i]->pace;
        if (fleet->streams[i]->record.id != before->record.id) continue;
        pace->not_before_ms = before->pace.not_before_ms;
        pace->limited = before->pace.limited;
    }
}

static void take_over(struct fleet *fleet, const struct fleet *before)
{
    for (struct host *host = fleet->hosts; host; host = host->next)
        for (const struct host *old = before->hosts; old; old = old->next)
            if (strcmp(host->name, old->name) == 0) host->clock = old->clock;
    for (size_t i = 0; i < before->stream_count; i++)
        if (before->streams[i]->pace.limited) take_over_limit(fleet, before->streams[i]);
}

static postern_status build(struct fleet *fleet, const struct config *config, postern_error *error)
{
    fleet->scratch = arena_new(SCRATCH_LIMIT);
    fleet->accounts = calloc(config->account_count + 1, sizeof(struct account *));
    if (!fleet->scratch || !fleet->accounts) return error_no_memory(error, NULL);
    set_limits(fleet, config);
    postern_status status = create_sources(fleet, config, error);
    for (size_t i = 0; status == POSTERN_OK && i < config->account_count; i++)
        status = add_account(fleet, config, &config->accounts[i], error);
    return status;
}

postern_status fleet_build(const struct collector_parts *parts, struct fleet_progress *progress,
                           const struct fleet *before, struct fleet **fleet, postern_error *error)
{
    struct fleet *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return error_no_memory(error, NULL);
    fresh->registry = parts->registry;
    fresh->journal = parts->journal;
    fresh->network = parts->network;
    fresh->workers = parts->workers;
    fresh->clock = parts->clock;
    fresh->random = parts->random;
    fresh->once = parts->once;
    fresh->progress = progress;
    postern_status status = build(fresh, parts->config, error);
    if (status < 0) {
        fleet_free(fresh);
        return status;
    }
    spread_starts(fresh);
    if (before) take_over(fresh, before);
    *fleet = fresh;
    return POSTERN_OK;
}

void fleet_store_accounts(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->account_count; i++) {
        postern_error error = ERROR_INIT;
        if (store_account(fleet->accounts[i], false, &error) < 0)
            log_error(POSTERN_LOG_WARNING, fleet->accounts[i]->name, &error);
    }
}

void fleet_free(struct fleet *fleet)
{
    if (!fleet) return;
    for (size_t i = 0; i < fleet->stream_count; i++)
        stream_free(fleet->streams[i]);
    for (size_t i = 0; i < fleet->account_count; i++)
        account_free(fleet->accounts[i]);
    for (size_t i = 0; i < fleet->source_count; i++)
        source_instance_destroy(&fleet->sources[i]);
    while (fleet->hosts) {
        struct host *next = fleet->hosts->next;
        free(fleet->hosts);
        fleet->hosts = next;
    }
    arena_free(fleet->scratch);
    free(fleet->streams);
    free(fleet->accounts);
    free(fleet->sources);
    free(fleet);
}

/* ---- Running ------------------------------------------------------------------------------------ */

/* Listeners of the journal cannot be taken back, so a stream that waits for space looks for it. */
static void look_for_space(struct network_timer *timer)
{
    struct fleet *fleet = CONTAINER_OF(timer, struct fleet, space_timer);
    fleet->space_timer_set = false;
    for (size_t i = 0; i < fleet->stream_count; i++)
        if (fleet->streams[i]->waits_for_space) stream_go(fleet->streams[i]);
}

void fleet_wait_for_space(struct fleet *fleet)
{
    if (fleet->space_timer_set) return;
    fleet->space_timer_set = true;
    fleet->space_timer.fire = look_for_space;
    network_timer_set(fleet->network, &fleet->space_timer, clock_monotonic_ms(fleet->clock) + SPACE_CHECK_MS);
}

void fleet_go(struct fleet *fleet)
{
    fleet->running = true;
    atomic_store(&fleet->progress->streams, fleet->stream_count);
    atomic_store(&fleet->progress->last_progress_ms, clock_monotonic_ms(fleet->clock));
    for (size_t i = 0; i < fleet->stream_count; i++)
        stream_start(fleet->streams[i]);
}

/* Once for each pause: the context may be gone afterwards. */
static void say_idle(struct fleet *fleet)
{
    void (*idle)(void *context) = fleet->idle;
    fleet->idle = NULL;
    if (idle) idle(fleet->idle_context);
}

void fleet_pause(struct fleet *fleet, void (*idle)(void *context), void *context)
{
    fleet->running = false;
    fleet->idle = idle;
    fleet->idle_context = context;
    network_timer_cancel(fleet->network, &fleet->space_timer);
    fleet->space_timer_set = false;
    for (size_t i = 0; i < fleet->stream_count; i++)
        stream_pause(fleet->streams[i]);
    if (!fleet->busy) say_idle(fleet);
}

void fleet_busy(struct fleet *fleet)
{
    fleet->busy++;
}

void fleet_done(struct fleet *fleet)
{
    fleet->busy--;
    if (!fleet->running && !fleet->busy) say_idle(fleet);
}
