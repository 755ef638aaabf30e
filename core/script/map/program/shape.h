/* What an event looks like to a map: which members it has, in which order, and of which kind each is. Events
 * of one log type have a handful of shapes. */
#ifndef POSTERN_SCRIPT_MAP_PROGRAM_SHAPE_H
#define POSTERN_SCRIPT_MAP_PROGRAM_SHAPE_H

#include "base/arena.h"
#include "script/map/plan.h"

/* Kinds that no reader tells apart are one. */
enum member_kind {
    MEMBER_ABSENT,  /* of a field that no member has */
    MEMBER_MISSING, /* null or "" */
    MEMBER_TEXT,    /* of a member that no step reads: any scalar */
    MEMBER_NUMBER,
    MEMBER_BOOLEAN,
    MEMBER_LIST,
    MEMBER_OBJECT,
    MEMBER_KINDS
};

struct shape_member {
    postern_text name; /* as it stands in the event */
    uint32_t
        slot;     /* of the map's fields; their count if no step reads the member, or one before it is read */
    uint8_t kind; /* enum member_kind */
};

/* Where an event has its members: indexes of nodes on its tape. */
struct shape_places {
    uint32_t *members; /* by their number */
    uint32_t *slots;   /* those that steps read, by slot; 0 = none. One more than there are fields */
};

struct map_shape {
    const struct shape_member *members;
    const uint8_t *others; /* of each member: the looks that are not of its kind (enum json_look) */
    size_t count;
    uint64_t hash;    /* as shape_hash */
    uint64_t outline; /* number of the last event's with the shape (base/json_outline.h); 0 = none */
    struct shape_places places; /* in texts of that outline */
};

#define SHAPE_MEMBERS 256 /* an event with more has none */

/* The same for all events of a shape; others may have it as well. 0 if the event can have no shape. */
uint64_t shape_hash(const struct json_tape *tape, const struct json_node *root);
/* The shape of an event whose fields are in `slots`, copied into the arena; false if two of its members have
 * one name, or the arena is full. `hash`: of the event, which is not 0. */
bool shape_read(const struct map *map, const struct json_tape *tape, const struct json_node *root,
                const uint32_t *slots, uint64_t hash, postern_arena *arena, struct map_shape *shape);
/* Whether the event has the shape: `places` then says where. Slots of fields that it does not have stay as
 * they are. */
bool shape_find_places(const struct map_shape *shape, const struct json_tape *tape,
                       const struct json_node *root, const struct shape_places *places);
/* The same of an event with the shape's outline, whose places are known. */
bool shape_has_kinds(const struct map_shape *shape, const struct json_tape *tape);

#endif
