/* A fixed set of names, each with a number: finds the number of a key in a few nanoseconds. */
#ifndef POSTERN_SCRIPT_MAP_NAMES_H
#define POSTERN_SCRIPT_MAP_NAMES_H

#include <postern/module.h>
#include <string.h>
#include <strings.h>

#define MAP_NO_SLOT UINT32_MAX

/* The first and the last bytes of a name: up to 16 bytes, all of it. */
struct map_name_ends {
    uint64_t first, last;
};

struct map_name {
    postern_text text;
    struct map_name_ends ends;
    uint32_t hash;
};

struct map_names {
    const struct map_name *names; /* by slot */
    const uint16_t *table;        /* slot + 1 by hash, open addressing; 0 = free */
    const uint64_t *bits;         /* by slot: see map_run.present */
    uint32_t count, mask;
    bool ignore_case;
};

static inline struct map_name_ends map_name_ends_of(postern_text name)
{
    struct map_name_ends ends = {0, 0};
    const char *bytes = name.data;
    if (name.size >= 8) {
        memcpy(&ends.first, bytes, 8);
        memcpy(&ends.last, bytes + name.size - 8, 8);
    } else if (name.size >= 4) {
        memcpy(&ends.first, bytes, 4);
        memcpy(&ends.last, bytes + name.size - 4, 4);
    } else if (name.size) {
        ends.first = (uint64_t)(unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[name.size / 2] << 8 |
                     (uint64_t)(unsigned char)bytes[name.size - 1] << 16;
    }
    return ends;
}

/* Whatever the case. */
static inline uint32_t map_name_hash(postern_text name, struct map_name_ends ends)
{
    const uint64_t lower = 0x2020202020202020u;
    uint64_t first = ends.first | lower, last = ends.last | lower;
    for (size_t at = 8; at + 8 < name.size && name.size > 16; at += 8) { /* what stands between the ends */
        uint64_t word;
        memcpy(&word, name.data + at, 8);
        first = (first ^ (word | lower)) * 0x9fb21c651e98df25u;
    }
    uint64_t mixed = (first ^ (last * 0x9e3779b97f4a7c15u) ^ name.size) * 0xd6e8feb86659fd93u;
    return (uint32_t)(mixed >> 32);
}

static inline bool map_name_is(postern_text name, postern_text key, bool ignore_case)
{
    if (name.size != key.size) return false;
    if (memcmp(name.data, key.data, key.size) == 0) return true;
    return ignore_case && strncasecmp(name.data, key.data, key.size) == 0;
}

static inline uint32_t map_names_find(const struct map_names *names, postern_text key)
{
    struct map_name_ends ends = map_name_ends_of(key);
    uint32_t hash = map_name_hash(key, ends);
    for (uint32_t at = hash & names->mask; names->table[at]; at = (at + 1) & names->mask) {
        uint32_t slot = names->table[at] - 1u;
        const struct map_name *name = &names->names[slot];
        if (name->hash != hash) continue;
        bool same_ends = name->ends.first == ends.first && name->ends.last == ends.last;
        if (same_ends && key.size <= 16 && name->text.size == key.size) return slot;
        if (map_name_is(name->text, key, names->ignore_case)) return slot;
    }
    return MAP_NO_SLOT;
}

#endif
