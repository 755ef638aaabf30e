/* What a journal remembers of one list, in plain arrays: the world of the streams keeps its lists so, and the
 * journal's own tables are held against it. */
#ifndef TESTS_SNAPSHOT_MODEL_H
#define TESTS_SNAPSHOT_MODEL_H

#include "journal/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct model_item {
    int64_t row;
    unsigned char key[EVENT_ID_SIZE];
    uint64_t sum;
    int64_t appeared, seen, missed_ms;
    bool leaves;
    char *text;
    size_t size;
};

struct snapshot_model {
    struct model_item *items;
    size_t count;
    int64_t next_row, bytes;
    struct snapshot_state state;
    void *(*resize)(void *block, size_t size); /* NULL = realloc */
};

static inline struct model_item *model_find(const struct snapshot_model *model, const unsigned char *key)
{
    for (size_t i = 0; i < model->count; i++)
        if (memcmp(model->items[i].key, key, EVENT_ID_SIZE) == 0) return &model->items[i];
    return NULL;
}

static inline void *model_resize(const struct snapshot_model *model, void *block, size_t size)
{
    return model->resize ? model->resize(block, size) : realloc(block, size);
}

static inline void model_set_text(struct snapshot_model *model, struct model_item *item, postern_text text)
{
    model->bytes += (int64_t)text.size - (int64_t)item->size;
    item->text = model_resize(model, item->text, text.size + 1);
    memcpy(item->text, text.data, text.size);
    item->size = text.size;
}

static inline void model_remove(struct snapshot_model *model, size_t at)
{
    model->bytes -= (int64_t)model->items[at].size;
    free(model->items[at].text);
    memmove(&model->items[at], &model->items[at + 1], (--model->count - at) * sizeof *model->items);
}

static inline struct model_item *model_add(struct snapshot_model *model, const struct snapshot_item *item)
{
    model->items = model_resize(model, model->items, (model->count + 1) * sizeof *model->items);
    struct model_item *fresh = &model->items[model->count++];
    *fresh = (struct model_item){.row = ++model->next_row};
    memcpy(fresh->key, item->key, EVENT_ID_SIZE);
    return fresh;
}

/* False, with nothing changed, if an item that appears is there already, or one to be forgotten does not
 * leave. */
static inline bool model_commit(struct snapshot_model *model, const struct snapshot_change *change)
{
    for (size_t i = 0; i < change->count; i++)
        if (change->items[i].sight == SNAPSHOT_APPEARED && model_find(model, change->items[i].key))
            return false;
    if (change->state) model->state = *change->state;
    for (size_t i = 0; i < change->count; i++) {
        const struct snapshot_item *item = &change->items[i];
        struct model_item *known = model_find(model, item->key);
        if (!known && item->sight == SNAPSHOT_APPEARED) {
            known = model_add(model, item);
            known->appeared = change->poll;
        }
        if (!known) continue;
        if (item->sight != SNAPSHOT_SHOWN) model_set_text(model, known, item->text);
        if (item->sight != SNAPSHOT_SHOWN) known->sum = item->sum;
        known->seen = change->poll;
        known->missed_ms = 0;
    }
    for (size_t i = 0; change->end && i < model->count; i++) {
        struct model_item *item = &model->items[i];
        if (item->seen >= change->poll || item->seen < change->end->since) continue;
        if (item->missed_ms)
            item->leaves = true;
        else
            item->missed_ms = change->end->missed_ms;
    }
    for (size_t i = 0; i < change->left_count; i++)
        for (size_t k = 0; k < model->count; k++)
            if (model->items[k].row == change->left[i]) {
                if (!model->items[k].leaves) return false;
                model_remove(model, k--);
            }
    return true;
}

static inline void model_known(const struct snapshot_model *model, const unsigned char *key,
                               struct snapshot_known *known)
{
    const struct model_item *item = model_find(model, key);
    *known = (struct snapshot_known){0};
    if (item)
        *known =
            (struct snapshot_known){true, item->sum, (int64_t)item->size, item->seen, item->missed_ms != 0};
}

static inline void model_leavers(const struct snapshot_model *model, journal_take_leaver *take, void *context)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct model_item *item = &model->items[i];
        struct snapshot_leaver leaver = {.row = item->row,
                                         .appeared = item->appeared,
                                         .missed_ms = item->missed_ms,
                                         .text = {item->text, item->size}};
        memcpy(leaver.key, item->key, EVENT_ID_SIZE);
        if (item->leaves && !take(context, &leaver)) return;
    }
}

static inline void model_free(struct snapshot_model *model)
{
    while (model->count)
        model_remove(model, model->count - 1);
    free(model->items);
    *model = (struct snapshot_model){0};
}

#endif
