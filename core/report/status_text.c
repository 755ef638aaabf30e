/* `postern status` for people. */
#include "base/error.h"
#include "base/plural.h"
#include "base/show.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "base/visible.h"
#include "journal/vendor_call.h"
#include "report/missing.h"
#include "report/status.h"
#include "report/wrap.h"
#include <string.h>

/* Widths of the first column; the others have room for what they can hold. */
#define NAME_LEAST 17

static const char *ago(const struct status_report *report, int64_t ms, char words[48])
{
    char length[32];
    if (ms == 0) return "never";
    snprintf(words, 48, "%s ago", duration_format(report->now_ms - ms, length));
    return words;
}

static const char *lag(const struct status_report *report, int64_t caught_up_ms, char words[32])
{
    return caught_up_ms ? duration_format(report->now_ms - caught_up_ms, words) : "-";
}

/* What the verdict has said already is not said again. */
static bool is_said_above(const struct status_report *report, const char *error)
{
    for (size_t i = 0; i < report->verdict.reason_count; i++)
        if (strstr(report->verdict.reasons[i].text, error)) return true;
    return false;
}

static void print_trouble(const char *error, const char *remedy, FILE *to)
{
    if (!error[0]) return;
    print_wrapped(to, 6, "! ", error);
    if (remedy[0]) print_wrapped(to, 6, "→ ", remedy);
}

/* When it happened and when it is tried again go in front of what happened. */
static void print_stream_trouble(const struct status_report *report, const struct stream_record *stream,
                                 FILE *to)
{
    char when[48], wait[32], text[ERROR_TEXT_SIZE + 128], request[32 + REQUEST_ID_SIZE] = "";
    const char *error = trouble_error(stream->trouble);
    if (!error[0] || is_said_above(report, error)) return;
    if (stream->state == STREAM_OUT_OF_CALLS) {
        snprintf(text, sizeof text, "goes on in %s: %s",
                 duration_format(larger(stream->next_attempt_ms - report->now_ms, 0), wait), error);
        print_wrapped(to, 6, "", text);
        return;
    }
    const char *request_id = trouble_request_id(stream->trouble);
    if (request_id[0]) snprintf(request, sizeof request, "; request id %s", request_id);
    if (report->daemon_runs && stream->next_attempt_ms > report->now_ms)
        snprintf(text, sizeof text, "%s, next try in %s: %s%s", ago(report, stream->last_error_ms, when),
                 duration_format(stream->next_attempt_ms - report->now_ms, wait), error, request);
    else
        snprintf(text, sizeof text, "%s: %s%s", ago(report, stream->last_error_ms, when), error, request);
    print_trouble(text, trouble_remedy(stream->trouble), to);
}

static void print_stream(const struct status_report *report, const struct account_record *account,
                         const struct stream_record *stream, int width, FILE *to)
{
    char lag_words[32], success[48];
    bool late = stream->state == STREAM_OK && !stream_is_good(report, stream);
    show(to, "    %-*s  %-13s  %10s  %-14s  %12lld  %12lld\n", width, stream->name,
         late ? "late" : stream_state_name(stream->state), lag(report, stream->caught_up_ms, lag_words),
         ago(report, stream->last_success_ms, success), (long long)stream->events,
         (long long)stream->repeats);
    const struct snapshot_totals *list = status_list(report, stream);
    if (list)
        show(to, "      %lld item%s in the list, read to its end %lld time%s\n", (long long)list->items,
             plural(list->items), (long long)list->state.polls, plural(list->state.polls));
    if (stream->left_out)
        show(to, "      %lld event%s older than lookback left out\n", (long long)stream->left_out,
             plural(stream->left_out));
    if (stream->set_aside)
        show(to, "      %lld piece%s that could not be read set aside, see `postern dead list`\n",
             (long long)stream->set_aside, plural(stream->set_aside));
    /* What the account as a whole suffers from stands above, once. */
    if (!account->trouble || !strstr(trouble_error(stream->trouble), account->trouble->error))
        print_stream_trouble(report, stream, to);
}

static void print_account(const struct status_report *report, const struct account_record *account, int width,
                          FILE *to)
{
    char since[32] = "?";
    if (account->status_since_ms) duration_format(report->now_ms - account->status_since_ms, since);
    show(to, "\n  account %s: %s for %s\n", account->name, account_status_name(account->status), since);
    if (!is_said_above(report, trouble_error(account->trouble)))
        print_trouble(trouble_error(account->trouble), trouble_remedy(account->trouble), to);
    show(to, "    %-*s  %-13s  %10s  %-14s  %12s  %12s\n", width, "stream", "state", "lag", "last success",
         "events", "repeats");
    for (const struct stream_record *stream = NULL;
         (stream = status_next_stream(report, account, stream)) != NULL;)
        print_stream(report, account, stream, width, to);
}

#define REASONS_SHOWN    5
#define BACKLOG_SHOWN_MS 60000

static void print_drops(const struct status_drops *drops, FILE *to)
{
    for (size_t i = 0; i < drops->count && i < REASONS_SHOWN; i++)
        show(to, "      dropped %lld: %s\n", (long long)drops->reasons[i].count,
             drops->reasons[i].reason[0] ? drops->reasons[i].reason : "no reason given");
    if (drops->count > REASONS_SHOWN)
        show(to, "      and for %zu more reasons (status --json)\n", drops->count - REASONS_SHOWN);
}

/* What waits, where it has waited for more than a moment. */
static void print_backlog(const struct status_report *report, const struct delivery_record *delivery,
                          FILE *to)
{
    char size[32], age[32];
    int64_t age_ms = report->now_ms - delivery->waiting_since_ms;
    if (!delivery->backlog_events || age_ms < BACKLOG_SHOWN_MS) return;
    show(to, "      %lld event%s wait%s (%s), the oldest for %s\n", (long long)delivery->backlog_events,
         plural(delivery->backlog_events), plural_verb(delivery->backlog_events),
         size_format(delivery->backlog_bytes, size), duration_format(age_ms, age));
}

static void print_breaker(const struct status_report *report, const struct delivery_record *delivery,
                          FILE *to)
{
    const struct breaker_record *breaker = status_breaker(report, delivery_sink(delivery));
    char since[32], wait[32];
    if (!breaker) return;
    show(to, "      the sink is left alone for %s (breaker %s)",
         duration_format(report->now_ms - breaker->since_ms, since), breaker_state_name(breaker->state));
    if (!report->daemon_runs)
        show(to, "\n");
    else if (breaker->state == BREAKER_HALF_OPEN)
        show(to, ", one batch is trying it\n");
    else
        show(to, ", one batch tries it in %s\n",
             duration_format(larger(breaker->next_ms - report->now_ms, 0), wait));
}

static void print_delivery(const struct status_report *report, const struct delivery_record *delivery,
                           int width, FILE *to)
{
    char success[48];
    bool behind = delivery->state == DELIVERY_OK && !delivery_is_good(report, delivery);
    show(to, "    %-*s  %-13s  %10lld  %-14s  %12lld  %12lld  %8lld\n", width, delivery->name,
         behind ? "behind" : delivery_state_name(delivery->state), (long long)delivery->backlog_events,
         ago(report, delivery->last_success_ms, success), (long long)delivery->delivered,
         (long long)delivery->dropped, (long long)delivery->dead);
    print_backlog(report, delivery, to);
    print_breaker(report, delivery, to);
    print_drops(&report->drops[delivery - report->deliveries], to);
    if (!is_said_above(report, delivery->last_error))
        print_trouble(delivery->last_error, delivery->remedy, to);
}

static size_t wider(size_t width, const char *name)
{
    size_t columns = visible_columns(text_of(name));
    return columns > width ? columns : width;
}

static int name_width(const struct status_report *report)
{
    size_t width = NAME_LEAST;
    for (size_t i = 0; i < report->stream_count; i++)
        width = wider(width, report->streams[i].name);
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!report->deliveries[i].removed_ms) width = wider(width, report->deliveries[i].name);
    return (int)width;
}

/* The first line says how it stands and what to do; what else there is to say stands below it. */
static void print_verdict(const struct status_report *report, FILE *to)
{
    static const char *const marks[] = {"GOOD: ", "ATTENTION: ", "BAD: "};
    const struct status_verdict *verdict = &report->verdict;
    char text[ERROR_TEXT_SIZE + 512], time[TIMESTAMP_SIZE];
    if (!verdict->reason_count) print_wrapped(to, 0, marks[VERDICT_GOOD], verdict->good);
    for (size_t i = 0; i < verdict->reason_count; i++) {
        const struct verdict_reason *reason = &verdict->reasons[i];
        snprintf(text, sizeof text, "%s%s%s", reason->text, reason->remedy[0] ? " → " : "", reason->remedy);
        print_wrapped(to, i ? 2 : 0, i ? "also: " : marks[verdict->level], text);
    }
    const char *what = !report->has_journal ? "" : "NOT RUNNING: what follows is how it was left";
    show(to, "%s  %s\n", timestamp_iso(report->now_ms, time), report->daemon_runs ? "running" : what);
}

static const char *full_words(const struct status_report *report)
{
    enum space_kind kind = report->totals.full ? SPACE_JOURNAL_FULL : SPACE_FINE;
    if (status_daemon_speaks(report) && report->heartbeat.space.kind) kind = report->heartbeat.space.kind;
    switch (kind) {
    case SPACE_FINE:
        return "";
    case SPACE_JOURNAL_FULL:
        return " FULL: collecting waits until deliveries catch up";
    case SPACE_DISK_FULL:
        return ", THE DISK IS FULL";
    case SPACE_READ_ONLY:
        return ", THE FILE SYSTEM IS READ-ONLY";
    case SPACE_CANNOT_WRITE:
    case SPACE_LOG_STUCK:
        break;
    }
    return ", IT CANNOT BE WRITTEN";
}

void status_print_text(const struct status_report *report, FILE *to)
{
    char used[32], most[32];
    int width = name_width(report);
    print_verdict(report, to);
    if (!report->has_journal) return;
    for (size_t i = 0; i < report->account_count; i++)
        print_account(report, &report->accounts[i], width, to);
    if (report->delivery_count)
        show(to, "\n    %-*s  %-13s  %10s  %-14s  %12s  %12s  %8s\n", width, "delivery", "state", "backlog",
             "last success", "delivered", "dropped", "dead");
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!report->deliveries[i].removed_ms) print_delivery(report, &report->deliveries[i], width, to);
    missing_print_text(report, to);
    show(to, "\n  journal %s of %s%s, %lld event%s in %lld page%s, %lld dead letter%s\n",
         size_format(report->totals.bytes_on_disk, used), size_format(report->totals.max_size, most),
         full_words(report), (long long)report->totals.events, plural(report->totals.events),
         (long long)report->totals.pages, plural(report->totals.pages),
         (long long)report->totals.dead_letters, plural(report->totals.dead_letters));
    if (report->totals.forgotten_ids)
        show(to,
             "  %lld event%s remembered so as not to be delivered twice; for want of space %lld %s "
             "forgotten before their time\n",
             (long long)report->totals.remembered_ids, plural(report->totals.remembered_ids),
             (long long)report->totals.forgotten_ids, report->totals.forgotten_ids == 1 ? "was" : "were");
}
