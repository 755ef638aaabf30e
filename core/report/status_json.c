/* `postern status --json`. */
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "report/forecast.h"
#include "report/missing.h"
#include "report/status.h"
#include <cjson/cJSON.h>
#include <stdlib.h>

void status_print_document(FILE *to, cJSON *document)
{
    char *text = cJSON_Print(document);
    if (text) {
        show_json(to, text_of(text)); /* words of strangers may hold bytes that are no UTF-8 */
        show(to, "\n");
    }
    free(text);
    cJSON_Delete(document);
}

static void add_time(cJSON *object, const char *name, int64_t ms)
{
    char text[TIMESTAMP_SIZE];
    if (ms)
        cJSON_AddStringToObject(object, name, timestamp_iso(ms, text));
    else
        cJSON_AddNullToObject(object, name);
}

static void add_age(cJSON *object, const char *name, const struct status_report *report, int64_t ms)
{
    if (ms)
        cJSON_AddNumberToObject(object, name, (double)(report->now_ms - ms) / 1000);
    else
        cJSON_AddNullToObject(object, name);
}

static void add_count(cJSON *object, const char *name, int64_t count)
{
    cJSON_AddNumberToObject(object, name, (double)count);
}

static void add_trouble(cJSON *object, const char *error, const char *remedy)
{
    if (!error[0]) return;
    cJSON_AddStringToObject(object, "error", error);
    if (remedy[0]) cJSON_AddStringToObject(object, "remedy", remedy);
}

static cJSON *stream_object(const struct status_report *report, const struct stream_record *stream)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", stream->name);
    cJSON_AddStringToObject(object, "source", stream->source);
    cJSON_AddStringToObject(object, "state", stream_state_name(stream->state));
    cJSON_AddBoolToObject(object, "good", stream_is_good(report, stream));
    add_age(object, "lag_seconds", report, stream->caught_up_ms);
    add_age(object, "success_age_seconds", report, stream->last_success_ms);
    add_time(object, "trouble_since", trouble_since(stream->trouble));
    add_time(object, "last_error", stream->last_error_ms);
    add_time(object, "last_attempt", stream->last_attempt_ms);
    add_time(object, "last_success", stream->last_success_ms);
    add_time(object, "next_attempt", stream->next_attempt_ms);
    add_time(object, "last_event", stream->last_event_ms);
    add_time(object, "settled_until", stream->settled_until_ms);
    add_count(object, "requests", stream->requests);
    add_count(object, "events", stream->events);
    add_count(object, "repeats", stream->repeats);
    add_count(object, "left_out", stream->left_out);
    add_count(object, "set_aside", stream->set_aside);
    const struct snapshot_totals *list = status_list(report, stream);
    if (list) {
        add_count(object, "polls", list->state.polls);
        add_count(object, "list_items", list->items);
        add_count(object, "list_bytes", list->bytes);
    }
    add_trouble(object, trouble_error(stream->trouble), trouble_remedy(stream->trouble));
    const char *request_id = trouble_request_id(stream->trouble);
    if (request_id[0]) cJSON_AddStringToObject(object, "request_id", request_id);
    return object;
}

static cJSON *account_object(const struct status_report *report, const struct account_record *account)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", account->name);
    cJSON_AddStringToObject(object, "status", account_status_name(account->status));
    add_time(object, "status_since", account->status_since_ms);
    cJSON_AddNumberToObject(object, "clock_off_seconds", (double)account->clock_off_ms / 1000);
    add_trouble(object, trouble_error(account->trouble), trouble_remedy(account->trouble));
    cJSON *streams = cJSON_AddArrayToObject(object, "streams");
    for (const struct stream_record *stream = NULL;
         (stream = status_next_stream(report, account, stream)) != NULL;)
        cJSON_AddItemToArray(streams, stream_object(report, stream));
    return object;
}

/* `next_try` is null where nobody tries: no daemon runs, or it is being tried. */
cJSON *status_breaker_json(const struct status_report *report, const char *sink)
{
    cJSON *object = cJSON_CreateObject();
    const struct breaker_record *breaker = status_breaker(report, sink);
    enum breaker_state state = breaker ? breaker->state : BREAKER_CLOSED;
    cJSON_AddStringToObject(object, "state", breaker_state_name(state));
    add_time(object, "since", breaker ? breaker->since_ms : 0);
    add_time(object, "next_try", state == BREAKER_OPEN && report->daemon_runs ? breaker->next_ms : 0);
    return object;
}

cJSON *status_delivery_json(const struct status_report *report, const struct delivery_record *delivery)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", delivery->name);
    cJSON_AddStringToObject(object, "state", delivery_state_name(delivery->state));
    cJSON_AddBoolToObject(object, "good", delivery_is_good(report, delivery));
    add_time(object, "last_success", delivery->last_success_ms);
    add_age(object, "success_age_seconds", report, delivery->last_success_ms);
    add_age(object, "waiting_age_seconds", report, delivery->waiting_since_ms);
    add_time(object, "trouble_since", delivery->trouble_since_ms);
    add_count(object, "delivered", delivery->delivered);
    add_count(object, "dropped", delivery->dropped);
    cJSON *reasons = cJSON_AddArrayToObject(object, "drop_reasons");
    const struct status_drops *drops = &report->drops[delivery - report->deliveries];
    for (size_t i = 0; i < drops->count; i++) {
        cJSON *reason = cJSON_CreateObject();
        cJSON_AddStringToObject(reason, "reason", drops->reasons[i].reason);
        add_count(reason, "events", drops->reasons[i].count);
        cJSON_AddItemToArray(reasons, reason);
    }
    add_count(object, "dead", delivery->dead);
    add_count(object, "skipped", delivery->skipped);
    add_count(object, "wrong_types", delivery->wrong_types);
    add_count(object, "backlog_pages", delivery->backlog_pages);
    add_count(object, "backlog_events", delivery->backlog_events);
    add_count(object, "backlog_bytes", delivery->backlog_bytes);
    cJSON_AddItemToObject(object, "breaker", status_breaker_json(report, delivery_sink(delivery)));
    add_trouble(object, delivery->last_error, delivery->remedy);
    return object;
}

static cJSON *metrics_object(const struct status_report *report)
{
    const cJSON *written = cJSON_GetObjectItem(report->metrics, "written");
    const cJSON *series = cJSON_GetObjectItem(report->metrics, "series");
    if (!cJSON_IsNumber(written) || !cJSON_IsArray(series)) return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "age_seconds", ((double)report->now_ms - written->valuedouble) / 1000);
    cJSON_AddItemToObject(object, "series", cJSON_Duplicate(series, true));
    return object;
}

static cJSON *reason_object(const struct status_report *report, const struct verdict_reason *reason)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "code", reason->code);
    cJSON_AddStringToObject(object, "level", verdict_level_name(reason->level));
    cJSON_AddStringToObject(object, "text", reason->text);
    cJSON_AddStringToObject(object, "remedy", reason->remedy);
    add_time(object, "since", reason->since_ms);
    add_age(object, "age_seconds", report, reason->since_ms);
    if (!reason->count) return object;
    add_count(object, "count", (int64_t)reason->count);
    if (reason->of) add_count(object, "of", (int64_t)reason->of);
    cJSON *names = cJSON_AddArrayToObject(object, "names");
    for (size_t i = 0; i < reason->count && i < VERDICT_NAMES; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(reason->names[i]));
    return object;
}

static void add_verdict(cJSON *root, const struct status_report *report)
{
    const struct status_verdict *verdict = &report->verdict;
    cJSON_AddBoolToObject(root, "good", verdict->level == VERDICT_GOOD);
    cJSON_AddStringToObject(root, "verdict", verdict_level_name(verdict->level));
    cJSON *reasons = cJSON_AddArrayToObject(root, "reasons");
    for (size_t i = 0; i < verdict->reason_count; i++)
        cJSON_AddItemToArray(reasons, reason_object(report, &verdict->reasons[i]));
}

/* What holds up the polls of streams that come later than their interval says. */
static cJSON *late_object(const struct status_report *report)
{
    cJSON *object = cJSON_CreateArray();
    for (int cause = 0; cause < LATE_CAUSES && status_daemon_speaks(report); cause++) {
        const struct late_group *group = &report->heartbeat.late.groups[cause];
        if (group->streams <= 0) continue;
        cJSON *each = cJSON_CreateObject();
        cJSON_AddStringToObject(each, "cause", late_cause_name((enum late_cause)cause));
        add_count(each, "streams", group->streams);
        cJSON_AddNumberToObject(each, "interval_seconds", (double)group->interval_ms / 1000);
        cJSON_AddNumberToObject(each, "achieved_seconds", (double)group->every_ms / 1000);
        if (group->example[0]) cJSON_AddStringToObject(each, "example", group->example);
        cJSON_AddItemToArray(object, each);
    }
    return object;
}

/* Of the process that runs, or of the last one. */
static cJSON *process_object(const struct status_report *report)
{
    const struct heartbeat *beat = &report->heartbeat;
    if (!report->has_heartbeat) return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    add_count(object, "pid", beat->pid);
    cJSON_AddBoolToObject(object, "once", beat->once);
    add_time(object, "started", beat->started_ms);
    add_time(object, "heartbeat", beat->written_ms);
    cJSON_AddNumberToObject(object, "heartbeat_age_seconds", (double)report->heartbeat_age_ms / 1000);
    add_time(object, "ended", beat->ended_ms);
    if (beat->ended_ms)
        cJSON_AddNumberToObject(object, "exit_code", beat->exit_code);
    else
        cJSON_AddNullToObject(object, "exit_code");
    return object;
}

static cJSON *journal_object(const struct status_report *report)
{
    const struct journal_totals *totals = &report->totals;
    cJSON *journal = cJSON_CreateObject();
    add_count(journal, "pages", totals->pages);
    add_count(journal, "events", totals->events);
    add_count(journal, "bytes_on_disk", totals->bytes_on_disk);
    add_count(journal, "max_size", totals->max_size);
    add_time(journal, "oldest", totals->oldest_received_ms);
    add_count(journal, "remembered_ids", totals->remembered_ids);
    add_count(journal, "forgotten_ids", totals->forgotten_ids);
    add_count(journal, "dead_letters", totals->dead_letters);
    add_count(journal, "dead_bytes", totals->dead_bytes);
    add_count(journal, "dead_limit", totals->dead_limit);
    add_count(journal, "dead_expired", totals->dead_expired);
    add_count(journal, "undelivered_bytes", totals->undelivered_bytes);
    int64_t full_in_ms = forecast_full_ms(totals, report->now_ms);
    if (full_in_ms < 0)
        cJSON_AddNullToObject(journal, "full_in_seconds");
    else
        add_count(journal, "full_in_seconds", full_in_ms / 1000);
    cJSON_AddBoolToObject(journal, "full", totals->full);
    if (status_daemon_speaks(report))
        cJSON_AddStringToObject(journal, "space", space_kind_name(report->heartbeat.space.kind));
    return journal;
}

void status_print_json(const struct status_report *report, FILE *to)
{
    cJSON *root = cJSON_CreateObject();
    add_time(root, "time", report->now_ms);
    if (report->directory_error.code < 0) /* nobody can tell */
        cJSON_AddNullToObject(root, "running");
    else
        cJSON_AddBoolToObject(root, "running", report->daemon_runs);
    add_verdict(root, report);
    cJSON_AddItemToObject(root, "process", process_object(report));
    cJSON_AddItemToObject(root, "late_polls", late_object(report));
    cJSON *accounts = cJSON_AddArrayToObject(root, "accounts");
    for (size_t i = 0; i < report->account_count; i++)
        cJSON_AddItemToArray(accounts, account_object(report, &report->accounts[i]));
    cJSON *deliveries = cJSON_AddArrayToObject(root, "deliveries");
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!report->deliveries[i].removed_ms)
            cJSON_AddItemToArray(deliveries, status_delivery_json(report, &report->deliveries[i]));
    missing_add_json(root, report);
    cJSON_AddItemToObject(root, "journal", journal_object(report));
    cJSON_AddItemToObject(root, "metrics", metrics_object(report));
    status_print_document(to, root);
}
