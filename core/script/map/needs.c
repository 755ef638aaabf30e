/* Which fields a step cannot do without. Most fields of a map are missing in most events: their steps are
 * passed over at the cost of one comparison. */
#include "script/map/compile.h"
#include "script/map/run.h"
#include "script/map/types.h"

static uint64_t needs_of_fields(const struct step *step)
{
    uint64_t needs = 0;
    for (size_t i = 0; i < step->field.count; i++)
        needs |= step->field.paths[i].bit;
    return needs;
}

/* Of a step that gives something if any of its inputs does. */
static uint64_t needs_of_inputs(const struct step *step, size_t from)
{
    uint64_t needs = 0;
    for (size_t i = from; i < step->count; i++) {
        if (!step->inputs[i]->needs) return 0;
        needs |= step->inputs[i]->needs;
    }
    return needs;
}

static uint64_t needs_of(const struct step *step)
{
    switch (step->operation) {
    case OPERATION_FIELD:
        return needs_of_fields(step);
    case OPERATION_OBJECT:
        return step->object->needs;
    case OPERATION_FIRST:
    case OPERATION_DEFAULT:
    case OPERATION_LIST:
    case OPERATION_CALL:
        return needs_of_inputs(step, 0);
    case OPERATION_JOIN:
    case OPERATION_WHEN:
        return needs_of_inputs(step, 1);
    case OPERATION_COUNT:
        return 0;
    case OPERATION_ENUM:
        return step->table->has_fallback ? 0 : step->input->needs;
    default:
        if (operation_is_condition(step->operation) || step->count == 0) return 0;
        return step->input->needs;
    }
}

void map_finish_step(struct step *step)
{
    step->evaluate = map_evaluator_of(step->operation);
    if (step->operation == OPERATION_FIELD && step->field.count == 1 && step->field.paths->count == 0)
        step->evaluate = map_evaluate_member;
    step->method = map_text_method(step->operation);
    if (!step->method) step->method = map_convert_method(step->operation);
    if (!step->method) step->method = map_time_method(step->operation);
    if (!step->method) step->method = map_type_method(step);
    if (step->operation == OPERATION_MEMBERS) step->method = map_members_method;
    if (step->operation == OPERATION_LOOKUP) step->method = map_look_up;
    step->needs = needs_of(step);
}
