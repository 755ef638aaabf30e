#include "script/map/program/special.h"

#include "script/map/program/evaluate.h"
#include "script/map/program/read.h"
#include "script/map/run.h"

/* ---- What was made ---- */

/* A step may be known as the one that gives values, and as a condition. */
struct known_step {
    const struct step *from;
    bool as_condition;
    struct special_condition made;
    struct known_step *next;
};

void special_begin(struct specialiser *specialiser, const struct map *map, const uint8_t *kinds,
                   struct shape_names *names, postern_arena *arena)
{
    size_t size = 64;
    while (size < map->step_count)
        size *= 2;
    *specialiser =
        (struct specialiser){.map = map, .arena = arena, .kinds = kinds, .names = names, .known_size = size};
    for (size_t slot = 0; slot < map->fields->count; slot++)
        if (kinds[slot] > MEMBER_MISSING) specialiser->present |= map->fields->bits[slot];
    specialiser->known = arena_allocate(arena, size * sizeof(struct known_step *));
    specialiser->failed = !specialiser->known;
}

static struct known_step **place_of(const struct specialiser *specialiser, const struct step *step,
                                    bool as_condition)
{
    uint64_t mixed = (uint64_t)(uintptr_t)step * 0x9e3779b97f4a7c15u;
    struct known_step **place = &specialiser->known[mixed >> 40 & (specialiser->known_size - 1)];
    while (*place && ((*place)->from != step || (*place)->as_condition != as_condition))
        place = &(*place)->next;
    return place;
}

bool special_known(const struct specialiser *specialiser, const struct step *step, bool as_condition,
                   struct special_condition *made)
{
    const struct known_step *known = *place_of(specialiser, step, as_condition);
    if (known) *made = known->made;
    return known != NULL;
}

void special_remember(struct specialiser *specialiser, const struct step *step, bool as_condition,
                      struct special_condition made)
{
    struct known_step *known = arena_allocate(specialiser->arena, sizeof *known);
    specialiser->failed |= !known;
    if (specialiser->failed) return;
    if (step->memo && made.step) special_step_of(made.step)->is_shared = true;
    *known = (struct known_step){.from = step, .as_condition = as_condition, .made = made};
    *place_of(specialiser, step, as_condition) = known;
}

/* A simple condition is worked out each time, and so are its inputs. */
void special_use(struct specialiser *specialiser, const struct step *step)
{
    if (!step || !step->is_special || step == special_nothing()) return;
    struct special_step *special = special_step_of(step);
    bool is_first = special->uses == 0;
    special->uses += specialiser->bodies ? 2 : 1;
    bool is_question = operation_is_condition(step->operation) && step->operation < OPERATION_ALL;
    for (size_t i = 0; i < step->count && is_question && !is_first; i++)
        special_use(specialiser, step->inputs[i]);
}

const struct step **special_inputs(struct specialiser *specialiser, size_t count)
{
    const struct step **inputs = arena_allocate(specialiser->arena, (count + 1) * sizeof *inputs);
    if (!inputs) specialiser->failed = true;
    return inputs;
}

struct special_step *special_copy(struct specialiser *specialiser, const struct step *step,
                                  const struct step **inputs, size_t count)
{
    struct special_step *made = arena_allocate(specialiser->arena, sizeof *made);
    if (!made) {
        specialiser->failed = true;
        return NULL;
    }
    made->step = *step;
    made->step.is_special = true;
    made->step.needs = 0;
    made->step.memo = 0;
    made->step.inputs = inputs;
    made->step.input = count ? inputs[0] : NULL;
    made->step.count = (uint16_t)count;
    made->source = step;
    made->direct = made->step.evaluate = map_evaluator_of(step->operation);
    made->in_body = specialiser->bodies > 0;
    made->is_shared = step->memo > 0;
    made->next = specialiser->made;
    specialiser->made = made;
    return made;
}

unsigned special_gives(const struct step *step)
{
    return special_step_of(step)->gives;
}

static unsigned given_by_constants(const struct map_value *values, size_t count)
{
    if (count == 0) return 0;
    bool is_one = count == 1 && values->type < POSTERN_JSON_ARRAY, is_text = true;
    for (size_t i = 0; i < count; i++)
        is_text &= values[i].type == POSTERN_JSON_STRING;
    return GIVES_SURELY | GIVES_QUIETLY | (is_text ? GIVES_TEXT : 0u) | (is_one ? GIVES_ONE : 0u);
}

const struct step *special_constant(struct specialiser *specialiser, const struct step *source,
                                    const struct map_value *values, size_t count)
{
    struct special_step *made = special_copy(specialiser, source, NULL, 0);
    if (!made) return NULL;
    made->step.operation = OPERATION_CONST;
    made->step.constants.values = values;
    made->step.constants.count = count;
    made->direct = made->step.evaluate = map_evaluator_of(OPERATION_CONST);
    return special_finish(specialiser, made, given_by_constants(values, count));
}

bool special_constant_scalar(const struct step *step, postern_text *text)
{
    bool is_one = step->operation == OPERATION_CONST && step->constants.count == 1 &&
                  step->constants.values->type < POSTERN_JSON_ARRAY;
    if (is_one) *text = step->constants.values->text;
    return is_one;
}

bool special_constant_text(const struct step *step, postern_text *text)
{
    return special_constant_scalar(step, text) && step->constants.values->type == POSTERN_JSON_STRING;
}

static const struct map_value *read_nothing(const struct map_run *run, const struct special_step *special)
{
    (void)run;
    (void)special;
    return NULL;
}

const struct step *special_nothing(void)
{
    static const struct special_step nothing = {
        .step = {.evaluate = map_evaluate_first, .operation = OPERATION_FIRST, .is_special = true},
        .read = read_nothing};
    return &nothing.step;
}

const struct step *special_finish(struct specialiser *specialiser, struct special_step *made, unsigned gives)
{
    if (!made) return NULL;
    if (gives & GIVES_ONE) made->read = made->read_direct = program_reader_of(&made->step);
    if (!made->read) gives &= ~(unsigned)GIVES_ONE;
    made->gives = (uint8_t)gives;
    if (!made->read) return &made->step;
    made->is_of_member = program_reads_member(made->step.input);
    made->place = specialiser->register_count++;
    made->step.evaluate = program_push_read;
    return &made->step;
}

void special_end(struct specialiser *specialiser)
{
    bool has_labels = false; /* which keep their pieces where the map's own steps do */
    for (const struct special_step *made = specialiser->made; made; made = made->next)
        has_labels |= made->step.operation == OPERATION_LABELS;
    uint32_t count = has_labels ? (uint32_t)specialiser->map->memo_count : 0;
    for (struct special_step *made = specialiser->made; made; made = made->next) {
        bool is_kept = made->uses > 1 && (made->is_shared || !made->in_body);
        if (!is_kept || made->gives & GIVES_FIELD || made->step.operation == OPERATION_CONST) continue;
        if (made->read) {
            made->read = program_read_once;
        } else {
            made->step.memo = ++count;
            made->step.evaluate = program_evaluate_once;
        }
    }
    specialiser->memo_count = count;
}
