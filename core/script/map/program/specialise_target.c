/* The document of a map for events of one shape: targets that it never fills are left out. */
#include "script/map/program/specialise.h"

#include "script/map/targets.h"

#define READY_LIMIT ((size_t)64 << 10) /* of the constants of one target */

/* A value that is always the same is written in one go. */
static bool make_ready(struct specialiser *specialiser, struct map_target *target)
{
    if (!target_can_be_ready(target)) return true;
    struct buffer out = {.limit = READY_LIMIT};
    target_append_ready(&out, target);
    target->ready = arena_copy(specialiser->arena, buffer_text(&out));
    bool made = !out.failed && target->ready.data;
    buffer_free(&out);
    return made;
}

struct map_target *specialise_leaf(struct specialiser *specialiser, const struct map_target *target)
{
    bool is_ready = target->ready.size > 0;
    const struct step *step = is_ready ? target->step : specialise(specialiser, target->step);
    struct map_target *made = step ? arena_allocate(specialiser->arena, sizeof *made) : NULL;
    if (step && !made) specialiser->failed = true;
    if (!made) return NULL;
    *made = *target;
    made->step = step;
    made->source = target;
    made->needs = 0;
    made->next = NULL;
    if (!is_ready && !make_ready(specialiser, made)) specialiser->failed = true;
    return made;
}

static struct map_target *specialise_target(struct specialiser *specialiser, const struct map_target *target)
{
    return target->step ? specialise_leaf(specialiser, target) : specialise_object(specialiser, target);
}

struct map_target *specialise_object(struct specialiser *specialiser, const struct map_target *target)
{
    struct map_target *made = arena_allocate(specialiser->arena, sizeof *made), *last = NULL;
    if (!made) {
        specialiser->failed = true;
        return NULL;
    }
    *made = *target;
    made->needs = 0;
    made->next = made->first_child = NULL;
    for (const struct map_target *child = target->first_child; child; child = child->next) {
        struct map_target *left = specialise_target(specialiser, child);
        if (left) last = special_append(made, last, left);
    }
    return last ? made : NULL;
}
