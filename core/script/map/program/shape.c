#include "script/map/program/shape.h"

#include "base/json_outline.h"
#include "base/text.h"

/* By type, of a member that steps read, and of one that none reads. */
static const uint8_t kinds[2][8] = {
    {[POSTERN_JSON_NULL] = MEMBER_MISSING,
     [POSTERN_JSON_BOOLEAN] = MEMBER_TEXT,
     [POSTERN_JSON_NUMBER] = MEMBER_TEXT,
     [POSTERN_JSON_STRING] = MEMBER_TEXT,
     [POSTERN_JSON_ARRAY] = MEMBER_LIST,
     [POSTERN_JSON_OBJECT] = MEMBER_OBJECT},
    {[POSTERN_JSON_NULL] = MEMBER_MISSING,
     [POSTERN_JSON_BOOLEAN] = MEMBER_BOOLEAN,
     [POSTERN_JSON_NUMBER] = MEMBER_NUMBER,
     [POSTERN_JSON_STRING] = MEMBER_TEXT,
     [POSTERN_JSON_ARRAY] = MEMBER_LIST,
     [POSTERN_JSON_OBJECT] = MEMBER_OBJECT},
};

static inline uint8_t kind_of(const struct json_node *node, bool is_read)
{
    bool is_empty = node->type == POSTERN_JSON_STRING && node->end - node->start == 2;
    return is_empty ? (uint8_t)MEMBER_MISSING : kinds[is_read][node->type & 7];
}

/* The event has the outline of the last one with the shape: the same members at the same places. */
static bool match_kinds(const struct map_shape *shape, const struct json_tape *tape,
                        const struct json_node **nodes, const struct json_node **slots)
{
    const struct shape_member *member = shape->members, *behind = member + shape->count;
    for (; member < behind; member++) {
        const struct json_node *node = (const void *)((const char *)tape->nodes + member->place);
        if (kind_of(node, member->is_read) != member->kind) return false;
        slots[member->slot] = node;
        *nodes++ = node;
    }
    return true;
}

static bool match_members(const struct map_shape *shape, const struct json_tape *tape,
                          const struct json_node *root, const struct json_node **nodes,
                          const struct json_node **slots)
{
    const struct shape_member *member = shape->members, *behind = member + shape->count;
    const struct json_node *node = json_node_first(root);
    for (; node && member < behind; node = json_node_after(tape, node), member++) {
        bool has_name =
            !(node->flags & JSON_KEY_ESCAPED) && text_equal(json_node_key(tape, node), member->name);
        if (!has_name || kind_of(node, member->is_read) != member->kind) return false;
        slots[member->slot] = node;
        *nodes++ = node;
    }
    return !node && member == behind;
}

bool shape_match(struct map_shape *shape, const struct json_tape *tape, const struct json_node *root,
                 const struct json_node **nodes, const struct json_node **slots)
{
    uint64_t outline = root == tape->nodes ? json_outline_number(tape) : 0;
    if (outline && outline == shape->outline) return match_kinds(shape, tape, nodes, slots);
    if (!match_members(shape, tape, root, nodes, slots)) return false;
    for (size_t i = 0; i < shape->count; i++)
        shape->members[i].place = (uint32_t)((const char *)nodes[i] - (const char *)tape->nodes);
    shape->outline = outline;
    return true;
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
        uint64_t looks = key.size << 24 | (uint64_t)first << 16 | (uint64_t)last << 8 | kind_of(node, false);
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

static uint32_t slot_of(const struct map *map, const struct json_node *node, postern_text key,
                        const struct json_node *const *slots)
{
    uint32_t slot = map_names_find(map->fields, key);
    return slot != MAP_NO_SLOT && slots[slot] == node ? slot : map->fields->count;
}

bool shape_read(const struct map *map, const struct json_tape *tape, const struct json_node *root,
                const struct json_node *const *slots, uint64_t hash, postern_arena *arena,
                struct map_shape *shape)
{
    size_t count = 0, room = json_count(tape, root);
    struct shape_member *members = arena_allocate(arena, (room + 1) * sizeof *members);
    if (!members) return false;
    for (const struct json_node *node = json_node_first(root); node; node = json_node_after(tape, node)) {
        postern_text name = arena_copy(arena, json_node_key(tape, node));
        if (!name.data || is_twin(members, count, name)) return false;
        struct shape_member *member = &members[count++];
        member->name = name;
        member->slot = slot_of(map, node, name, slots);
        member->is_read = member->slot < map->fields->count;
        member->kind = kind_of(node, member->is_read);
    }
    *shape = (struct map_shape){members, count, hash, 0};
    return true;
}
