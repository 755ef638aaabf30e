/* The conditions of a map. They ask about fields without taking them. */
#include "script/map/values.h"

#include "base/text.h"
#include "sandbox/match.h"
#include <stdlib.h>

static bool equals_a_constant(const struct map_run *run, const struct step *step,
                              const struct map_value *value)
{
    postern_text text = map_plain_text(run, value);
    map_pay_for_text(run, text);
    map_pay_for_values(run, step->constants.count);
    return map_is_constant(step, text);
}

static bool contains(const struct map_run *run, const struct step *step, const struct map_value *value)
{
    if (value->type != POSTERN_JSON_STRING) return false;
    postern_text text = map_plain_text(run, value), what = step->texts->first;
    map_pay_for_text(run, text);
    postern_text found;
    switch (step->operation) {
    case OPERATION_CONTAINS:
        return memmem(text.data, text.size, what.data, what.size) != NULL;
    case OPERATION_MATCHES:
        return sandbox_match(run->L, text, what, &found);
    case OPERATION_ENDS_WITH:
        return text.size >= what.size && memcmp(text.data + text.size - what.size, what.data, what.size) == 0;
    default:
        return text.size >= what.size && memcmp(text.data, what.data, what.size) == 0;
    }
}

/* A number, or a text that holds nothing else. */
static bool is_beyond(const struct map_run *run, const struct step *step, const struct map_value *value)
{
    char digits[64], *end;
    postern_text text = text_trim(map_plain_text(run, value));
    bool may_be = value->type == POSTERN_JSON_NUMBER || value->type == POSTERN_JSON_STRING;
    if (!may_be || text.size == 0 || !text_to_string(text, digits, sizeof digits)) return false;
    double number = strtod(digits, &end);
    if (*end) return false;
    return step->operation == OPERATION_ABOVE ? number > step->number : number < step->number;
}

static bool value_fits(const struct map_run *run, const struct step *step, const struct map_value *value)
{
    switch (step->operation) {
    case OPERATION_EXISTS:
        return true;
    case OPERATION_EQUALS:
    case OPERATION_ONE_OF:
        return equals_a_constant(run, step, value);
    case OPERATION_CONTAINS:
    case OPERATION_STARTS_WITH:
    case OPERATION_ENDS_WITH:
    case OPERATION_MATCHES:
        return contains(run, step, value);
    case OPERATION_ABOVE:
    case OPERATION_BELOW:
        return is_beyond(run, step, value);
    default:
        return value->type != POSTERN_JSON_BOOLEAN || value->text.data[0] != 'f';
    }
}

/* One of the values from `base` on equals one of what the second expression gives. */
static bool equals_a_value(const struct map_run *run, const struct step *step, size_t base)
{
    struct map_machine *machine = run->machine;
    size_t until = machine->count;
    map_evaluate(run, step->inputs[1]);
    map_spread(run, until);
    for (size_t i = until; i < machine->count; i++) { /* once, though each is compared with all */
        postern_text text = map_plain_text(run, &machine->values[i]);
        map_pay_for_text(run, text);
        machine->values[i] = map_text_value(text, TEXT_PLAIN, ORIGIN_NONE);
    }
    for (size_t i = base; i < until; i++) {
        postern_text left = map_plain_text(run, &machine->values[i]);
        map_pay_for_values(run, machine->count - until);
        for (size_t other = until; other < machine->count; other++)
            if (text_equal(left, machine->values[other].text)) return true;
    }
    return false;
}

/* One of the step's values fits. */
static bool any_value_fits(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    bool is_question = operation_is_condition(step->operation);
    const struct step *asked = is_question ? step->input : step;
    if (map_gives_one(asked) && !(is_question && step->count > 1)) {
        const struct map_value *value = map_read(run, asked);
        return value && value_fits(run, step, value);
    }
    map_evaluate(run, asked);
    if (step->operation != OPERATION_EXISTS) map_spread(run, base);
    bool fits = step->operation == OPERATION_EQUALS && step->count > 1 && equals_a_value(run, step, base);
    map_pay_for_values(run, machine->count - base);
    for (size_t i = base; i < machine->count && !fits; i++)
        fits = value_fits(run, step, &machine->values[i]);
    machine->count = base;
    return fits;
}

/* All, any, none. */
static bool combine(const struct map_run *run, const struct step *condition)
{
    bool wanted = condition->operation != OPERATION_ALL; /* the answer that decides at once */
    for (size_t i = 0; i < condition->count; i++)
        if (map_holds(run, condition->inputs[i]) == wanted) return condition->operation == OPERATION_ANY;
    return condition->operation != OPERATION_ANY;
}

bool map_work_out(const struct map_run *run, const struct step *condition)
{
    return condition->operation < OPERATION_ALL ? any_value_fits(run, condition) : combine(run, condition);
}

/* Conditions of conditions that stand in several places are worked out once: if each holds the one before
 * twice, there would be no end. */
bool map_holds(const struct map_run *run, const struct step *condition)
{
    if (condition->operation < OPERATION_ALL) return any_value_fits(run, condition);
    if (!condition->memo) return combine(run, condition);
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, condition);
    bool holds = machine->values[base].text.data[0] == 't';
    machine->count = base;
    return holds;
}
