#include "script/map/program/shape.h"

#include "base/text.h"

/* What is to be seen of a value without reading it: its type, or that it is "". */
enum { LOOK_EMPTY = POSTERN_JSON_OBJECT + 1, LOOKS };

static inline unsigned look_of(const struct json_node *node)
{
    bool is_empty = (node->type == POSTERN_JSON_STRING) & (node->end - node->start == 2);
    return node->type + is_empty * (unsigned)(LOOK_EMPTY - POSTERN_JSON_STRING);
}

/* By look, of a member that no step reads, and of one that steps read. */
static const uint8_t kinds[2][LOOKS] = {
    {[POSTERN_JSON_NULL] = MEMBER_MISSING,
     [POSTERN_JSON_BOOLEAN] = MEMBER_TEXT,
     [POSTERN_JSON_NUMBER] = MEMBER_TEXT,
     [POSTERN_JSON_STRING] = MEMBER_TEXT,
     [POSTERN_JSON_ARRAY] = MEMBER_LIST,
     [POSTERN_JSON_OBJECT] = MEMBER_OBJECT,
     [LOOK_EMPTY] = MEMBER_MISSING},
    {[POSTERN_JSON_NULL] = MEMBER_MISSING,
     [POSTERN_JSON_BOOLEAN] = MEMBER_BOOLEAN,
     [POSTERN_JSON_NUMBER] = MEMBER_NUMBER,
     [POSTERN_JSON_STRING] = MEMBER_TEXT,
     [POSTERN_JSON_ARRAY] = MEMBER_LIST,
     [POSTERN_JSON_OBJECT] = MEMBER_OBJECT,
     [LOOK_EMPTY] = MEMBER_MISSING},
};

/* A bit for each look that is of the kind. */
static uint8_t looks_of(bool is_read, uint8_t kind)
{
    unsigned looks = 0;
    for (unsigned look = 0; look < LOOKS; look++)
        looks |= (unsigned)(kinds[is_read][look] == kind) << look;
    return (uint8_t)looks;
}

static inline bool has_look(const struct map_shape *shape, size_t number, const struct json_node *node)
{
    return shape->looks[number] >> look_of(node) & 1;
}

/* No way out of the loop: other kinds are rare, and so it runs without branches. */
bool shape_has_kinds(const struct map_shape *shape, const struct json_tape *tape)
{
    bool has_kinds = true;
    for (size_t i = 0; i < shape->count; i++)
        has_kinds &= has_look(shape, i, &tape->nodes[shape->places.members[i]]);
    return has_kinds;
}

bool shape_find_places(const struct map_shape *shape, const struct json_tape *tape,
                       const struct json_node *root, const struct shape_places *places)
{
    const struct json_node *node = json_node_first(root);
    size_t number = 0;
    for (; node && number < shape->count; node = json_node_after(tape, node), number++) {
        const struct shape_member *member = &shape->members[number];
        bool has_name =
            !(node->flags & JSON_KEY_ESCAPED) && text_equal(json_node_key(tape, node), member->name);
        if (!has_name || !has_look(shape, number, node)) return false;
        places->slots[member->slot] = places->members[number] = (uint32_t)(node - tape->nodes);
    }
    return !node && number == shape->count;
}

uint64_t shape_hash(const struct json_tape *tape, const struct json_node *root)
{
    uint64_t hash = 1;
    size_t count = 0;
    for (const struct json_node *node = json_node_first(root); node; node = json_node_after(tape, node)) {
        postern_text key = json_node_key(tape, node);
        if (++count > SHAPE_MEMBERS || node->flags & JSON_KEY_ESCAPED) return 0;
        unsigned char first = key.size ? (unsigned char)key.data[0] : 0;
        unsigned char last = key.size ? (unsigned char)key.data[key.size - 1] : 0;
        uint64_t looks =
            key.size << 24 | (uint64_t)first << 16 | (uint64_t)last << 8 | kinds[false][look_of(node)];
        hash = (hash ^ looks) * 0x9fb21c651e98df25u;
        hash ^= hash >> 32;
    }
    return hash | 1;
}

/* Whether one of the first `count` members has this name: such an event's lines must be mended. */
static bool is_twin(const struct shape_member *members, size_t count, postern_text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(members[i].name, name)) return true;
    return false;
}

static uint32_t slot_of(const struct map *map, postern_text name, const uint32_t *slots, uint32_t index)
{
    uint32_t slot = map_names_find(map->fields, name);
    return slot != MAP_NO_SLOT && slots[slot] == index ? slot : map->fields->count;
}

static void *of_members(postern_arena *arena, size_t count, size_t size)
{
    void *items = arena_allocate(arena, (count + 1) * size);
    return items ? memset(items, 0, (count + 1) * size) : NULL;
}

bool shape_read(const struct map *map, const struct json_tape *tape, const struct json_node *root,
                const uint32_t *slots, uint64_t hash, postern_arena *arena, struct map_shape *shape)
{
    size_t count = 0, room = json_count(tape, root);
    struct shape_member *members = of_members(arena, room, sizeof *members);
    uint8_t *looks = of_members(arena, room, sizeof *looks);
    struct shape_places places = {of_members(arena, room, sizeof *places.members),
                                  of_members(arena, map->fields->count, sizeof *places.slots)};
    if (!members || !looks || !places.members || !places.slots) return false;
    for (const struct json_node *node = json_node_first(root); node; node = json_node_after(tape, node)) {
        postern_text name = arena_copy(arena, json_node_key(tape, node));
        if (!name.data || is_twin(members, count, name)) return false;
        struct shape_member *member = &members[count];
        member->name = name;
        member->slot = slot_of(map, name, slots, (uint32_t)(node - tape->nodes));
        bool is_read = member->slot < map->fields->count;
        member->kind = kinds[is_read][look_of(node)];
        looks[count++] = looks_of(is_read, member->kind);
    }
    *shape = (struct map_shape){members, looks, count, hash, 0, places};
    return true;
}
