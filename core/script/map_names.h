/* A fixed set of names, each with a number: finds the number of a key in a few nanoseconds. */
#ifndef POSTERN_SCRIPT_MAP_NAMES_H
#define POSTERN_SCRIPT_MAP_NAMES_H

#include <postern/module.h>
#include <string.h>
#include <strings.h>

#define MAP_NO_SLOT UINT32_MAX

struct map_name {
    postern_text text;
    uint32_t hash;
};

struct map_names {
    const struct map_name *names; /* by slot */
    const uint16_t *table;        /* slot + 1 by hash, open addressing; 0 = free */
    uint32_t count, mask;
    bool ignore_case;
};

/* From size, first and last bytes, in lower case. Names of records rarely differ in the middle alone. */
static inline uint32_t map_name_hash(const char *bytes, size_t size)
{
    uint64_t first = 0, last = 0;
    if (size >= 8) {
        memcpy(&first, bytes, 8);
        memcpy(&last, bytes + size - 8, 8);
    } else if (size >= 4) {
        memcpy(&first, bytes, 4);
        memcpy(&last, bytes + size - 4, 4);
    } else if (size) {
        first = (uint64_t)(unsigned char)bytes[0] | (uint64_t)(unsigned char)bytes[size / 2] << 8 |
                (uint64_t)(unsigned char)bytes[size - 1] << 16;
    }
    first |= 0x2020202020202020u;
    last |= 0x2020202020202020u;
    uint64_t mixed = (first ^ (last * 0x9e3779b97f4a7c15u) ^ size) * 0xd6e8feb86659fd93u;
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
    uint32_t hash = map_name_hash(key.data, key.size);
    for (uint32_t at = hash & names->mask; names->table[at]; at = (at + 1) & names->mask) {
        uint32_t slot = names->table[at] - 1u;
        const struct map_name *name = &names->names[slot];
        if (name->hash == hash && map_name_is(name->text, key, names->ignore_case)) return slot;
    }
    return MAP_NO_SLOT;
}

#endif
