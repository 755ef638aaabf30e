#include "base/error.h"
#include "base/show.h"
#include "base/text.h"
#include "base/timestamp.h"
#include "base/units.h"
#include "base/visible.h"
#include "report/skipped.h"
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
    char when[48], wait[32], text[ERROR_TEXT_SIZE + 128];
    const char *error = trouble_error(stream->trouble);
    if (!error[0]) return;
    if (report->daemon_runs && stream->next_attempt_ms > report->now_ms)
        snprintf(text, sizeof text, "%s, next try in %s: %s", ago(report, stream->last_error_ms, when),
                 duration_format(stream->next_attempt_ms - report->now_ms, wait), error);
    else
        snprintf(text, sizeof text, "%s: %s", ago(report, stream->last_error_ms, when), error);
    print_trouble(text, trouble_remedy(stream->trouble), to);
}

static void print_stream(const struct status_report *report, const struct account_record *account,
                         const struct stream_record *stream, int width, FILE *to)
{
    char lag_words[32], success[48];
    show(to, "    %-*s  %-13s  %10s  %-14s  %12lld  %12lld\n", width, stream->name,
         stream_state_name(stream->state), lag(report, stream->caught_up_ms, lag_words),
         ago(report, stream->last_success_ms, success), (long long)stream->events,
         (long long)stream->repeats);
    if (stream->left_out)
        show(to, "      %lld events older than lookback left out\n", (long long)stream->left_out);
    if (stream->set_aside)
        show(to, "      %lld pieces that could not be read set aside, see `postern dead list`\n",
             (long long)stream->set_aside);
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
    print_trouble(trouble_error(account->trouble), trouble_remedy(account->trouble), to);
    show(to, "    %-*s  %-13s  %10s  %-14s  %12s  %12s\n", width, "stream", "state", "lag", "last success",
         "events", "repeats");
    for (const struct stream_record *stream = NULL;
         (stream = status_next_stream(report, account, stream)) != NULL;)
        print_stream(report, account, stream, width, to);
}

static void print_delivery(const struct status_report *report, const struct delivery_record *delivery,
                           int width, FILE *to)
{
    char success[48];
    show(to, "    %-*s  %-13s  %10lld  %-14s  %12lld  %12lld  %8lld\n", width, delivery->name,
         delivery_state_name(delivery->state), (long long)delivery->backlog_events,
         ago(report, delivery->last_success_ms, success), (long long)delivery->delivered,
         (long long)delivery->dropped, (long long)delivery->dead);
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

void status_print_text(const struct status_report *report, FILE *to)
{
    char time[TIMESTAMP_SIZE], used[32], most[32];
    int width = name_width(report);
    show(to, "%s  %s\n", timestamp_iso(report->now_ms, time),
         report->daemon_runs ? "running" : "NOT RUNNING: what follows is how it was left");
    for (size_t i = 0; i < report->account_count; i++)
        print_account(report, &report->accounts[i], width, to);
    if (report->delivery_count)
        show(to, "\n    %-*s  %-13s  %10s  %-14s  %12s  %12s  %8s\n", width, "delivery", "state", "backlog",
             "last success", "delivered", "dropped", "dead");
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!report->deliveries[i].removed_ms) print_delivery(report, &report->deliveries[i], width, to);
    skipped_print_text(report, to);
    show(to, "\n  journal %s of %s%s, %lld events in %lld pages, %lld dead letters\n",
         size_format(report->totals.bytes_on_disk, used), size_format(report->totals.max_size, most),
         report->totals.full ? " FULL: collecting waits until deliveries catch up" : "",
         (long long)report->totals.events, (long long)report->totals.pages,
         (long long)report->totals.dead_letters);
}
