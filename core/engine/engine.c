#include "engine/engine.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/real_time.h"
#include "base/text.h"
#include "engine/http_service.h"
#include "engine/metrics_service.h"
#include "engine/migration.h"
#include "engine/names.h"
#include "engine/open_files.h"
#include "engine/reread.h"
#include "engine/restart.h"
#include "engine/setup.h"
#include "journal/notice.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define METRICS_EVERY_MS 3000

static postern_status open_journal(struct engine *engine, postern_error *error)
{
    const struct journal_settings settings = setup_journal(engine->config);
    return journal_open(engine->config->state, &settings, engine->clock, &engine->journal, error);
}

/* Only once a configuration is in force: modules may be unpacking at this moment. */
static void apply_module_limits(struct engine *engine)
{
    const struct config_limits *limits = &engine->config->limits;
    registry_set_limits(engine->registry,
                        &(struct module_limits){limits->member_size, limits->member_count,
                                                limits->expansion_size, limits->record_size});
}

postern_status engine_start_network(struct engine *engine, postern_error *error)
{
    apply_module_limits(engine);
    const struct config_http *http = &engine->config->http;
    engine->connections = open_files_for_connections(http->max_connections);
    return network_start(&(struct http_settings){.ca_file = http->ca_file,
                                                 .proxy = http->proxy,
                                                 .no_proxy = http->no_proxy,
                                                 .connect_timeout_ms = http->connect_timeout_ms,
                                                 .timeout_ms = http->timeout_ms,
                                                 .idle_timeout_ms = http->idle_timeout_ms,
                                                 .max_connections = engine->connections,
                                                 .max_connections_per_host = http->max_connections_per_host,
                                                 .response_limit = http->response_limit,
                                                 .spill_above = http->spill_above,
                                                 .spill_directory = engine->journal
                                                                        ? journal_directory(engine->journal)
                                                                        : engine->config->state,
                                                 .http2 = http->http2},
                         engine->clock, &engine->network, error);
}

static postern_status start_deliverer(struct engine *engine, postern_error *error)
{
    return deliverer_start(&(struct deliverer_parts){.config = engine->config,
                                                     .registry = engine->registry,
                                                     .journal = engine->journal,
                                                     .workers = engine->script_workers,
                                                     .clock = engine->clock,
                                                     .random = engine->random,
                                                     .told_to_stop = engine->told_to_stop},
                           &engine->deliverer, error);
}

struct collector_parts engine_collector_parts(const struct engine *engine, bool once)
{
    return (struct collector_parts){.config = engine->config,
                                    .registry = engine->registry,
                                    .journal = engine->journal,
                                    .network = engine->network,
                                    .workers = engine->answer_workers,
                                    .clock = engine->clock,
                                    .random = engine->random,
                                    .once = once};
}

static postern_status start_collector(struct engine *engine, bool once, postern_error *error)
{
    postern_status status = engine_start_network(engine, error);
    if (status < 0) return status;
    struct collector_parts parts = engine_collector_parts(engine, once);
    return collector_start(&parts, &engine->collector, error);
}

/* What was renamed goes on under its new name. */
static postern_status take_names(struct engine *engine, postern_error *error)
{
    struct names_plan plan;
    postern_error storing = ERROR_INIT;
    postern_status status = names_plan(engine->journal, engine->config, &plan, error);
    if (status < 0) return status;
    postern_status stored =
        plan.changes ? journal_rename(engine->journal, &plan.renames, &storing) : POSTERN_OK;
    if (stored < 0 && plan.renames.rename_count) {
        if (error) *error = storing;
        status = stored;
    } else if (stored < 0) { /* a full disk must not keep it from starting */
        log_error(POSTERN_LOG_WARNING, "journal", &storing);
    }
    names_plan_free(&plan);
    return status;
}

static void add_intervals(struct tolerance *tolerance, const struct config_source *config,
                          const postern_source *source)
{
    for (const postern_stream *const *stream = source->streams;
         *stream && tolerance->interval_count < TOLERANCE_STREAMS; stream++) {
        struct stream_interval *interval = &tolerance->intervals[tolerance->interval_count++];
        interval->interval_ms = config_source_of_stream(config, *stream).interval_ms;
        snprintf(interval->stream, sizeof interval->stream, "%s %s", (*stream)->name, (*stream)->auth);
    }
}

static struct tolerance tolerance_of(const struct config *config, const struct module_registry *registry)
{
    const struct config_status *status = &config->status;
    struct tolerance tolerance = {.stalled_ms = status->stalled_ms,
                                  .pending_ms = status->pending_ms,
                                  .missed_polls = status->missed_polls,
                                  .backlog_ms = status->backlog_ms,
                                  .once_ms = status->once_ms,
                                  .idle_flush_ms = config->journal.idle_flush_ms};
    for (size_t i = 0; i < config->source_count; i++) {
        const postern_source *source = registry_source(registry, config->sources[i].name);
        if (source) add_intervals(&tolerance, &config->sources[i], source);
    }
    return tolerance;
}

static postern_status start_heartbeat(struct engine *engine, bool once, postern_error *error)
{
    struct tolerance tolerance = tolerance_of(engine->config, engine->registry);
    return heartbeat_service_start(&(struct heartbeat_parts){.journal = engine->journal,
                                                             .network = engine->network,
                                                             .deliverer = engine->deliverer,
                                                             .main = &engine->pulse,
                                                             .clock = engine->clock,
                                                             .once = once},
                                   &tolerance, &engine->heartbeat, error);
}

static void take_notices(struct engine *engine, bool wanted)
{
    const struct config_notices *notices = &engine->config->notices;
    journal_take_notices(engine->journal, &(struct notice_settings){.wanted = wanted,
                                                                    .after_ms = notices->after_ms,
                                                                    .repeat_ms = notices->repeat_ms,
                                                                    .per_hour = notices->per_hour});
}

/* Before anything that may be worth one. A journal that was full when the last run ended may have room now.
 */
static void begin_notices(struct engine *engine)
{
    take_notices(engine, config_takes_notices(engine->config));
    if (!journal_is_full(engine->journal))
        notice_emit(engine->journal,
                    &(struct notice){.kind = NOTICE_JOURNAL_RECOVERED, .message = "can be written"});
}

postern_status engine_start(struct engine *engine, struct config *config, struct module_registry *registry,
                            struct engine_choice choice, postern_error *error)
{
    *engine = (struct engine){.config = config,
                              .registry = registry,
                              .clock = clock_process(),
                              .random = random_system(),
                              .told_to_stop = choice.told_to_stop};
    engine->answer_workers = workers_new((size_t)config->limits.workers);
    engine->script_workers = workers_new((size_t)config->limits.workers);
    bool has_workers = engine->answer_workers && engine->script_workers;
    postern_status status = has_workers ? POSTERN_OK : error_no_memory(error, NULL);
    if (status >= 0 && !choice.journal_only) status = registry_load_libraries(error);
    if (status >= 0) status = open_journal(engine, error);
    if (status >= 0) status = metrics_file_open(&engine->metrics, journal_directory(engine->journal), error);
    if (status >= 0 && (!http_service_set_defaults(registry, &config->http) ||
                        !registry_set_spill_directory(registry, journal_directory(engine->journal))))
        status = error_no_memory(error, NULL);
    if (status >= 0) status = migration_adopt(engine->journal, config, error);
    if (status >= 0) status = take_names(engine, error);
    if (status >= 0 && choice.collect) migration_settle(engine->journal, config);
    if (status >= 0) apply_module_limits(engine);
    if (status >= 0 && choice.collect) begin_notices(engine);
    if (status >= 0 && !choice.journal_only) status = start_deliverer(engine, error);
    if (status >= 0 && choice.collect) status = start_collector(engine, choice.once, error);
    if (status >= 0 && choice.collect) status = start_heartbeat(engine, choice.once, error);
    if (status < 0) {
        engine->config = NULL; /* stays the caller's */
        engine_stop(engine, 5000);
    }
    return status;
}

struct change {
    struct engine *engine;
    struct config *config;
    bool collector_took_over;
};

static postern_status reload_collector(void *context, postern_error *error)
{
    struct change *change = context;
    if (!change->engine->collector) return POSTERN_OK;
    postern_status status = collector_reload(change->engine->collector, change->config, error);
    change->collector_took_over = status >= 0;
    return status;
}

/* All or nothing: what took over the new configuration goes back to the old one. */
static postern_status reload_parts(struct engine *engine, struct config *config, postern_error *error)
{
    struct change change = {engine, config, false};
    postern_error going_back = ERROR_INIT;
    struct names_plan plan;
    postern_status status = migration_adopt(engine->journal, config, error);
    if (status >= 0) status = names_plan(engine->journal, config, &plan, error);
    if (status < 0) return status;
    const struct journal_renames *renames = plan.renames.rename_count ? &plan.renames : NULL;
    status = deliverer_reload_renamed(engine->deliverer, config, renames, reload_collector, &change, error);
    if (status < 0 && change.collector_took_over &&
        collector_reload(engine->collector, engine->config, &going_back) < 0)
        log_error(POSTERN_LOG_ERROR, "collector", &going_back);
    if (status >= 0 && !renames && plan.changes &&
        journal_rename(engine->journal, &plan.renames, &going_back) < 0)
        log_error(POSTERN_LOG_WARNING, "journal", &going_back); /* the next start or reload does it again */
    names_plan_free(&plan);
    if (status >= 0) migration_settle(engine->journal, config);
    return status;
}

postern_status engine_reload(struct engine *engine, struct config *config, postern_error *error)
{
    postern_status status = POSTERN_OK;
    if (strcmp(config->state, engine->config->state) != 0) {
        status = error_set(error, POSTERN_E_CONFIG, "the state directory cannot change while Postern runs");
        error_remedy(error, "restart Postern to move to %s", config->state);
    }
    pulse_step(&engine->pulse, "reloading", clock_monotonic_ms(engine->clock));
    bool took = config_takes_notices(engine->config), takes = config_takes_notices(config);
    take_notices(engine, took || takes); /* the reload itself may be worth one */
    if (status >= 0) status = reload_parts(engine, config, error);
    pulse_rest(&engine->pulse);
    if (status < 0) {
        take_notices(engine, took);
        config_free(config);
        return status;
    }
    if (!http_service_set_defaults(engine->registry, &config->http))
        log_write(POSTERN_LOG_WARNING, NULL, "out of memory: sinks keep the old settings of http { ... }");
    restart_report(engine->config, config);
    engine_forget_reread(engine);
    config_free(engine->config);
    engine->config = config;
    apply_module_limits(engine);
    take_notices(engine, takes);
    struct tolerance tolerance = tolerance_of(config, engine->registry);
    if (engine->heartbeat) heartbeat_service_tolerate(engine->heartbeat, &tolerance);
    return POSTERN_OK;
}

static void write_metrics(struct engine *engine)
{
    postern_error error = ERROR_INIT;
    if (!engine->metrics.path || journal_check_place(engine->journal, NULL) < 0) return;
    engine->metrics_due_ms = real_ms() + METRICS_EVERY_MS;
    if (metrics_file_write(&engine->metrics, metrics_service_metrics(engine->registry),
                           clock_wall_ms(engine->clock), &error) < 0)
        log_error(POSTERN_LOG_WARNING, "metrics", &error);
}

static void look_at_deliveries(struct engine *engine)
{
    const struct config_status *status = &engine->config->status;
    const struct watched watched = {.journal = engine->journal,
                                    .metrics = metrics_service_metrics(engine->registry),
                                    .config = engine->config,
                                    .limits = {.events = status->backlog_events,
                                               .bytes = status->backlog_size,
                                               .age_ms = status->backlog_age_ms},
                                    .clock = engine->clock};
    delivery_watch_look(&engine->deliveries, &watched);
}

static void look_at_polls(struct engine *engine)
{
    if (!engine->collector || !engine->heartbeat) return;
    const struct config_http *http = &engine->config->http;
    struct late_polls late = {.settings = {[LATE_CONNECTIONS] = engine->connections,
                                           [LATE_HOST_CONNECTIONS] = http->max_connections_per_host,
                                           [LATE_TURN] = http->requests_per_second}};
    collector_late_polls(engine->collector, &late);
    heartbeat_service_late(engine->heartbeat, &late);
    late_watch_look(&engine->late, &late, metrics_service_metrics(engine->registry),
                    clock_monotonic_ms(engine->clock));
}

void engine_store_notices(struct engine *engine)
{
    struct journal_commit behind_all = {0};
    postern_error error = ERROR_INIT;
    if (!config_takes_notices(engine->config)) return;
    notice_tend(engine->journal);
    if (journal_commit_now(engine->journal, &behind_all, &error) < 0)
        log_error(POSTERN_LOG_WARNING, "journal", &error);
}

void engine_look_around(struct engine *engine)
{
    look_at_deliveries(engine);
    look_at_polls(engine);
    notice_tend(engine->journal);
    if (real_ms() >= engine->metrics_due_ms) write_metrics(engine);
}

bool engine_stop(struct engine *engine, int64_t grace_ms)
{
    int64_t until = real_ms() + grace_ms;
    heartbeat_service_free(engine->heartbeat);
    engine->heartbeat = NULL;
    bulk_retry_free(engine->retry);
    engine->retry = NULL;
    engine_forget_reread(engine);
    if (engine->deliverer) deliverer_begin_stop(engine->deliverer);
    if (engine->collector && !collector_stop(engine->collector, real_ms_left(until))) {
        log_write(POSTERN_LOG_WARNING, NULL,
                  "an answer is still being read and is left alone; it will be asked for again");
        return false;
    }
    if (engine->network) network_stop(engine->network);
    if (engine->deliverer && !deliverer_stop(engine->deliverer, real_ms_left(until))) return false;
    delivery_watch_clear(&engine->deliveries);
    write_metrics(engine);
    metrics_file_close(&engine->metrics);
    workers_free(engine->answer_workers);
    workers_free(engine->script_workers);
    if (engine->journal) journal_close(engine->journal);
    config_free(engine->config);
    *engine = (struct engine){0};
    return true;
}

void engine_stop_or_exit(struct engine *engine, int64_t grace_ms, int code)
{
    heartbeat_service_end(engine->heartbeat, code);
    if (engine_stop(engine, grace_ms)) return;
    fflush(NULL);
    _exit(code);
}
