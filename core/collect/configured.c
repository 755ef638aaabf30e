#include "collect/configured.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"

#include <stdlib.h>

static struct account *find_account(const struct fleet *fleet, int64_t id)
{
    for (size_t i = 0; i < fleet->account_count; i++)
        if (fleet->accounts[i]->record.id == id) return fleet->accounts[i];
    return NULL;
}

static struct stream *find_stream(const struct fleet *fleet, int64_t id)
{
    for (size_t i = 0; i < fleet->account_count; i++)
        for (size_t k = 0; k < fleet->accounts[i]->stream_count; k++)
            if (fleet->accounts[i]->streams[k].record.id == id) return &fleet->accounts[i]->streams[k];
    return NULL;
}

static postern_status mark_account(struct fleet *fleet, struct account_record *stored, postern_error *error)
{
    struct account *account = find_account(fleet, stored->id);
    if ((stored->status == ACCOUNT_REMOVED) == (account == NULL)) return POSTERN_OK;
    struct account_record *record = account ? &account->record : stored;
    record->status = account ? ACCOUNT_PENDING : ACCOUNT_REMOVED;
    record->status_since_ms = clock_wall_ms(fleet->shared.clock);
    account_record_clear(record);
    struct journal_commit commit = {.account = record};
    return journal_commit_now(fleet->shared.journal, &commit, error);
}

static postern_status mark_stream(struct fleet *fleet, struct stream_record *stored, postern_error *error)
{
    struct stream *stream = find_stream(fleet, stored->id);
    if ((stored->state == STREAM_REMOVED) == (stream == NULL)) return POSTERN_OK;
    struct stream_record *record = stream ? &stream->record : stored;
    record->state = stream ? STREAM_PENDING : STREAM_REMOVED;
    free(record->trouble);
    record->trouble = NULL;
    struct journal_commit commit = {.stream = record};
    return journal_commit_now(fleet->shared.journal, &commit, error);
}

static postern_status mark_accounts(struct fleet *fleet, postern_error *error)
{
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    postern_status status = journal_accounts(fleet->shared.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (status >= 0) status = mark_account(fleet, &records[i], error);
        account_record_clear(&records[i]);
    }
    return status;
}

static postern_status mark_streams(struct fleet *fleet, postern_error *error)
{
    _cleanup_(freep) struct stream_record *records = NULL;
    size_t count = 0;
    postern_status status = journal_streams(fleet->shared.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (status >= 0) status = mark_stream(fleet, &records[i], error);
        stream_record_clear(&records[i]);
    }
    return status;
}

void fleet_mark_configured(struct fleet *fleet)
{
    postern_error error = ERROR_INIT;
    postern_status status = mark_accounts(fleet, &error);
    if (status >= 0) status = mark_streams(fleet, &error);
    /* It is only what `status` shows; the next start or reload does it again. */
    if (status < 0) log_error(POSTERN_LOG_WARNING, "status", &error);
}
