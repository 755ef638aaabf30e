#include "collect/stream/roster.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct roster *roster_read(struct journal *journal, postern_error *error)
{
    struct roster *roster = calloc(1, sizeof *roster);
    if (!roster) {
        error_no_memory(error, NULL);
        return NULL;
    }
    postern_status status = journal_accounts(journal, &roster->accounts, &roster->account_count, error);
    if (status >= 0) status = journal_streams(journal, &roster->streams, &roster->stream_count, error);
    if (status >= 0)
        status = journal_set_aside_streams(journal, &roster->set_aside, &roster->set_aside_count, error);
    if (status >= 0) return roster;
    roster_free(roster);
    return NULL;
}

void roster_free(struct roster *roster)
{
    if (!roster) return;
    for (size_t i = 0; i < roster->account_count; i++)
        account_record_clear(&roster->accounts[i]);
    for (size_t i = 0; i < roster->stream_count; i++)
        stream_record_clear(&roster->streams[i]);
    free(roster->accounts);
    free(roster->streams);
    free(roster->set_aside);
    free(roster);
}

static int compare_accounts(const void *a, const void *b)
{
    return strcmp(((const struct account_record *)a)->name, ((const struct account_record *)b)->name);
}

static int compare_streams(const void *a, const void *b)
{
    const struct stream_record *one = a, *other = b;
    int order = strcmp(one->account, other->account);
    if (!order) order = strcmp(one->source, other->source);
    return order ? order : strcmp(one->name, other->name);
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static struct account_record *find_account(const struct roster *roster, const char *name)
{
    const struct account_record wanted = {.name = name};
    if (!roster || !roster->account_count) return NULL;
    return bsearch(&wanted, roster->accounts, roster->account_count, sizeof wanted, compare_accounts);
}

static struct stream_record *find_stream(const struct roster *roster, const char *account, const char *source,
                                         const char *name)
{
    const struct stream_record wanted = {.account = account, .source = source, .name = name};
    if (!roster || !roster->stream_count) return NULL;
    return bsearch(&wanted, roster->streams, roster->stream_count, sizeof wanted, compare_streams);
}

bool roster_has_account(const struct roster *roster, const char *name)
{
    return find_account(roster, name) != NULL;
}

bool roster_has_stream(const struct roster *roster, const char *account, const char *source, const char *name)
{
    return find_stream(roster, account, source, name) != NULL;
}

bool roster_take_account(struct roster *roster, const char *name, struct account_record *record)
{
    struct account_record *found = find_account(roster, name);
    if (!found || !found->id) return false;
    *record = *found;
    record->name = name;
    found->id = 0;
    found->trouble = NULL;
    return true;
}

bool roster_take_stream(struct roster *roster, const struct enrolled *stream, struct stream_record *record)
{
    struct stream_record *found = find_stream(roster, stream->account, stream->source, stream->name);
    if (!found || !found->id) return false;
    int64_t id = found->id;
    found->id = 0; /* what is not as it is wanted will be of the fleet as well, by way of journal_stream */
    if (found->kind != stream->kind || strcmp(found->auth, stream->auth) != 0) return false;
    *record = *found;
    record->id = id;
    record->account = stream->account;
    record->source = stream->source;
    record->name = stream->name;
    record->auth = stream->auth;
    found->position = NULL;
    found->trouble = NULL;
    return true;
}

bool roster_has_set_aside(const struct roster *roster, int64_t stream_id)
{
    return !roster ||
           (roster->set_aside_count &&
            bsearch(&stream_id, roster->set_aside, roster->set_aside_count, sizeof stream_id, compare_ids));
}
