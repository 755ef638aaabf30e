#include "report/status.h"
#include "base/error.h"
#include "report/metrics_file.h"
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_LIMIT ((size_t)16 << 20)

static postern_status read_journal(struct journal *journal, struct status_report *report,
                                   postern_error *error)
{
    postern_status status = journal_accounts(journal, &report->accounts, &report->account_count, error);
    if (status >= 0) status = journal_streams(journal, &report->streams, &report->stream_count, error);
    if (status >= 0)
        status = journal_deliveries(journal, &report->deliveries, &report->delivery_count, error);
    if (status >= 0)
        status = journal_skipped(journal, report->arena, &report->skipped, &report->skipped_count, error);
    if (status >= 0) status = journal_totals(journal, &report->totals, error);
    return status;
}

/* What the configuration does not name any more is nobody's trouble. */
static void leave_out_removed(struct status_report *report)
{
    size_t accounts = 0, streams = 0;
    for (size_t i = 0; i < report->account_count; i++)
        if (report->accounts[i].status != ACCOUNT_REMOVED)
            report->accounts[accounts++] = report->accounts[i];
        else
            account_record_clear(&report->accounts[i]);
    for (size_t i = 0; i < report->stream_count; i++) {
        if (report->streams[i].state != STREAM_REMOVED)
            report->streams[streams++] = report->streams[i];
        else
            stream_record_clear(&report->streams[i]);
    }
    report->account_count = accounts;
    report->stream_count = streams;
}

postern_status status_load(const char *directory, const struct clock *clock, struct status_report *report,
                           postern_error *error)
{
    struct journal *journal = NULL;
    struct status_report fresh = {.now_ms = clock_wall_ms(clock),
                                  .daemon_runs = journal_daemon_runs(directory),
                                  .arena = arena_new(ARENA_LIMIT)};
    if (!fresh.arena) return error_no_memory(error, NULL);
    postern_status status = journal_open_reader(directory, clock, &journal, error);
    if (status < 0) {
        status_clear(&fresh);
        return status;
    }
    status = read_journal(journal, &fresh, error);
    journal_close(journal);
    if (status < 0) {
        status_clear(&fresh);
        return status;
    }
    leave_out_removed(&fresh);
    (void)metrics_file_read(directory, &fresh.metrics, NULL); /* no reason not to show the rest */
    *report = fresh;
    return POSTERN_OK;
}

void status_clear(struct status_report *report)
{
    for (size_t i = 0; i < report->stream_count; i++)
        stream_record_clear(&report->streams[i]);
    for (size_t i = 0; i < report->account_count; i++)
        account_record_clear(&report->accounts[i]);
    free(report->accounts);
    free(report->streams);
    free(report->deliveries);
    arena_free(report->arena);
    cJSON_Delete(report->metrics);
    *report = (struct status_report){0};
}

/* Streams come in the order of their accounts' names. */
static size_t first_of(const struct status_report *report, const char *account)
{
    size_t low = 0, high = report->stream_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(report->streams[middle].account, account) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct stream_record *status_next_stream(const struct status_report *report,
                                               const struct account_record *account,
                                               const struct stream_record *stream)
{
    size_t i = stream ? (size_t)(stream - report->streams) + 1 : first_of(report, account->name);
    for (; i < report->stream_count && strcmp(report->streams[i].account, account->name) == 0; i++)
        if (report->streams[i].account_id == account->id) return &report->streams[i];
    return NULL;
}

bool stream_is_good(const struct stream_record *stream)
{
    return stream->state == STREAM_OK || stream->state == STREAM_PENDING || stream->state == STREAM_WAITING ||
           stream->state == STREAM_NOT_LICENSED;
}

bool delivery_is_good(const struct delivery_record *delivery)
{
    return delivery->removed_ms != 0 || delivery->state == DELIVERY_OK;
}

bool status_is_good(const struct status_report *report)
{
    for (size_t i = 0; i < report->stream_count; i++)
        if (!stream_is_good(&report->streams[i])) return false;
    for (size_t i = 0; i < report->delivery_count; i++)
        if (!delivery_is_good(&report->deliveries[i])) return false;
    for (size_t i = 0; i < report->account_count; i++)
        if (report->accounts[i].status == ACCOUNT_FAILED || report->accounts[i].status == ACCOUNT_FAILING)
            return false;
    return !report->totals.full;
}
