#include "base/timestamp.h"
#include "base/units.h"
#include "commands/status.h"
#include <string.h>

bool stream_is_good(const struct stream_record *stream)
{
    return strcmp(stream->state, "ok") == 0 || strcmp(stream->state, "pending") == 0 ||
           strcmp(stream->state, "waiting") == 0 || strcmp(stream->state, "not licensed") == 0;
}

bool delivery_is_good(const struct delivery_record *delivery)
{
    return delivery->removed_ms != 0 || delivery->state[0] == '\0' || strcmp(delivery->state, "ok") == 0;
}

bool status_is_good(const struct status_report *report)
{
    for (size_t i = 0; i < report->stream_count; i++)
        if (!stream_is_good(&report->streams[i])) return false;
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!delivery_is_good(&report->deliveries[i])) return false;
    for (size_t i = 0; i < report->account_count; i++)
        if (strcmp(report->accounts[i].status, "failed") == 0 ||
            strcmp(report->accounts[i].status, "failing") == 0)
            return false;
    return !report->totals.full;
}

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
    if (error[0]) fprintf(to, "      ! %s\n", error);
    if (error[0] && remedy[0]) fprintf(to, "      → %s\n", remedy);
}

static void print_stream(const struct status_report *report, const struct stream_record *stream, FILE *to)
{
    char lag_words[32], success[48];
    fprintf(to, "    %-20s %-14s lag %-10s last success %-14s %12lld events", stream->name, stream->state,
            lag(report, stream->caught_up_ms, lag_words), ago(report, stream->last_success_ms, success),
            (long long)stream->events);
    if (stream->repeats) fprintf(to, ", %lld repeats left out", (long long)stream->repeats);
    if (stream->left_out) fprintf(to, ", %lld older than lookback", (long long)stream->left_out);
    if (stream->set_aside) fprintf(to, ", %lld set aside", (long long)stream->set_aside);
    fputc('\n', to);
    print_trouble(stream->last_error, stream->remedy, to);
}

static void print_delivery(const struct status_report *report, const struct delivery_record *delivery,
                           FILE *to)
{
    char success[48];
    if (delivery->removed_ms) return;
    fprintf(to,
            "    %-30s %-10s last success %-14s %12lld delivered, %lld dropped, %lld dead, backlog %lld\n",
            delivery->name, delivery->state[0] ? delivery->state : "ok",
            ago(report, delivery->last_success_ms, success), (long long)delivery->delivered,
            (long long)delivery->dropped, (long long)delivery->dead, (long long)delivery->backlog_events);
    print_trouble(delivery->last_error, delivery->remedy, to);
}

void status_print_text(const struct status_report *report, FILE *to)
{
    char time[TIMESTAMP_SIZE], used[32], most[32], since[48];
    fprintf(to, "%s  %s\n", timestamp_iso(report->now_ms, time),
            report->daemon_runs ? "running" : "NOT RUNNING: what follows is how it was left");
    for (size_t i = 0; i < report->account_count; i++) {
        const struct account_record *account = &report->accounts[i];
        fprintf(to, "\n  account %s: %s (%s)\n", account->name, account->status,
                ago(report, account->status_since_ms, since));
        print_trouble(account->last_error, account->remedy, to);
        for (size_t k = 0; k < report->stream_count; k++)
            if (report->streams[k].account_id == account->id) print_stream(report, &report->streams[k], to);
    }
    if (report->delivery_count) fputs("\n  deliveries\n", to);
    for (size_t i = 0; i < report->delivery_count; i++)
        print_delivery(report, &report->deliveries[i], to);
    fprintf(to, "\n  journal %s of %s%s, %lld events in %lld pages, %lld dead letters\n",
            size_format(report->totals.bytes_on_disk, used), size_format(report->totals.max_size, most),
            report->totals.full ? " FULL: collecting waits until deliveries catch up" : "",
            (long long)report->totals.events, (long long)report->totals.pages,
            (long long)report->totals.dead_letters);
}
