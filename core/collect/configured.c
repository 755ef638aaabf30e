#include "collect/configured.h"

#include "base/error.h"
#include "base/log.h"
#include "collect/commits.h"
#include "collect/stream/roster.h"

#include <stdlib.h>

static void mark_account(struct commits *commits, const struct fleet *fleet, struct account_record *record,
                         enum account_status status)
{
    record->status = status;
    record->status_since_ms = clock_wall_ms(fleet->shared.clock);
    account_record_clear(record);
    commits_add(commits, &(struct journal_commit){.account = record});
}

static void mark_stream(struct commits *commits, struct stream_record *record, enum stream_state state)
{
    record->state = state;
    free(record->trouble);
    record->trouble = NULL;
    commits_add(commits, &(struct journal_commit){.stream = record});
}

static void mark_those_that_came_back(struct commits *commits, const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->account_count; i++) {
        struct account *account = fleet->accounts[i];
        if (account->record.status == ACCOUNT_REMOVED)
            mark_account(commits, fleet, &account->record, ACCOUNT_PENDING);
        for (size_t k = 0; k < account->stream_count; k++)
            if (account->streams[k].record.state == STREAM_REMOVED)
                mark_stream(commits, &account->streams[k].record, STREAM_PENDING);
    }
}

static void mark_those_that_are_left(struct commits *commits, const struct fleet *fleet)
{
    struct roster *roster = fleet->shared.roster;
    for (size_t i = 0; i < roster->account_count; i++)
        if (roster->accounts[i].id && roster->accounts[i].status != ACCOUNT_REMOVED)
            mark_account(commits, fleet, &roster->accounts[i], ACCOUNT_REMOVED);
    for (size_t i = 0; i < roster->stream_count; i++)
        if (roster->streams[i].id && roster->streams[i].state != STREAM_REMOVED)
            mark_stream(commits, &roster->streams[i], STREAM_REMOVED);
}

void fleet_mark_configured(struct fleet *fleet)
{
    postern_error error = ERROR_INIT;
    struct commits commits = {.journal = fleet->shared.journal, .error = &error};
    mark_those_that_came_back(&commits, fleet);
    mark_those_that_are_left(&commits, fleet);
    /* It is only what `status` shows; the next start or reload does it again. */
    if (commits_end(&commits) < 0) log_error(POSTERN_LOG_WARNING, "status", &error);
    roster_free(fleet->shared.roster);
    fleet->shared.roster = NULL;
}
