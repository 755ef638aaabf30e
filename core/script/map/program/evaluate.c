#include "script/map/program/evaluate.h"

#include "base/text.h"
#include "script/map/parts.h"
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

void program_evaluate_except(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    step->input->evaluate(run, step->input);
    if (machine->count == base) return;
    postern_text text = map_plain_text(run, &machine->values[base]);
    map_pay_for_text(run, text);
    for (size_t i = 0; i < step->constants.count; i++) {
        if (!text_equal(step->constants.values[i].text, text)) continue;
        machine->count = base;
        return;
    }
}

void program_evaluate_moment(const struct map_run *run, const struct step *step)
{
    const struct script_event *event = run->bridge->event;
    if (!event) return;
    int64_t ms = step->input->part == META_TIME ? event->time_ms : event->received_ms;
    if (ms == 0 && step->input->part == META_TIME) return;
    const struct known_time *known = &run->machine->times[0];
    if (known->ms == ms && known->iso[0]) {
        char *iso = memcpy(map_scratch(run, TIMESTAMP_SIZE), known->iso, TIMESTAMP_SIZE);
        map_push_text(run, text_of(iso), TEXT_CLEAN, ORIGIN_NONE);
        return;
    }
    program_evaluate_method(run, step);
}

void program_evaluate_once(const struct map_run *run, const struct step *step)
{
    map_evaluate_kept(run, step, special_step_of(step)->direct);
}
