/* Whether what is in the journal reaches the sinks. */
#include "base/plural.h"
#include "base/units.h"
#include "report/status.h"
#include <stdio.h>
#include <string.h>

/* How long events have waited while nothing was delivered. */
static int64_t waiting_ms(const struct status_report *report, const struct delivery_record *delivery)
{
    if (!delivery->backlog_events || !delivery->waiting_since_ms) return 0;
    int64_t since = delivery->waiting_since_ms > delivery->last_success_ms ? delivery->waiting_since_ms
                                                                           : delivery->last_success_ms;
    return report->now_ms - since;
}

static bool is_behind(const struct status_report *report, const struct delivery_record *delivery)
{
    return status_daemon_speaks(report) &&
           waiting_ms(report, delivery) > report->heartbeat.tolerance.backlog_ms;
}

/* The sink's call that does not come back; NULL = none. */
static const struct standing_part *blocked_call(const struct status_report *report, const char *sink)
{
    if (!status_daemon_speaks(report)) return NULL;
    for (size_t i = 0; i < report->heartbeat.part_count; i++) {
        const struct standing_part *part = &report->heartbeat.parts[i];
        if (strncmp(part->part, "sink ", 5) == 0 && strcmp(part->part + 5, sink) == 0 &&
            part->for_ms + report->heartbeat_age_ms > report->heartbeat.tolerance.stalled_ms)
            return part;
    }
    return NULL;
}

bool delivery_is_good(const struct status_report *report, const struct delivery_record *delivery)
{
    return delivery->removed_ms != 0 || (delivery->state == DELIVERY_OK && !is_behind(report, delivery) &&
                                         !blocked_call(report, delivery_sink(delivery)));
}

static void say_blocked(const struct status_report *report, const struct delivery_record *delivery,
                        const struct standing_part *part, struct status_verdict *verdict)
{
    char length[32];
    int64_t for_ms = part->for_ms + report->heartbeat_age_ms;
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "sink_blocked");
    reason->since_ms = report->now_ms - for_ms;
    verdict_name(reason, "", delivery->name);
    verdict_say(reason, "the sink \"%s\" has been blocked in %s for %s; %lld event%s wait%s for %s",
                delivery_sink(delivery), part->step, duration_format(for_ms, length),
                (long long)delivery->backlog_events, plural(delivery->backlog_events),
                plural_verb(delivery->backlog_events), delivery->name);
    verdict_advise(reason,
                   "See what holds its receiver up (a pipe that nobody reads, a network mount, a peer "
                   "that does not answer); the events wait in the journal");
}

static void say_trouble(const struct status_report *report, const struct delivery_record *delivery,
                        struct status_verdict *verdict)
{
    char since[32], last[48] = "nothing was delivered yet", length[32];
    bool stopped = delivery->state == DELIVERY_STOPPED;
    bool bad = stopped || is_behind(report, delivery);
    struct verdict_reason *reason = verdict_add(verdict, bad ? VERDICT_BAD : VERDICT_ATTENTION,
                                                stopped ? "delivery_stopped" : "delivery_retrying");
    reason->since_ms = delivery->trouble_since_ms;
    verdict_name(reason, "", delivery->name);
    if (delivery->last_success_ms)
        snprintf(last, sizeof last, "last delivered %s ago",
                 duration_format(report->now_ms - delivery->last_success_ms, length));
    verdict_say(
        reason, "the delivery %s %s%s%s (%s, %lld event%s wait%s): %s", delivery->name,
        stopped ? "stands still" : "does not get through", delivery->trouble_since_ms ? " for " : "",
        delivery->trouble_since_ms ? duration_format(report->now_ms - delivery->trouble_since_ms, since) : "",
        last, (long long)delivery->backlog_events, plural(delivery->backlog_events),
        plural_verb(delivery->backlog_events), delivery->last_error);
    verdict_advise(reason, "%s",
                   delivery->remedy[0] ? delivery->remedy
                                       : "It is tried again by itself; the events wait in the journal");
}

static void say_behind(const struct status_report *report, const struct delivery_record *delivery,
                       struct status_verdict *verdict)
{
    char length[32];
    struct verdict_reason *reason = verdict_add(verdict, VERDICT_BAD, "delivery_behind");
    reason->since_ms = report->now_ms - waiting_ms(report, delivery);
    verdict_name(reason, "", delivery->name);
    verdict_say(reason, "the delivery %s has delivered nothing for %s although %lld event%s wait%s",
                delivery->name, duration_format(waiting_ms(report, delivery), length),
                (long long)delivery->backlog_events, plural(delivery->backlog_events),
                plural_verb(delivery->backlog_events));
    verdict_advise(reason, "See what the log says of it; the events wait in the journal");
}

void judge_deliveries(const struct status_report *report, struct status_verdict *verdict)
{
    for (size_t i = 0; i < report->delivery_count; i++) {
        const struct delivery_record *delivery = &report->deliveries[i];
        if (delivery_is_good(report, delivery)) continue;
        const struct standing_part *blocked = blocked_call(report, delivery_sink(delivery));
        if (blocked)
            say_blocked(report, delivery, blocked, verdict);
        else if (delivery->state != DELIVERY_OK)
            say_trouble(report, delivery, verdict);
        else
            say_behind(report, delivery, verdict);
    }
}
