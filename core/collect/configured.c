#include "collect/configured.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "base/log.h"
#include "collect/by_id.h"

#include <stdlib.h>

static postern_status mark_account(struct fleet *fleet, const struct by_id *accounts,
                                   struct account_record *stored, postern_error *error)
{
    struct account *account = by_id_account(accounts, stored->id);
    if ((stored->status == ACCOUNT_REMOVED) == (account == NULL)) return POSTERN_OK;
    struct account_record *record = account ? &account->record : stored;
    record->status = account ? ACCOUNT_PENDING : ACCOUNT_REMOVED;
    record->status_since_ms = clock_wall_ms(fleet->shared.clock);
    account_record_clear(record);
    struct journal_commit commit = {.account = record};
    return journal_commit_now(fleet->shared.journal, &commit, error);
}

static postern_status mark_stream(struct fleet *fleet, const struct by_id *streams,
                                  struct stream_record *stored, postern_error *error)
{
    struct stream *stream = by_id_stream(streams, stored->id);
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
    _cleanup_(by_id_free) struct by_id accounts;
    _cleanup_(freep) struct account_record *records = NULL;
    size_t count = 0;
    if (!by_id_accounts(fleet, &accounts)) return error_no_memory(error, NULL);
    postern_status status = journal_accounts(fleet->shared.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (status >= 0) status = mark_account(fleet, &accounts, &records[i], error);
        account_record_clear(&records[i]);
    }
    return status;
}

static postern_status mark_streams(struct fleet *fleet, postern_error *error)
{
    _cleanup_(by_id_free) struct by_id streams;
    _cleanup_(freep) struct stream_record *records = NULL;
    size_t count = 0;
    if (!by_id_streams(fleet, &streams)) return error_no_memory(error, NULL);
    postern_status status = journal_streams(fleet->shared.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        if (status >= 0) status = mark_stream(fleet, &streams, &records[i], error);
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
