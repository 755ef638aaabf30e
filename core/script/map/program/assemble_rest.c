/* What of a rest() is left to do for events of one shape. */
#include "script/map/program/assemble.h"

#include "base/text.h"
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

/* The number of the member with exactly this name; their count if there is none. */
static size_t member_named(const struct map_shape *shape, postern_text name)
{
    size_t number = 0;
    while (number < shape->count && !text_equal(shape->members[number].name, name))
        number++;
    return number;
}

static const struct rest_beside *targets_beside(struct specialiser *specialiser,
                                                const struct map_shape *shape,
                                                const struct map_target *object, size_t *count)
{
    struct rest_beside *beside = arena_allocate(specialiser->arena, (shape->count + 1) * sizeof *beside);
    specialiser->failed |= !beside;
    *count = 0;
    for (const struct map_target *child = object->first_child; beside && child; child = child->next) {
        size_t member = child->name.data ? member_named(shape, child->name) : shape->count;
        if (member < shape->count && shape->members[member].kind != MEMBER_MISSING)
            beside[(*count)++] = (struct rest_beside){child->number, (uint32_t)member};
    }
    return beside;
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
    made->beside = targets_beside(specialiser, shape, object, &made->beside_count);
    made->members = members_of(specialiser, shape, rest, &made->count);
    return made->beside && made->members ? made : NULL;
}
