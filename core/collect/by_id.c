#include "collect/by_id.h"
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    int64_t x = ((const struct id_entry *)a)->id, y = ((const struct id_entry *)b)->id;
    return (x > y) - (x < y);
}

static bool make_room(struct by_id *list, size_t count)
{
    *list = (struct by_id){.entries = calloc(count + 1, sizeof *list->entries)};
    return list->entries != NULL;
}

static void add(struct by_id *list, int64_t id, void *item)
{
    list->entries[list->count++] = (struct id_entry){id, item};
}

bool by_id_accounts(const struct fleet *fleet, struct by_id *found)
{
    if (!make_room(found, fleet->account_count)) return false;
    for (size_t i = 0; i < fleet->account_count; i++)
        add(found, fleet->accounts[i]->record.id, fleet->accounts[i]);
    qsort(found->entries, found->count, sizeof *found->entries, compare);
    return true;
}

bool by_id_streams(const struct fleet *fleet, struct by_id *found)
{
    if (!make_room(found, fleet->stream_count)) return false;
    for (size_t i = 0; i < fleet->account_count; i++)
        for (size_t k = 0; k < fleet->accounts[i]->stream_count; k++)
            add(found, fleet->accounts[i]->streams[k].record.id, &fleet->accounts[i]->streams[k]);
    qsort(found->entries, found->count, sizeof *found->entries, compare);
    return true;
}

void by_id_free(struct by_id *list)
{
    free(list->entries);
    *list = (struct by_id){0};
}

static void *find(const struct by_id *list, int64_t id)
{
    struct id_entry wanted = {.id = id};
    struct id_entry *entry =
        list->count ? bsearch(&wanted, list->entries, list->count, sizeof wanted, compare) : NULL;
    return entry ? entry->item : NULL;
}

struct account *by_id_account(const struct by_id *accounts, int64_t id)
{
    return find(accounts, id);
}

struct stream *by_id_stream(const struct by_id *streams, int64_t id)
{
    return find(streams, id);
}
