/* Which events of a batch go into one object: those of which the key's placeholders make the same. */
#include "store.h"

#define NAME_LIMIT ((size_t)2 * KEY_LIMIT)

/* Which partition has a name: open addressing, twice as many slots as events. */
struct index {
    struct partitions *partitions;
    size_t *slots; /* partition + 1; 0 = free */
    size_t mask;
};

static uint64_t hash_of(postern_text text)
{
    uint64_t hash = kit_hash(KIT_HASH_OF_NOTHING, text);
    return hash ^ hash >> 32;
}

/* The partition of that name, made if there is none; NULL if out of memory. */
static struct partition *find(struct index *index, const postern_host *host, postern_arena *arena,
                              postern_text name)
{
    struct partitions *partitions = index->partitions;
    size_t slot = (size_t)hash_of(name) & index->mask;
    for (; index->slots[slot]; slot = (slot + 1) & index->mask) {
        struct partition *found = &partitions->list[index->slots[slot] - 1];
        if (kit_equal(found->name, name)) return found;
    }
    char *copy = host->allocate(host, arena, name.size + 1);
    if (!copy) return NULL;
    memcpy(copy, name.data, name.size);
    struct partition *made = &partitions->list[partitions->count++];
    *made = (struct partition){.first = NO_EVENT, .name = kit_span(copy, name.size)};
    index->slots[slot] = partitions->count;
    return made;
}

static void add(struct partitions *partitions, struct partition *partition, size_t event, size_t bytes)
{
    partitions->next[event] = NO_EVENT;
    if (partition->first == NO_EVENT)
        partition->first = event;
    else
        partitions->next[partition->last] = event;
    partition->last = event;
    partition->count++;
    partition->bytes += bytes;
}

postern_status partitions_make(const struct store *store, postern_arena *arena, const postern_batch *batch,
                               struct partitions *partitions, postern_error *error)
{
    const postern_host *host = store->host;
    const struct key_parts parts = {.suffix = "", .batch = 0};
    struct partition *last = NULL;
    size_t slots = 2;
    while (slots < 2 * batch->count)
        slots *= 2;
    struct index index = {.partitions = partitions, .mask = slots - 1};
    index.slots = host->allocate(host, arena, slots * sizeof *index.slots);
    partitions->count = 0;
    partitions->list = host->allocate(host, arena, batch->count * sizeof *partitions->list);
    partitions->next = host->allocate(host, arena, batch->count * sizeof *partitions->next);
    if (!index.slots || !partitions->list || !partitions->next) return kit_no_memory(error);
    for (size_t i = 0; i < batch->count; i++) {
        char buffer[NAME_LIMIT];
        struct kit_writer name = kit_writer_in_buffer(buffer, sizeof buffer);
        key_write(&name, store->key, batch->events[i], &parts);
        /* What does not fit is refused for its length when its key is made. */
        postern_text text = kit_span(buffer, name.size);
        if (!last || !kit_equal(last->name, text)) last = find(&index, host, arena, text);
        if (!last) return kit_no_memory(error);
        add(partitions, last, i, batch->events[i]->text.size);
    }
    return POSTERN_OK;
}
