#include "script/map/program/evaluate.h"

void program_evaluate_member(const struct map_run *run, const struct step *step)
{
    map_origin member = run->slots[step->field.paths->slot];
    map_push_node(run, run->tape, &run->tape->nodes[member], member);
}

void program_evaluate_once(const struct map_run *run, const struct step *step)
{
    map_evaluate_kept(run, step, special_step_of(step)->direct);
}
