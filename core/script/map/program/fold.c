#include "script/map/program/fold.h"

#include "base/text.h"
#include "script/map/values.h"

static bool give(struct specialiser *specialiser, const struct step *step, postern_text text,
                 const struct step **made)
{
    struct map_value *value = arena_allocate(specialiser->arena, sizeof *value);
    *made = NULL;
    specialiser->failed |= !value;
    if (value && text.size) {
        *value = map_text_value(text, TEXT_PLAIN, ORIGIN_NONE);
        *made = special_constant(specialiser, step, value, 1);
    }
    return true;
}

static bool give_case(struct specialiser *specialiser, const struct step *step, postern_text text,
                      const struct step **made)
{
    char first = step->operation == OPERATION_LOWER ? 'A' : 'a';
    char *changed = arena_allocate(specialiser->arena, text.size + 1);
    if (!changed) {
        specialiser->failed = true;
        return false;
    }
    return give(specialiser, step, map_change_case(text, first, changed), made);
}

static bool give_entry(struct specialiser *specialiser, const struct step *step, postern_text text,
                       const struct step **made)
{
    const struct enum_entry *entry = map_enum_find(step->table, text);
    const struct map_value *values = entry ? entry->values : step->table->fallback;
    size_t count = entry ? entry->count : step->table->has_fallback ? step->table->fallback_count : 0;
    *made = count ? special_constant(specialiser, step, values, count) : NULL;
    return true;
}

bool fold_method(struct specialiser *specialiser, const struct step *step, postern_text text,
                 const struct step **made)
{
    switch (step->operation) {
    case OPERATION_LOWER:
    case OPERATION_UPPER:
        return give_case(specialiser, step, text, made);
    case OPERATION_TRIM:
        return give(specialiser, step, map_trim(text), made);
    case OPERATION_ENUM:
        return give_entry(specialiser, step, text, made);
    default:
        return false;
    }
}

bool fold_condition(const struct step *condition, postern_text text, bool *holds)
{
    if (condition->operation != OPERATION_EQUALS && condition->operation != OPERATION_ONE_OF) return false;
    *holds = map_is_constant(condition, text);
    return true;
}
