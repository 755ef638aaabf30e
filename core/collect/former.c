#include "collect/former.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "collect/by_id.h"
#include "collect/plan/token.h"
#include "collect/stream/state.h"

#include <stdlib.h>
#include <string.h>

static bool follows(const struct stream *stream, const struct stream_record *former)
{
    return stream->declaration->kind == POSTERN_STREAM_TOKEN && former->kind == POSTERN_STREAM_TOKEN &&
           strcmp(stream->source->source->name, former->source) == 0 &&
           strcmp(stream->declaration->auth, former->auth) != 0;
}

/* False if out of memory. */
static bool follow(struct fleet *fleet, const struct account *account, const struct stream_record *former)
{
    for (size_t i = 0; i < account->stream_count; i++) {
        const struct stream *stream = &account->streams[i];
        if (!follows(stream, former)) continue;
        return source_starts_add(&fleet->shared.starts, account->record.id, stream->source->source->name,
                                 token_begins_after(former, stream_settings(stream)->overlap_ms));
    }
    return true;
}

postern_status fleet_follow_former(struct fleet *fleet, postern_error *error)
{
    _cleanup_(by_id_free) struct by_id accounts = {0}, streams = {0};
    _cleanup_(freep) struct stream_record *records = NULL;
    size_t count = 0;
    if (!fleet->shared.journal) return POSTERN_OK;
    bool good = by_id_accounts(fleet, &accounts);
    good = by_id_streams(fleet, &streams) && good;
    if (!good) return error_no_memory(error, NULL);
    postern_status status = journal_streams(fleet->shared.journal, &records, &count, error);
    for (size_t i = 0; i < count; i++) {
        const struct account *account = by_id_account(&accounts, records[i].account_id);
        if (good && account && !by_id_stream(&streams, records[i].id))
            good = follow(fleet, account, &records[i]);
        stream_record_clear(&records[i]);
    }
    source_starts_sort(&fleet->shared.starts);
    return good ? status : error_no_memory(error, NULL);
}
