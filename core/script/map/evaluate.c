/* The steps of a map: where values come from, methods, which step does what. */
#include "base/text.h"
#include "script/map/parts.h"
#include "script/map/values.h"

/* ---- Methods ---- */

/* To several values: what is made of them is gathered above them. */
static void apply_to_all(const struct map_run *run, const struct step *step, size_t base)
{
    struct map_machine *machine = run->machine;
    size_t until = machine->count;
    map_pay_for_values(run, until - base);
    for (size_t i = base; i < until; i++)
        if (map_apply(run, step, base, i)) map_push(run, machine->values[i]);
    map_drop_inputs(run, base, until);
}

static void apply_method(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->input);
    if (machine->count == base) return;
    bool is_spread = step->operation != OPERATION_TEXT;
    bool is_one =
        machine->count == base + 1 && !(is_spread && machine->values[base].type == POSTERN_JSON_ARRAY);
    if (!is_one) {
        if (is_spread) map_spread(run, base);
        apply_to_all(run, step, base);
    } else if (!map_apply(run, step, base, base)) {
        map_drop_inputs(run, base, base + 1);
    }
}

/* ---- Sources ---- */

void map_evaluate_member(const struct map_run *run, const struct step *step)
{
    const struct json_node *node = map_member(run, step->field.paths->slot);
    if (node && !map_node_is_missing(node))
        map_push_node(run, run->tape, node, (map_origin)(node - run->tape->nodes));
}

static void evaluate_field(const struct map_run *run, const struct step *step)
{
    for (size_t i = 0; i < step->field.count; i++) {
        const struct field_path *path = &step->field.paths[i];
        const struct json_node *node = map_node_at(run, path);
        if (!node) continue;
        map_push_node(run, run->tape, node,
                      path->count ? ORIGIN_NONE : (map_origin)(node - run->tape->nodes));
        return;
    }
}

static void evaluate_item(const struct map_run *run, const struct step *step)
{
    if (!run->item) return;
    if (step->field.count == 0) {
        map_push(run, *run->item);
        return;
    }
    struct map_value item = *run->item;
    if (item.type < POSTERN_JSON_ARRAY) return;
    map_give_node(run, &item);
    const struct json_node *node = map_follow(run, item.tape, item.node, &step->field.paths[0]);
    if (node && !map_node_is_missing(node)) map_push_node(run, item.tape, node, ORIGIN_NONE);
}

static void push_text(const struct map_run *run, postern_text text)
{
    if (text.size) map_push_text(run, text, map_form_of(text), ORIGIN_NONE);
}

static void push_integer(const struct map_run *run, int64_t integer)
{
    struct buffer digits = {.data = map_scratch(run, 24), .capacity = 24, .limit = 24};
    json_write_integer(&digits, integer);
    map_push_json(run, buffer_text(&digits), POSTERN_JSON_NUMBER, ORIGIN_NONE);
}

static void evaluate_meta(const struct map_run *run, const struct step *step)
{
    const struct script_event *event = run->bridge->event;
    if (!event) return;
    switch ((enum map_meta)step->part) {
    case META_ACCOUNT:
        push_text(run, event->account);
        break;
    case META_SOURCE:
        push_text(run, event->source);
        break;
    case META_STREAM:
        push_text(run, event->stream);
        break;
    case META_TYPE:
        push_text(run, event->type);
        break;
    case META_ID:
        push_text(run, event->id);
        break;
    case META_PIPELINE:
        push_text(run, text_of(event->pipeline));
        break;
    case META_RECEIVED:
        push_integer(run, event->received_ms);
        break;
    case META_TIME:
        if (event->time_ms) push_integer(run, event->time_ms);
        break;
    }
}

static void evaluate_given(const struct map_run *run, const struct step *step)
{
    if (!run->given_ends) return;
    for (size_t i = step->given ? run->given_ends[step->given - 1] : 0; i < run->given_ends[step->given]; i++)
        map_push(run, run->given[i]);
}

static void evaluate_const(const struct map_run *run, const struct step *step)
{
    map_push_all(run, step->constants.values, step->constants.count, ORIGIN_NONE);
}

static void evaluate_original(const struct map_run *run, const struct step *step)
{
    (void)step;
    push_text(run, json_node_raw(run->tape, run->root));
}

static void evaluate_count(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    map_evaluate(run, step->input);
    map_spread(run, base);
    size_t count = run->machine->count - base;
    run->machine->count = base;
    push_integer(run, (int64_t)count);
}

static void evaluate_condition(const struct map_run *run, const struct step *step)
{
    postern_text json = map_work_out(run, step) ? TEXT("true") : TEXT("false");
    map_push_json(run, json, POSTERN_JSON_BOOLEAN, ORIGIN_NONE);
}

/* ---- Which step does what ---- */

map_evaluator *map_evaluator_of(enum operation operation)
{
    switch (operation) {
    case OPERATION_CONST:
        return evaluate_const;
    case OPERATION_FIELD:
        return evaluate_field;
    case OPERATION_META:
        return evaluate_meta;
    case OPERATION_GIVEN:
        return evaluate_given;
    case OPERATION_ORIGINAL:
        return evaluate_original;
    case OPERATION_ITEM:
        return evaluate_item;
    case OPERATION_FIRST:
    case OPERATION_DEFAULT:
        return map_evaluate_first;
    case OPERATION_LIST:
        return map_evaluate_list;
    case OPERATION_CONCAT:
        return map_evaluate_concat;
    case OPERATION_JOIN:
        return map_evaluate_join;
    case OPERATION_WHEN:
        return map_evaluate_when;
    case OPERATION_OBJECT:
        return map_evaluate_object;
    case OPERATION_EACH:
        return map_evaluate_each;
    case OPERATION_CALL:
        return map_call_function;
    case OPERATION_COPY:
        return map_evaluate_copy;
    case OPERATION_LABELS:
        return map_evaluate_labels;
    case OPERATION_PIECE:
        return map_evaluate_piece;
    case OPERATION_UNNAMED:
        return map_evaluate_unnamed;
    case OPERATION_PROSE:
        return map_evaluate_prose;
    case OPERATION_COUNT:
        return evaluate_count;
    case OPERATION_ENUM:
        return map_evaluate_enum;
    case OPERATION_EXCEPT:
        return map_evaluate_except;
    default:
        return operation_is_condition(operation) ? evaluate_condition : apply_method;
    }
}

void map_evaluate_kept(const struct map_run *run, const struct step *step, map_evaluator *evaluate)
{
    struct map_memo *memo = &run->memos[step->memo - 1];
    struct map_machine *machine = run->machine;
    if (memo->is_known) {
        for (size_t i = 0; i < memo->count; i++)
            map_push(run, memo->values[i]);
        return;
    }
    size_t base = machine->count;
    evaluate(run, step);
    size_t count = machine->count - base;
    struct map_value *values = count ? map_scratch(run, count * sizeof *values) : NULL;
    for (size_t i = 0; i < count; i++) /* there is one, or a few: no call of memcpy */
        values[i] = machine->values[base + i];
    *memo = (struct map_memo){true, values, count};
}

void map_evaluate_once(const struct map_run *run, const struct step *step)
{
    map_evaluate_kept(run, step, map_evaluator_of(step->operation));
}
