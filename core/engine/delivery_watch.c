#include "engine/delivery_watch.h"
#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/real_time.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/units.h"
#include "journal/breakers.h"
#include "journal/notice.h"
#include <stdio.h>
#include <stdlib.h>

#define EVERY_MS       10000
#define SHARE          50 /* at most every fiftieth moment is spent with looking */
#define BREAKERS_LIMIT ((size_t)8 << 20)

static void set(struct metrics *metrics, const char *label, const char *value, const char *name,
                const char *help, double number)
{
    struct metric_group *group = metrics_group(metrics, label, text_of(value));
    if (group) metric_set(metric_find(group, METRIC_GAUGE, name, help, NULL, 0), number);
}

static void show_backlog(struct metrics *metrics, const struct delivery_record *delivery, int64_t now_ms)
{
    set(metrics, "delivery", delivery->name, "postern_delivery_backlog_events", "events that wait for it",
        (double)delivery->backlog_events);
    set(metrics, "delivery", delivery->name, "postern_delivery_backlog_bytes", "bytes of them, unpacked",
        (double)delivery->backlog_bytes);
    set(metrics, "delivery", delivery->name, "postern_delivery_backlog_age_seconds",
        "how long the oldest of them has waited", (double)backlog_age_ms(delivery, now_ms) / 1000);
}

/* ---- The log ---- */

static struct said_backlog *find(const struct delivery_watch *watch, int64_t delivery_id)
{
    for (size_t i = 0; i < watch->said_count; i++)
        if (watch->said[i].delivery_id == delivery_id) return &watch->said[i];
    return NULL;
}

/* A notice never causes a notice: that they wait is told by the log and `status` alone. */
static bool delivers_only_notices(const struct config *config, const struct delivery_record *delivery)
{
    const char *slash = strchr(delivery->name, '/');
    postern_text name = slash ? text_slice(delivery->name, slash) : text_of(delivery->name);
    for (size_t i = 0; i < config->pipeline_count; i++)
        if (text_is(name, config->pipelines[i].name)) return config_is_of_notices(&config->pipelines[i].from);
    return false;
}

/* `silent`: whether the log has said the opposite is not known. */
static void tell(const struct watched *watched, const struct delivery_record *delivery, enum notice_kind kind,
                 const char *message, bool silent)
{
    const struct notice notice = {.kind = kind,
                                  .subject = delivery->name,
                                  .message = message,
                                  .events = delivery->backlog_events,
                                  .bytes = delivery->backlog_bytes,
                                  .oldest_ms = delivery->waiting_since_ms};
    if (!silent) notice_log(&notice);
    if (!delivers_only_notices(watched->config, delivery)) notice_emit(watched->journal, &notice);
}

static void say(struct delivery_watch *watch, const struct watched *watched,
                const struct delivery_record *delivery, int64_t now_ms)
{
    char size[32], age[32], message[160];
    struct said_backlog *said = find(watch, delivery->id);
    if (!said && backlog_is_over(&watched->limits, delivery, now_ms) &&
        array_extend(&watch->said, watch->said_count, sizeof *watch->said)) {
        watch->said[watch->said_count++] = (struct said_backlog){delivery->id};
        snprintf(message, sizeof message,
                 "much waits: %lld event%s (%s), the oldest for %s; see `postern status`",
                 (long long)delivery->backlog_events, plural(delivery->backlog_events),
                 size_format(delivery->backlog_bytes, size),
                 duration_format(backlog_age_ms(delivery, now_ms), age));
        tell(watched, delivery, NOTICE_BACKLOG_HIGH, message, false);
    } else if ((said || !watch->has_looked) && backlog_is_under(&watched->limits, delivery, now_ms)) {
        snprintf(message, sizeof message, "what waits is little again: %lld event%s",
                 (long long)delivery->backlog_events, plural(delivery->backlog_events));
        tell(watched, delivery, NOTICE_BACKLOG_NORMAL, message, !said);
        if (said) *said = watch->said[--watch->said_count];
    }
}

/* ---- Looking ---- */

static void show_breaker(struct metrics *metrics, const struct delivery_record *delivery,
                         const struct breaker_record *breakers, size_t count)
{
    enum breaker_state state = BREAKER_CLOSED;
    for (size_t i = 0; i < count; i++)
        if (strcmp(breakers[i].sink, delivery_sink(delivery)) == 0) state = breakers[i].state;
    set(metrics, "sink", delivery_sink(delivery), "postern_sink_breaker", "0 closed, 1 open, 2 half-open",
        (double)state);
}

static postern_status look(struct delivery_watch *watch, const struct watched *watched, int64_t now_ms,
                           postern_error *error)
{
    _cleanup_(freep) struct delivery_record *deliveries = NULL;
    _cleanup_(arena_freep) postern_arena *arena = arena_new(BREAKERS_LIMIT);
    const struct breaker_record *breakers = NULL;
    size_t count = 0, breaker_count = 0;
    if (!arena) return error_no_memory(error, NULL);
    postern_status status = journal_deliveries(watched->journal, &deliveries, &count, error);
    if (status >= 0) status = journal_breakers(watched->journal, arena, &breakers, &breaker_count, error);
    for (size_t i = 0; status >= 0 && i < count; i++) {
        if (deliveries[i].removed_ms) continue;
        show_backlog(watched->metrics, &deliveries[i], now_ms);
        show_breaker(watched->metrics, &deliveries[i], breakers, breaker_count);
        say(watch, watched, &deliveries[i], now_ms);
    }
    return status;
}

void delivery_watch_look(struct delivery_watch *watch, const struct watched *watched)
{
    postern_error error = ERROR_INIT;
    int64_t begun_ms = real_ms();
    if (begun_ms < watch->due_ms) return;
    if (look(watch, watched, clock_wall_ms(watched->clock), &error) < 0)
        log_error(POSTERN_LOG_WARNING, "metrics", &error);
    else
        watch->has_looked = true;
    int64_t ended_ms = real_ms();
    watch->due_ms = ended_ms + larger(EVERY_MS, (ended_ms - begun_ms) * SHARE);
}

void delivery_watch_clear(struct delivery_watch *watch)
{
    free(watch->said);
    *watch = (struct delivery_watch){0};
}
