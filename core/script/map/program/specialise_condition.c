/* Conditions of a map for events of one shape: many are answered by the shape. */
#include "script/map/program/specialise.h"

#include "base/text.h"
#include "script/map/program/fold.h"

static struct special_condition answer(bool holds)
{
    return (struct special_condition){.is_known = true, .holds = holds};
}

/* One that notes nothing if what it asks does not. */
static struct special_condition asked(struct special_step *made)
{
    if (!made) return answer(false);
    made->gives = GIVES_QUIETLY;
    for (size_t i = 0; i < made->step.count; i++)
        if (made->step.inputs[i] != special_nothing())
            made->gives &= (uint8_t)special_gives(made->step.inputs[i]);
    return (struct special_condition){.step = &made->step};
}

/* Any expression as a condition: something is there that is not false. */
static struct special_condition specialise_value(struct specialiser *specialiser, const struct step *step)
{
    const struct step *made = specialise(specialiser, step);
    if (!made) return answer(false);
    unsigned sure = GIVES_SURELY | GIVES_TEXT;
    if ((special_gives(made) & sure) == sure) return answer(true);
    return (struct special_condition){.step = made};
}

static bool gives_surely(const struct step *step)
{
    return special_gives(step) & GIVES_SURELY;
}

/* What is compared with is constant as well. */
static bool fold_question(const struct step *step, const struct step *const *inputs, postern_text text,
                          bool *holds)
{
    postern_text other;
    if (step->count < 2) return fold_condition(step, text, holds);
    if (inputs[1] && !special_constant_scalar(inputs[1], &other)) return false;
    *holds = inputs[1] && text_equal(text, other);
    return true;
}

/* One that asks about the values of a step. */
static struct special_condition specialise_question(struct specialiser *specialiser, const struct step *step)
{
    const struct step **inputs = special_inputs(specialiser, step->count);
    for (size_t i = 0; inputs && i < step->count; i++)
        inputs[i] = specialise(specialiser, step->inputs[i]);
    if (!inputs) return answer(false);
    if (step->operation == OPERATION_EXISTS && inputs[0] && gives_surely(inputs[0])) return answer(true);
    /* what is compared with is worked out in any case: it may note wrong values */
    bool is_quiet = step->count < 2 || !inputs[1] || gives_surely(inputs[1]);
    if (!inputs[0] && is_quiet) return answer(false);
    postern_text text;
    bool holds;
    if (inputs[0] && special_constant_scalar(inputs[0], &text) && fold_question(step, inputs, text, &holds))
        return answer(holds);
    for (size_t i = 0; i < step->count; i++)
        if (!inputs[i]) inputs[i] = special_nothing();
    return asked(special_copy(specialiser, step, inputs, step->count));
}

/* What it comes to, where one condition that decides is found. */
static const struct step *deciding(struct specialiser *specialiser, const struct step *step, bool holds)
{
    struct special_step *made = special_copy(specialiser, step, NULL, 0);
    if (!made) return NULL;
    made->step.operation = (uint8_t)(holds ? OPERATION_ALL : OPERATION_ANY);
    return special_finish(specialiser, made, GIVES_ONE | GIVES_SURELY | GIVES_QUIETLY);
}

static struct special_condition specialise_combination(struct specialiser *specialiser,
                                                       const struct step *step)
{
    bool wanted = step->operation != OPERATION_ALL; /* the answer that decides at once */
    const struct step **inputs = special_inputs(specialiser, step->count);
    size_t count = 0;
    for (size_t i = 0; inputs && i < step->count; i++) {
        struct special_condition condition = specialise_condition(specialiser, step->inputs[i]);
        if (condition.is_known && condition.holds != wanted) continue;
        if (condition.is_known && count == 0) return answer(step->operation == OPERATION_ANY);
        inputs[count++] = condition.is_known ? deciding(specialiser, step, wanted) : condition.step;
        if (condition.is_known) break;
    }
    if (!inputs) return answer(false);
    if (count == 0) return answer(step->operation != OPERATION_ANY);
    if (count == 1 && step->operation != OPERATION_NONE) return (struct special_condition){.step = inputs[0]};
    return asked(special_copy(specialiser, step, inputs, count));
}

static struct special_condition make_condition(struct specialiser *specialiser, const struct step *condition)
{
    struct special_condition made = condition->operation < OPERATION_ALL
                                        ? specialise_question(specialiser, condition)
                                        : specialise_combination(specialiser, condition);
    special_use(specialiser, made.step);
    return made;
}

struct special_condition specialise_condition(struct specialiser *specialiser, const struct step *condition)
{
    struct special_condition made;
    if (!operation_is_condition(condition->operation)) return specialise_value(specialiser, condition);
    if (specialiser->failed) return answer(false);
    if (special_known(specialiser, condition, true, &made)) {
        special_use(specialiser, made.step);
        return made;
    }
    made = make_condition(specialiser, condition);
    special_remember(specialiser, condition, true, made);
    return made;
}
