#include "collect/answer/list_page.h"

#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/fnv1a.h"
#include "collect/answer/answer.h"
#include "collect/answer/identity.h"
#include "journal/id_set.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE 256 /* rows that are looked up together */

struct list_page {
    struct snapshot_room most, room;
    bool is_begun; /* `room` and the poll are known */
    struct snapshot_item *items;
    size_t count;
    size_t *text_at; /* of each item, in `texts`, which may move */
    struct buffer texts;
    struct id_set appeared; /* with this answer, committed or not */
    struct id_set shown;    /* just as they are remembered */
    bool has_changed;       /* another item is not */
    struct snapshot_change change;
    struct snapshot_known known[AT_ONCE];
    unsigned char keys[AT_ONCE][EVENT_ID_SIZE];
};

struct list_page *list_page_new(const struct snapshot_room *most)
{
    struct list_page *list_page = calloc(1, sizeof *list_page);
    if (!list_page) return NULL;
    list_page->most = *most;
    list_page->texts.limit = SIZE_MAX / 2;
    return list_page;
}

void list_page_free(struct list_page *list_page)
{
    if (!list_page) return;
    buffer_free(&list_page->texts);
    id_set_free(&list_page->appeared);
    id_set_free(&list_page->shown);
    free(list_page->items);
    free(list_page->text_at);
    free(list_page);
}

/* What is set aside and read again belongs to no poll: it counts as seen by the last whole one. */
static postern_status begin(struct list_page *list_page, struct answer *answer)
{
    struct snapshot_totals totals;
    if (list_page->is_begun) return POSTERN_OK;
    postern_status status =
        journal_snapshot_totals(answer->journal, answer->record.id, &totals, &answer->error);
    if (status < 0) return status;
    list_page->room =
        (struct snapshot_room){list_page->most.items - totals.items, list_page->most.bytes - totals.bytes};
    list_page->change.poll = answer->again ? totals.state.polls : snapshot_poll(&answer->list);
    list_page->is_begun = true;
    return POSTERN_OK;
}

static bool add(struct list_page *list_page, const struct list_page_row *row, uint64_t sum,
                enum snapshot_sight sight)
{
    size_t count = list_page->count;
    if (!array_extend(&list_page->items, count, sizeof *list_page->items) ||
        !array_extend(&list_page->text_at, count, sizeof *list_page->text_at))
        return false;
    struct snapshot_item *item = &list_page->items[count];
    *item = (struct snapshot_item){.sum = sum, .sight = sight};
    memcpy(item->key, row->key, EVENT_ID_SIZE);
    list_page->text_at[count] = list_page->texts.size;
    if (sight != SNAPSHOT_SHOWN) {
        item->text.size = row->text.size;
        if (!buffer_append_text(&list_page->texts, row->text)) return false;
    }
    list_page->count++;
    return true;
}

static postern_status wait_for_room(const struct list_page *list_page, struct answer *answer)
{
    answer->waiting++;
    if (!answer->again) return POSTERN_OK;
    return error_set(&answer->error, POSTERN_E_LIMIT,
                     "the list has no room for it: %lld items are remembered (limits.snapshot_items, "
                     "limits.snapshot_size)",
                     (long long)(list_page->most.items - list_page->room.items));
}

static postern_status take_row(struct list_page *list_page, struct answer *answer,
                               const struct list_page_row *row, const struct snapshot_known *known,
                               bool *appears)
{
    uint64_t sum = fnv1a(FNV1A_START, row->text);
    enum snapshot_sight sight = SNAPSHOT_CHANGED; /* the same item again on the same page */
    *appears = false;
    if (!id_set_has(&list_page->appeared, row->key)) {
        bool is_taken = snapshot_sight_of(known, sum, row->text.size, &list_page->room, &sight);
        answer->sighted += !known->is_known || known->seen < list_page->change.poll;
        if (!is_taken) return wait_for_room(list_page, answer);
        *appears = sight == SNAPSHOT_APPEARED;
        if (*appears && !id_set_add(&list_page->appeared, row->key))
            return error_no_memory(&answer->error, NULL);
        list_page->room.items -= *appears;
        if (sight != SNAPSHOT_SHOWN) list_page->room.bytes -= (int64_t)row->text.size - known->bytes;
    }
    bool stays = sight == SNAPSHOT_SHOWN && !known->is_missed;
    if (stays && !id_set_add(&list_page->shown, row->key)) return error_no_memory(&answer->error, NULL);
    list_page->has_changed |= !stays;
    if (answer->again && !*appears) return POSTERN_OK; /* no poll has shown it */
    return add(list_page, row, sum, sight) ? POSTERN_OK : error_no_memory(&answer->error, NULL);
}

static postern_status take_some(struct list_page *list_page, struct answer *answer,
                                const struct list_page_row *rows, size_t count, bool *appears)
{
    for (size_t i = 0; i < count; i++)
        memcpy(list_page->keys[i], rows[i].key, EVENT_ID_SIZE);
    postern_status status = journal_snapshot_known(answer->journal, answer->record.id, list_page->keys[0],
                                                   count, list_page->known, &answer->error);
    for (size_t i = 0; status >= 0 && i < count; i++)
        status = take_row(list_page, answer, &rows[i], &list_page->known[i], &appears[i]);
    return status;
}

postern_status list_page_take(struct list_page *list_page, struct answer *answer,
                              const struct list_page_row *rows, size_t count, bool *appears)
{
    postern_status status = begin(list_page, answer);
    for (size_t at = 0; status >= 0 && at < count; at += AT_ONCE)
        status = take_some(list_page, answer, rows + at, count - at < AT_ONCE ? count - at : AT_ONCE,
                           appears + at);
    return status;
}

postern_status list_page_end(struct list_page *list_page, struct answer *answer)
{
    postern_status status = begin(list_page, answer);
    if (status < 0) return status;
    int64_t remembered = list_page->most.items - list_page->room.items;
    answer->list_stands_still =
        !list_page->has_changed && !answer->waiting && (int64_t)list_page->shown.count == remembered;
    return POSTERN_OK;
}

void list_page_event_id(const struct list_page *list_page, const unsigned char *key,
                        unsigned char id[EVENT_ID_SIZE])
{
    identity_of_item(key, false, list_page->change.poll, id);
}

const struct snapshot_change *list_page_change(struct list_page *list_page)
{
    if (!list_page || !list_page->count) return NULL;
    for (size_t i = 0; i < list_page->count; i++)
        if (list_page->items[i].text.size)
            list_page->items[i].text.data = list_page->texts.data + list_page->text_at[i];
    list_page->change.items = list_page->items;
    list_page->change.count = list_page->count;
    return &list_page->change;
}

void list_page_committed(struct list_page *list_page)
{
    if (!list_page) return;
    list_page->count = 0;
    buffer_clear(&list_page->texts);
}

size_t list_page_bytes(const struct list_page *list_page)
{
    return list_page->texts.size + list_page->count * (sizeof *list_page->items + sizeof *list_page->text_at);
}
