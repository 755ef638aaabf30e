#include "script/map/program/evaluate.h"

void program_evaluate_member(const struct map_run *run, const struct step *step)
{
    const struct json_node *node = run->slots[step->field.paths->slot];
    map_push_node(run, run->tape, node, (map_origin)(node - run->tape->nodes));
}

void program_evaluate_once(const struct map_run *run, const struct step *step)
{
    map_evaluate_kept(run, step, special_step_of(step)->direct);
}
