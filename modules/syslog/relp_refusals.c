#include "relp_refusals.h"
#include <search.h>
#include <stdlib.h>

struct refused {
    uint64_t event;
    unsigned count;
};

struct refused_batch {
    uint64_t delivery, id;
    void *tree; /* of struct refused */
    struct refused_batch *next;
};

static int compare(const void *left, const void *right)
{
    const struct refused *a = left, *b = right;
    return (a->event > b->event) - (a->event < b->event);
}

static void clear(struct refused_batch *batch)
{
    tdestroy(batch->tree, free);
    batch->tree = NULL;
}

void relp_refusals_free(struct relp_refusals *refusals)
{
    while (refusals->batches) {
        struct refused_batch *batch = refusals->batches;
        refusals->batches = batch->next;
        clear(batch);
        free(batch);
    }
}

/* Only one batch of a delivery is in hand at a time; a dead letter may come between two tries of it. */
struct refused_batch *relp_refusals_of(struct relp_refusals *refusals, const postern_batch *batch)
{
    uint64_t delivery = kit_hash(KIT_HASH_OF_NOTHING, batch->delivery);
    struct refused_batch *found = refusals->batches;
    while (found && (found->delivery != delivery || (found->id & KIT_LETTER) != (batch->id & KIT_LETTER)))
        found = found->next;
    if (!found) {
        found = calloc(1, sizeof *found);
        if (!found) return NULL;
        found->next = refusals->batches;
        refusals->batches = found;
    }
    if (found->id != batch->id) clear(found);
    found->delivery = delivery;
    found->id = batch->id;
    return found;
}

unsigned relp_refusals_add(struct refused_batch *batch, const postern_sink_event *event)
{
    struct refused *made = calloc(1, sizeof *made);
    if (!made) return 0;
    made->event = kit_hash(kit_hash(KIT_HASH_OF_NOTHING, event->id), event->text);
    struct refused *const *found = tsearch(made, &batch->tree, compare);
    if (!found || *found != made) free(made);
    return found ? ++(*found)->count : 0;
}
