#include "script/map/program/evaluate.h"

#include "script/map/values.h"

void program_evaluate_member(const struct map_run *run, const struct step *step)
{
    const struct json_node *node = run->slots[step->field.paths->slot];
    map_push_node(run, run->tape, node, (map_origin)(node - run->tape->nodes));
}

void program_evaluate_method(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    step->input->evaluate(run, step->input);
    if (run->machine->count == base) return;
    if (!map_apply(run, step, base, base)) map_drop_inputs(run, base, base + 1);
}

void program_evaluate_once(const struct map_run *run, const struct step *step)
{
    map_evaluate_kept(run, step, special_step_of(step)->direct);
}
