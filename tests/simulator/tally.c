#include "tally.h"
#include <stdlib.h>

static struct expectation *slot_of(const struct tally *tally, uint64_t key)
{
    size_t slot = key & (tally->capacity - 1);
    while (tally->slots[slot].key && tally->slots[slot].key != key)
        slot = (slot + 1) & (tally->capacity - 1);
    return &tally->slots[slot];
}

struct expectation *tally_add(struct tally *tally, uint64_t key)
{
    if (tally->count * 2 >= tally->capacity) {
        struct tally larger = {.capacity = tally->capacity ? tally->capacity * 2 : 1024,
                               .count = tally->count};
        larger.slots = must_allocate(larger.capacity * sizeof *larger.slots);
        for (size_t i = 0; i < tally->capacity; i++)
            if (tally->slots[i].key) *slot_of(&larger, tally->slots[i].key) = tally->slots[i];
        free(tally->slots);
        *tally = larger;
    }
    struct expectation *slot = slot_of(tally, key);
    if (!slot->key) {
        slot->key = key;
        tally->count++;
    }
    return slot;
}

struct expectation *tally_find(const struct tally *tally, uint64_t key)
{
    struct expectation *slot = tally->capacity ? slot_of(tally, key) : NULL;
    return slot && slot->key ? slot : NULL;
}

void tally_free(struct tally *tally)
{
    free(tally->slots);
    *tally = (struct tally){0};
}
