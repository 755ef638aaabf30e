#include "script/map/program/shape.h"

#include "base/text.h"

/* Which looks are of which kind. */
#define MISSING (JSON_LOOK_NULL | JSON_LOOK_NO_TEXT)
#define SCALAR  (JSON_LOOK_BOOLEAN | JSON_LOOK_NUMBER | JSON_LOOK_STRING)

/* Of a member that no step reads, and of one that steps read. */
static const uint8_t looks[2][MEMBER_KINDS] = {
    {[MEMBER_MISSING] = MISSING,
     [MEMBER_TEXT] = SCALAR,
     [MEMBER_LIST] = JSON_LOOK_ARRAY,
     [MEMBER_OBJECT] = JSON_LOOK_OBJECT},
    {[MEMBER_MISSING] = MISSING,
     [MEMBER_TEXT] = JSON_LOOK_STRING,
     [MEMBER_NUMBER] = JSON_LOOK_NUMBER,
     [MEMBER_BOOLEAN] = JSON_LOOK_BOOLEAN,
     [MEMBER_LIST] = JSON_LOOK_ARRAY,
     [MEMBER_OBJECT] = JSON_LOOK_OBJECT},
};

static enum member_kind kind_of(bool is_read, const struct json_node *node)
{
    unsigned kind = MEMBER_MISSING;
    while (!(looks[is_read][kind] & node->look))
        kind++;
    return kind;
}

/* No way out of the loop: other kinds are rare, and so it runs without branches. */
bool shape_has_kinds(const struct map_shape *shape, const struct json_tape *tape)
{
    unsigned others = 0;
    for (size_t i = 0; i < shape->count; i++)
        others |= tape->nodes[shape->places.members[i]].look & shape->others[i];
    return others == 0;
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
        if (!has_name || node->look & shape->others[number]) return false;
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
        uint64_t seen = key.size << 24 | (uint64_t)first << 16 | (uint64_t)last << 8 | kind_of(false, node);
        hash = (hash ^ seen) * 0x9fb21c651e98df25u;
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
    uint8_t *others = of_members(arena, room, sizeof *others);
    struct shape_places places = {of_members(arena, room, sizeof *places.members),
                                  of_members(arena, map->fields->count, sizeof *places.slots)};
    if (!members || !others || !places.members || !places.slots) return false;
    for (const struct json_node *node = json_node_first(root); node; node = json_node_after(tape, node)) {
        postern_text name = arena_copy(arena, json_node_key(tape, node));
        if (!name.data || is_twin(members, count, name)) return false;
        struct shape_member *member = &members[count];
        member->name = name;
        member->slot = slot_of(map, name, slots, (uint32_t)(node - tape->nodes));
        bool is_read = member->slot < map->fields->count;
        member->kind = (uint8_t)kind_of(is_read, node);
        others[count++] = (uint8_t)~looks[is_read][member->kind];
    }
    *shape = (struct map_shape){members, others, count, hash, 0, places};
    return true;
}
