#include "collect/fleet.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "collect/answer_limits.h"
#include "collect/by_id.h"
#include "collect/commits.h"
#include "collect/enrol.h"
#include "collect/former.h"
#include "collect/offered.h"
#include "collect/stream/access_token.h"
#include "collect/stream/account_options.h"
#include "collect/stream/account_quota.h"
#include "collect/stream/late_polls.h"
#include "collect/stream/memory.h"
#include "collect/stream/roster.h"
#include "collect/stream/state.h"

#include <stdlib.h>
#include <string.h>

#define SCRATCH_LIMIT ((size_t)16 << 20)

/* ---- Building ----------------------------------------------------------------------------------- */

static postern_status create_sources(struct fleet *fleet, const struct config *config, postern_error *error)
{
    fleet->sources = calloc(config->source_count + 1, sizeof *fleet->sources);
    if (!fleet->sources) return error_no_memory(error, NULL);
    for (size_t i = 0; i < config->source_count; i++) {
        if (!config->sources[i].enabled) continue;
        const postern_source *source = registry_source(fleet->registry, config->sources[i].name);
        if (!source) continue; /* the configuration was checked against the registry */
        struct source_instance *instance = &fleet->sources[fleet->source_count];
        postern_status status =
            source_instance_create(fleet->registry, source, &config->sources[i], instance, error);
        if (status < 0) return status;
        fleet->source_count++;
    }
    return POSTERN_OK;
}

static postern_status count_stream(void *context, const struct source_instance *source,
                                   const postern_stream *stream, postern_error *error)
{
    (void)source, (void)stream, (void)error;
    ++*(size_t *)context;
    return POSTERN_OK;
}

/* The room for it is there. */
static postern_status add_stream(void *context, const struct source_instance *source,
                                 const postern_stream *stream, postern_error *error)
{
    struct account *account = context;
    return stream_init(&account->streams[account->stream_count++], account, source, stream, error);
}

static postern_status add_streams(struct fleet *fleet, const struct wanted *wanted, struct account *account,
                                  postern_error *error)
{
    size_t count = 0;
    fleet_each_offered(fleet, wanted, count_stream, &count, error);
    account->streams = count ? calloc(count, sizeof *account->streams) : NULL;
    if (count && !account->streams) return error_no_memory(error, NULL);
    postern_status status = fleet_each_offered(fleet, wanted, add_stream, account, error);
    fleet->stream_count += account->stream_count;
    return status;
}

static postern_status add_account(struct fleet *fleet, const struct wanted *wanted, postern_error *error)
{
    const struct config_account *config = wanted->account;
    struct account *account;
    postern_status status = account_new(&fleet->shared, config, &account, error);
    if (status < 0) return status;
    fleet->accounts[fleet->account_count++] = account;
    status = account_options_take(account, config, fleet->sources, fleet->source_count, error);
    if (status == POSTERN_OK) status = add_streams(fleet, wanted, account, error);
    return status == POSTERN_OK ? account_quotas_make(account, error) : status;
}

static void each_stream(const struct fleet *fleet, void (*visit)(struct stream *stream, void *context),
                        void *context)
{
    for (size_t i = 0; i < fleet->account_count; i++)
        for (size_t k = 0; k < fleet->accounts[i]->stream_count; k++)
            visit(&fleet->accounts[i]->streams[k], context);
}

struct spread {
    int64_t now_ms, starts_per_second;
    size_t index, count;
};

static void spread_start(struct stream *stream, void *context)
{
    struct spread *spread = context;
    stream->pace.due_ms = schedule_first_due(spread->now_ms, spread->index++, spread->count,
                                             spread->starts_per_second, stream_settings(stream)->interval_ms);
}

static void take_over_clock(struct host *host, const struct host *before)
{
    int64_t trust_ms = host->clock.trust_ms; /* it may be what was changed */
    host->clock = before->clock;
    host->clock.trust_ms = trust_ms;
    host->said_offset_ms = before->said_offset_ms;
    host->said_at_ms = before->said_at_ms;
}

static void take_over_limit(struct stream *before, void *context)
{
    struct stream *stream = before->pace.limited ? by_id_stream(context, before->record.id) : NULL;
    if (!stream) return;
    stream->pace.not_before_ms = before->pace.not_before_ms;
    stream->pace.limited = before->pace.limited;
}

/* Another interval shows for itself whether it can be held. */
static void take_over_lateness(struct stream *before, void *context)
{
    bool is_late = before->lateness.is_late;
    struct stream *stream = is_late ? by_id_stream(context, before->record.id) : NULL;
    if (!stream || stream_settings(stream)->interval_ms != stream_settings(before)->interval_ms) return;
    const struct lateness *lateness = &before->lateness;
    stream->lateness = (struct lateness){
        .every = lateness->every, .cause = lateness->cause, .strikes = lateness->strikes, .is_late = is_late};
}

/* The page is the same as long as the place is. */
static void take_over_file_tries(struct stream *before, void *context)
{
    struct stream *stream = before->memory ? by_id_stream(context, before->record.id) : NULL;
    const char *old = before->record.position, *now = stream ? stream->record.position : NULL;
    if (!stream || (old && now ? strcmp(old, now) != 0 : old != now)) return;
    struct file_tries *tries = stream_file_tries(stream);
    if (!tries) return;
    file_tries_forget(tries);
    *tries = before->memory->file_tries;
    before->memory->file_tries = (struct file_tries){0};
}

/* Short of memory nothing is taken over: tokens are asked for again, and limits are met again. */
static void take_over_accounts(struct fleet *fleet, const struct fleet *before)
{
    _cleanup_(by_id_free) struct by_id accounts, streams;
    bool good = by_id_accounts(before, &accounts);
    good = by_id_streams(fleet, &streams) && good;
    for (size_t i = 0; good && i < fleet->account_count; i++) {
        const struct account *old = by_id_account(&accounts, fleet->accounts[i]->record.id);
        if (!old) continue;
        access_token_take_over(fleet->accounts[i], old);
        account_quotas_take_over(fleet->accounts[i], old);
        fleet->accounts[i]->rate = old->rate;
        fleet->accounts[i]->files_came = old->files_came;
    }
    if (good) each_stream(before, take_over_limit, &streams);
    if (good) each_stream(before, take_over_lateness, &streams);
    if (good) each_stream(before, take_over_file_tries, &streams);
}

static void take_over(struct fleet *fleet, const struct fleet *before)
{
    for (struct host *host = fleet->shared.hosts; host; host = host->next)
        for (const struct host *old = before->shared.hosts; old; old = old->next)
            if (strcmp(host->name, old->name) == 0) take_over_clock(host, old);
    take_over_accounts(fleet, before);
}

/* What they have learned since the last commit that took them along. */
static postern_status store_accounts(const struct fleet *fleet, postern_error *error)
{
    if (!fleet->shared.journal) return POSTERN_OK;
    struct commits commits = {.journal = fleet->shared.journal, .error = error};
    for (size_t i = 0; i < fleet->account_count; i++) {
        struct account *account = fleet->accounts[i];
        if (!account->record_changed) continue;
        account->record_changed = false;
        commits_add(&commits, &(struct journal_commit){.account = &account->record});
    }
    return commits_end(&commits);
}

static postern_status build(struct fleet *fleet, const struct config *config, postern_error *error)
{
    fleet->shared.scratch = arena_new(SCRATCH_LIMIT);
    fleet->accounts = calloc(config->account_count + 1, sizeof(struct account *));
    if (!fleet->shared.scratch || !fleet->accounts) return error_no_memory(error, NULL);
    fleet->shared.clock_trust_ms = config->http.clock_trust_ms;
    fleet->shared.limits = answer_limits_of(config);
    fleet->shared.requests_per_second = config->http.requests_per_second;
    fleet->shared.progress_limits = (struct progress_limits){.stalled_pages = config->limits.stalled_pages,
                                                             .known_pages = config->limits.known_pages};
    fleet->shared.download_limits =
        (struct download_limits){.budget = config->http.download_budget,
                                 .largest = config->http.response_limit,
                                 .at_once = (size_t)config->http.downloads_at_once};
    postern_status status = create_sources(fleet, config, error);
    if (status == POSTERN_OK && fleet->shared.journal) status = fleet_enrol(fleet, config, error);
    for (size_t i = 0; status == POSTERN_OK && i < config->account_count; i++)
        if (config_collects_any(config, &config->accounts[i]))
            status = add_account(fleet, &(struct wanted){config, &config->accounts[i]}, error);
    return status == POSTERN_OK ? store_accounts(fleet, error) : status;
}

postern_status fleet_build(const struct collector_parts *parts, struct fleet_progress *progress,
                           const struct fleet *before, struct fleet **fleet, postern_error *error)
{
    struct fleet *fresh = calloc(1, sizeof *fresh);
    if (!fresh) return error_no_memory(error, NULL);
    fresh->registry = parts->registry;
    fresh->shared = (struct stream_shared){.journal = parts->journal,
                                           .network = parts->network,
                                           .workers = parts->workers,
                                           .clock = parts->clock,
                                           .random = parts->random,
                                           .once = parts->once,
                                           .progress = progress};
    postern_status status = build(fresh, parts->config, error);
    if (status == POSTERN_OK) status = fleet_follow_former(fresh, error);
    if (status < 0) {
        fleet_free(fresh);
        return status;
    }
    struct spread spread = {.now_ms = clock_monotonic_ms(parts->clock),
                            .starts_per_second = parts->config->http.starts_per_second,
                            .count = fresh->stream_count};
    each_stream(fresh, spread_start, &spread);
    if (before) take_over(fresh, before);
    *fleet = fresh;
    return POSTERN_OK;
}

void fleet_store_accounts(struct fleet *fleet)
{
    postern_error error = ERROR_INIT;
    if (store_accounts(fleet, &error) < 0) log_error(POSTERN_LOG_WARNING, "accounts", &error);
}

static void clear_stream(struct stream *stream, void *context)
{
    (void)context;
    stream_clear(stream);
}

void fleet_free(struct fleet *fleet)
{
    if (!fleet) return;
    each_stream(fleet, clear_stream, NULL);
    for (size_t i = 0; i < fleet->account_count; i++)
        account_free(fleet->accounts[i]);
    for (size_t i = 0; i < fleet->source_count; i++)
        source_instance_destroy(&fleet->sources[i]);
    source_starts_clear(&fleet->shared.starts);
    account_free_places(&fleet->shared);
    roster_free(fleet->shared.roster);
    arena_free(fleet->shared.scratch);
    free(fleet->accounts);
    free(fleet->sources);
    free(fleet);
}

/* ---- Running ------------------------------------------------------------------------------------ */

static void start(struct stream *stream, void *context)
{
    (void)context;
    stream_start(stream);
}

void fleet_go(struct fleet *fleet)
{
    struct fleet_progress *progress = fleet->shared.progress;
    activity_begin(&fleet->shared.activity);
    if (progress->late) late_tally_clear(progress->late);
    atomic_store(&progress->streams, fleet->stream_count);
    atomic_store(&progress->last_progress_ms, clock_monotonic_ms(fleet->shared.clock));
    each_stream(fleet, start, NULL);
}

static void pause_stream(struct stream *stream, void *context)
{
    const bool *abandons_calls = context;
    stream_pause(stream, *abandons_calls);
}

static void pause_fleet(struct fleet *fleet, bool abandons_calls, void (*idle)(void *context), void *context)
{
    activity_pause(&fleet->shared.activity);
    for (size_t i = 0; i < fleet->account_count; i++)
        access_token_pause(fleet->accounts[i]);
    each_stream(fleet, pause_stream, &abandons_calls);
    activity_when_idle(&fleet->shared.activity, idle, context);
}

void fleet_pause(struct fleet *fleet, void (*idle)(void *context), void *context)
{
    pause_fleet(fleet, false, idle, context);
}

void fleet_pause_for_reload(struct fleet *fleet, void (*idle)(void *context), void *context)
{
    pause_fleet(fleet, true, idle, context);
}

static void hand_over_call(struct stream *before, void *context)
{
    const struct by_id *streams = context;
    stream_hand_over_call(before, streams ? by_id_stream(streams, before->record.id) : NULL);
}

/* Short of memory nobody waits, and a vendor may meet a second call. */
void fleet_hand_over_calls(struct fleet *fleet, const struct fleet *fresh)
{
    _cleanup_(by_id_free) struct by_id streams = {0};
    bool found = by_id_streams(fresh, &streams);
    each_stream(fleet, hand_over_call, found ? &streams : NULL);
}
