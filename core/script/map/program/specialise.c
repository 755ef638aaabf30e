#include "script/map/program/specialise.h"

#include "script/map/parts.h"
#include "script/map/program/evaluate.h"
#include "script/map/program/fold.h"
#include "script/map/types.h"
#include "script/map/values.h"

/* ---- Sources ---- */

/* Of several names those that may lead to a value, up to one that surely does. */
static const struct step *specialise_field(struct specialiser *specialiser, const struct step *step)
{
    struct field_path *paths = arena_allocate(specialiser->arena, step->field.count * sizeof *paths);
    size_t count = 0;
    bool is_sure = false;
    if (!paths) specialiser->failed = true;
    for (size_t i = 0; paths && i < step->field.count && !is_sure; i++) {
        const struct field_path *path = &step->field.paths[i];
        uint8_t kind = specialiser->kinds[path->slot];
        bool may_be = path->count ? kind >= MEMBER_LIST : kind > MEMBER_MISSING;
        is_sure = may_be && path->count == 0;
        if (may_be) paths[count++] = *path;
    }
    if (count == 0) return NULL;
    struct special_step *made = special_copy(specialiser, step, NULL, 0);
    if (!made) return NULL;
    made->step.field.paths = paths;
    made->step.field.count = count;
    made->gives = GIVES_QUIETLY;
    if (!is_sure || count > 1) return &made->step;
    uint8_t kind = specialiser->kinds[paths->slot];
    made->direct = made->step.evaluate = program_evaluate_member;
    return special_finish(specialiser, made,
                          GIVES_SURELY | GIVES_QUIETLY | GIVES_FIELD | (kind < MEMBER_LIST ? GIVES_ONE : 0u) |
                              (kind == MEMBER_TEXT ? GIVES_TEXT : 0u));
}

/* What the module calls the events is the same for all that have the program. */
static const struct step *specialise_name(struct specialiser *specialiser, const struct step *step,
                                          postern_text name, bool *is_asked)
{
    struct map_value *value = name.size ? arena_allocate(specialiser->arena, sizeof *value) : NULL;
    *is_asked = true;
    specialiser->failed |= name.size && !value;
    if (!value) return NULL;
    *value = map_text_value(name, map_form_of(name), ORIGIN_NONE);
    return special_constant(specialiser, step, value, 1);
}

static const struct step *specialise_meta(struct specialiser *specialiser, const struct step *step)
{
    struct shape_names *names = specialiser->names;
    if (step->part == META_SOURCE)
        return specialise_name(specialiser, step, names->source, &names->has_source);
    if (step->part == META_TYPE) return specialise_name(specialiser, step, names->type, &names->has_type);
    bool is_text = step->part != META_RECEIVED && step->part != META_TIME;
    return special_finish(specialiser, special_copy(specialiser, step, NULL, 0),
                          GIVES_ONE | GIVES_QUIETLY | (is_text ? GIVES_TEXT : 0u));
}

/* ---- Choices ---- */

static unsigned given_by_all(const struct step *const *inputs, size_t count)
{
    unsigned gives = GIVES_ONE | GIVES_TEXT | GIVES_QUIETLY;
    for (size_t i = 0; i < count; i++)
        gives &= special_gives(inputs[i]);
    return gives;
}

static const struct step *specialise_first(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, step->count);
    size_t count = 0;
    for (size_t i = 0; inputs && i < step->count; i++) {
        inputs[count] = specialise(specialiser, step->inputs[i]);
        if (inputs[count] && special_gives(inputs[count++]) & GIVES_SURELY) break;
    }
    if (count <= 1) return count ? inputs[0] : NULL;
    return special_finish(specialiser, special_copy(specialiser, step, inputs, count),
                          given_by_all(inputs, count));
}

/* A list of one value has none twice. */
static const struct step *specialise_list(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, step->count);
    size_t count = 0;
    for (size_t i = 0; inputs && i < step->count; i++) {
        inputs[count] = specialise(specialiser, step->inputs[i]);
        count += inputs[count] != NULL;
    }
    if (count == 0 || (count == 1 && special_gives(inputs[0]) & GIVES_ONE)) return count ? inputs[0] : NULL;
    return special_finish(specialiser, special_copy(specialiser, step, inputs, count),
                          given_by_all(inputs, count) & (GIVES_TEXT | GIVES_QUIETLY));
}

static const struct step *specialise_when(struct specialiser *specialiser, const struct step *step)
{
    struct special_condition condition = specialise_condition(specialiser, step->input);
    if (condition.is_known && condition.holds) return specialise(specialiser, step->inputs[1]);
    if (condition.is_known) return step->count > 2 ? specialise(specialiser, step->inputs[2]) : NULL;
    const struct step **inputs = special_inputs(specialiser, step->count);
    bool any = false;
    if (!inputs) return NULL;
    inputs[0] = condition.step;
    for (size_t i = 1; i < step->count; i++) {
        inputs[i] = specialise(specialiser, step->inputs[i]);
        any |= inputs[i] != NULL;
        if (!inputs[i]) inputs[i] = special_nothing();
    }
    /* a condition that may note wrong values is asked even if nothing comes of it */
    unsigned quiet = special_gives(condition.step) & GIVES_QUIETLY;
    if (!any && quiet) return NULL;
    unsigned gives = any ? GIVES_ONE | GIVES_TEXT | quiet : 0;
    for (size_t i = 1; i < step->count; i++)
        if (inputs[i] != special_nothing()) gives &= special_gives(inputs[i]);
    return special_finish(specialiser, special_copy(specialiser, step, inputs, step->count), gives);
}

static bool one_constant(const struct map_value *values, size_t count)
{
    return count == 0 || (count == 1 && values->type < POSTERN_JSON_ARRAY);
}

static const struct step *specialise_fallback(struct specialiser *specialiser, const struct step *step)
{
    if (!step->table->has_fallback || !step->table->fallback_count) return NULL;
    return special_constant(specialiser, step, step->table->fallback, step->table->fallback_count);
}

/* The only input of a step; NULL if that gives nothing. */
static const struct step **specialise_input(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, 1);
    if (inputs) inputs[0] = specialise(specialiser, step->input);
    return inputs && inputs[0] ? inputs : NULL;
}

static bool fold(struct specialiser *specialiser, const struct step *step, const struct step *input,
                 const struct step **made)
{
    postern_text text;
    return special_constant_text(input, &text) && fold_method(specialiser, step, text, made);
}

static const struct step *specialise_enum(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = specialise_input(specialiser, step), *folded;
    if (!inputs) return specialise_fallback(specialiser, step);
    if (fold(specialiser, step, inputs[0], &folded)) return folded;
    bool is_one = special_gives(inputs[0]) & GIVES_ONE &&
                  one_constant(step->table->fallback, step->table->fallback_count);
    for (size_t i = 0; i < step->table->count; i++)
        is_one &= one_constant(step->table->entries[i].values, step->table->entries[i].count);
    return special_finish(specialiser, special_copy(specialiser, step, inputs, 1), is_one ? GIVES_ONE : 0);
}

/* ---- Methods and all others ---- */

/* Of methods that make at most one value of one; what else they are is what they write. */
static unsigned given_by_method(const struct step *step)
{
    switch (step->operation) {
    case OPERATION_LOWER:
    case OPERATION_UPPER:
    case OPERATION_TRIM:
    case OPERATION_UNQUOTE:
    case OPERATION_REPLACE:
    case OPERATION_BEFORE:
    case OPERATION_AFTER:
    case OPERATION_AFTER_LAST:
    case OPERATION_SUB:
    case OPERATION_MATCH:
    case OPERATION_TEXT:
    case OPERATION_FILE_EXTENSION:
    case OPERATION_TIME:
    case OPERATION_IP:
    case OPERATION_DOMAIN:
    case OPERATION_HOST:
    case OPERATION_EXTENSION:
    case OPERATION_HASH:
        return GIVES_ONE | GIVES_TEXT;
    case OPERATION_INTEGER:
    case OPERATION_NUMBER:
    case OPERATION_BOOLEAN:
    case OPERATION_FORMAT:
    case OPERATION_PORT:
    case OPERATION_SIZE:
        return GIVES_ONE;
    case OPERATION_FIT:
        return step->part == FIELD_TEXT || step->part == FIELD_KEYWORD ? GIVES_ONE | GIVES_TEXT
               : step->part != FIELD_ANY && step->part != FIELD_OBJECT ? GIVES_ONE
                                                                       : 0;
    default:
        return 0;
    }
}

/* Whether all that the step gives is of the type, as its methods write it. */
static bool is_of_type(const struct step *step, enum field_type wanted)
{
    bool passes_on = false, are_all = true;
    for (size_t i = 0; i < step->count; i++) {
        if (!operation_passes_on((enum operation)step->operation, i) || step->inputs[i] == special_nothing())
            continue;
        passes_on = true;
        are_all &= is_of_type(step->inputs[i], wanted);
    }
    if (passes_on) return are_all;
    enum field_type given = step->operation == OPERATION_CONST ? FIELD_ANY : map_type_given(step);
    return given != FIELD_ANY && field_type_is(given, wanted);
}

/* Texts are texts already, and what was checked need not be checked again. */
static bool changes_nothing(const struct step *step, const struct step *input)
{
    bool is_fit = step->operation == OPERATION_FIT, is_text = special_gives(input) & GIVES_TEXT;
    bool wants_text = step->operation == OPERATION_TEXT ||
                      (is_fit && (step->part == FIELD_TEXT || step->part == FIELD_KEYWORD));
    return (wants_text && is_text) || (is_fit && is_of_type(input, (enum field_type)step->part));
}

static const struct step *specialise_method(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = specialise_input(specialiser, step), *folded;
    if (!inputs) return NULL;
    unsigned given = special_gives(inputs[0]), gives = given_by_method(step);
    if (changes_nothing(step, inputs[0])) return inputs[0];
    if (fold(specialiser, step, inputs[0], &folded)) return folded;
    return special_finish(specialiser, special_copy(specialiser, step, inputs, 1),
                          given & GIVES_ONE ? gives : gives & GIVES_TEXT);
}

/* A condition whose value is asked for: it always has one. */
static const struct step *specialise_answer(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, 1);
    struct special_condition condition = specialise_condition(specialiser, step);
    if (!inputs) return NULL;
    if (!condition.is_known && operation_is_condition(condition.step->operation)) return condition.step;
    if (!condition.is_known) inputs[0] = condition.step; /* ALL of the one that is left */
    struct special_step *made = special_copy(specialiser, step, inputs, condition.is_known ? 0 : 1);
    if (!made) return NULL;
    bool holds = !condition.is_known || condition.holds;
    made->step.operation = (uint8_t)(holds ? OPERATION_ALL : OPERATION_ANY);
    return special_finish(specialiser, made, GIVES_ONE | (condition.is_known ? GIVES_SURELY : 0u));
}

/* Of nothing there are none. */
static const struct step *specialise_count(struct specialiser *specialiser, const struct step *step)
{
    static const struct map_value none = {.text = {"0", 1}, .type = POSTERN_JSON_NUMBER};
    const struct step **inputs = specialise_input(specialiser, step);
    if (!inputs) return special_constant(specialiser, step, &none, 1);
    struct special_step *made = special_copy(specialiser, step, inputs, 1);
    if (made) made->gives = special_gives(inputs[0]) & GIVES_QUIETLY;
    return made ? &made->step : NULL;
}

/* The inputs keep their places. */
static const struct step *specialise_other(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, step->count);
    bool any = step->count == 0;
    bool is_each = step->operation == OPERATION_EACH, is_join = step->operation == OPERATION_JOIN;
    for (size_t i = 0; inputs && i < step->count; i++) {
        specialiser->bodies += is_each && i == 1;
        const struct step *input = specialise(specialiser, step->inputs[i]);
        specialiser->bodies -= is_each && i == 1;
        if (!input && is_each && i == 0) return NULL;
        any |= input && !(is_join && i == 0);
        inputs[i] = input ? input : special_nothing();
    }
    if (!inputs || !any) return NULL;
    struct special_step *made = special_copy(specialiser, step, inputs, step->count);
    return made ? &made->step : NULL;
}

/* What gives the values of its input, or less. */
static const struct step *specialise_passed_on(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = specialise_input(specialiser, step);
    if (!inputs) return NULL;
    return special_finish(specialiser, special_copy(specialiser, step, inputs, 1),
                          special_gives(inputs[0]) & (GIVES_ONE | GIVES_TEXT | GIVES_QUIETLY));
}

static const struct step *specialise_object_step(struct specialiser *specialiser, const struct step *step)
{
    const struct map_target *targets = specialise_object(specialiser, step->object);
    struct special_step *made = targets ? special_copy(specialiser, step, NULL, 0) : NULL;
    if (!made) return NULL;
    made->step.object = targets;
    return &made->step;
}

static const struct step *make(struct specialiser *specialiser, const struct step *step)
{
    switch ((enum operation)step->operation) {
    case OPERATION_CONST:
        return special_constant(specialiser, step, step->constants.values, step->constants.count);
    case OPERATION_FIELD:
        return specialise_field(specialiser, step);
    case OPERATION_META:
        return specialise_meta(specialiser, step);
    case OPERATION_FIRST:
    case OPERATION_DEFAULT:
        return specialise_first(specialiser, step);
    case OPERATION_LIST:
        return specialise_list(specialiser, step);
    case OPERATION_WHEN:
        return specialise_when(specialiser, step);
    case OPERATION_ENUM:
        return specialise_enum(specialiser, step);
    case OPERATION_EXCEPT:
    case OPERATION_COPY:
        return specialise_passed_on(specialiser, step);
    case OPERATION_OBJECT:
        return specialise_object_step(specialiser, step);
    case OPERATION_COUNT:
        return specialise_count(specialiser, step);
    default:
        if (operation_is_condition(step->operation)) return specialise_answer(specialiser, step);
        return step->method && step->count == 1 ? specialise_method(specialiser, step)
                                                : specialise_other(specialiser, step);
    }
}

const struct step *specialise(struct specialiser *specialiser, const struct step *step)
{
    struct special_condition made = {0};
    /* as the general machine, which then asks nothing of what the step is made of */
    bool lacks_all = step->needs && !(step->needs & specialiser->present);
    if (specialiser->failed || lacks_all) return NULL;
    bool is_known = special_known(specialiser, step, false, &made);
    if (!is_known) made.step = make(specialiser, step);
    special_use(specialiser, made.step);
    if (!is_known) special_remember(specialiser, step, false, made);
    return made.step;
}
