#include "collect/former.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "collect/by_id.h"
#include "collect/plan/token.h"
#include "collect/stream/roster.h"
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
    _cleanup_(by_id_free) struct by_id accounts = {0};
    const struct roster *roster = fleet->shared.roster;
    if (!roster) return POSTERN_OK;
    bool good = by_id_accounts(fleet, &accounts);
    for (size_t i = 0; good && i < roster->stream_count; i++) {
        const struct stream_record *former = &roster->streams[i];
        const struct account *account = former->id ? by_id_account(&accounts, former->account_id) : NULL;
        if (account) good = follow(fleet, account, former);
    }
    source_starts_sort(&fleet->shared.starts);
    return good ? POSTERN_OK : error_no_memory(error, NULL);
}
