/* What of a rest() is left to do for events of one shape. */
#include "script/map/program/assemble.h"

#include "script/map/rest.h"

/* Those that an event of the shape has, and of another kind than `kind`. */
static struct field_slots left_of(struct specialiser *specialiser, struct field_slots fields,
                                  enum member_kind kind)
{
    uint32_t *slots = arena_allocate(specialiser->arena, (fields.count + 1) * sizeof *slots);
    struct field_slots left = {slots, 0};
    specialiser->failed |= !slots;
    for (size_t i = 0; slots && i < fields.count; i++) {
        uint8_t has = specialiser->kinds[fields.slots[i]];
        if (has > MEMBER_MISSING && has != (uint8_t)kind) slots[left.count++] = fields.slots[i];
    }
    return left;
}

/* The targets beside the rest whose names the event has. */
static const struct map_target *targets_beside(struct specialiser *specialiser,
                                               const struct map_target *object)
{
    struct map_target *made = arena_allocate(specialiser->arena, sizeof *made), *last = NULL;
    specialiser->failed |= !made;
    if (!made) return NULL;
    *made = (struct map_target){0};
    for (const struct map_target *child = object->first_child; child; child = child->next) {
        if (!child->name.data || specialiser->kinds[child->slot] == MEMBER_ABSENT) continue;
        struct map_target *copy = arena_allocate(specialiser->arena, sizeof *copy);
        specialiser->failed |= !copy;
        if (!copy) return NULL;
        *copy = *child;
        copy->next = NULL;
        last = special_append(made, last, copy);
    }
    return made;
}

static bool is_left_out(const struct map_rest *rest, uint32_t slot)
{
    for (size_t i = 0; i < rest->without.count; i++)
        if (rest->without.slots[i] == slot) return true;
    return false;
}

static const struct rest_member *members_of(struct specialiser *specialiser, const struct map_shape *shape,
                                            const struct map_rest *rest, size_t *count)
{
    struct rest_member *members = arena_allocate(specialiser->arena, (shape->count + 1) * sizeof *members);
    specialiser->failed |= !members;
    *count = 0;
    for (size_t i = 0; members && i < shape->count; i++) {
        const struct shape_member *member = &shape->members[i];
        if (member->kind == MEMBER_MISSING || is_left_out(rest, member->slot)) continue;
        bool is_plain = member->kind < MEMBER_LIST && !map_rest_object_name(rest, member->name);
        bool follows = *count > 0 && members[*count - 1].number + 1 == i;
        members[(*count)++] = (struct rest_member){(uint32_t)i, is_plain, follows};
    }
    if (members) members[*count] = (struct rest_member){0};
    return members;
}

const struct program_rest *assemble_rest(struct specialiser *specialiser, const struct map_shape *shape,
                                         const struct map_target *object, const struct map_rest *rest)
{
    struct program_rest *made = arena_allocate(specialiser->arena, sizeof *made);
    if (!made) return NULL;
    made->told = *rest;
    made->told.without = left_of(specialiser, rest->without, MEMBER_MISSING);
    made->told.numbers = left_of(specialiser, rest->numbers, MEMBER_MISSING); /* one may be too large */
    made->told.booleans = left_of(specialiser, rest->booleans, MEMBER_BOOLEAN);
    made->beside = targets_beside(specialiser, object);
    made->members = members_of(specialiser, shape, rest, &made->count);
    return made->beside && made->members ? made : NULL;
}
