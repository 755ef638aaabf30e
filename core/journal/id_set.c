/* Open addressing with linear probing. An id is a hash already: its first 8 bytes, scaled to the capacity,
 * say where it belongs. The table grows by a quarter, which keeps it between 68 and 85 % full. */
#include "journal/id_set.h"
#include <stdlib.h>
#include <string.h>

static const unsigned char zero[EVENT_ID_SIZE];

static size_t home_of(const unsigned char *id, size_t capacity)
{
    uint64_t word;
    memcpy(&word, id, sizeof word);
    return (size_t)((unsigned __int128)word * capacity >> 64);
}

/* The slot that holds `id`, or the free one where it belongs. */
static unsigned char *find_slot(const struct id_set *set, const unsigned char *id)
{
    for (size_t at = home_of(id, set->capacity);; at = at + 1 < set->capacity ? at + 1 : 0) {
        unsigned char *slot = set->slots[at];
        if (memcmp(slot, id, EVENT_ID_SIZE) == 0 || memcmp(slot, zero, EVENT_ID_SIZE) == 0) return slot;
    }
}

static bool fits(size_t count, size_t capacity)
{
    return count <= capacity / 100 * 85;
}

static bool grow_to(struct id_set *set, size_t capacity)
{
    struct id_set larger = {.capacity = capacity, .count = set->count, .has_zero = set->has_zero};
    larger.slots = calloc(capacity, EVENT_ID_SIZE);
    if (!larger.slots) return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (memcmp(set->slots[i], zero, EVENT_ID_SIZE) != 0)
            memcpy(find_slot(&larger, set->slots[i]), set->slots[i], EVENT_ID_SIZE);
    free(set->slots);
    *set = larger;
    return true;
}

static size_t capacity_for(size_t count)
{
    return (count / 80 + 1) * 100;
}

bool id_set_reserve(struct id_set *set, size_t count)
{
    size_t wanted = set->count + count;
    return fits(wanted, set->capacity) || grow_to(set, capacity_for(wanted));
}

bool id_set_add(struct id_set *set, const unsigned char *id)
{
    if (memcmp(id, zero, EVENT_ID_SIZE) == 0) return set->has_zero = true;
    if (!fits(set->count + 1, set->capacity) && !grow_to(set, set->capacity / 400 * 500 + 400)) return false;
    unsigned char *slot = find_slot(set, id);
    if (memcmp(slot, zero, EVENT_ID_SIZE) != 0) return true;
    memcpy(slot, id, EVENT_ID_SIZE);
    set->count++;
    return true;
}

bool id_set_has(const struct id_set *set, const unsigned char *id)
{
    if (memcmp(id, zero, EVENT_ID_SIZE) == 0) return set->has_zero;
    return set->capacity && memcmp(find_slot(set, id), id, EVENT_ID_SIZE) == 0;
}

size_t id_set_bytes(const struct id_set *set)
{
    return set->capacity * EVENT_ID_SIZE;
}

size_t id_set_bytes_for(size_t count)
{
    return capacity_for(count) * EVENT_ID_SIZE;
}

void id_set_free(struct id_set *set)
{
    free(set->slots);
    *set = (struct id_set){0};
}
