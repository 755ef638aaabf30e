#include "script/map/values.h"

#include "sandbox/sandbox.h"

postern_text map_unescape(const struct map_run *run, postern_text written)
{
    map_pay_for_text(run, written);
    char *space = map_scratch(run, written.size);
    struct buffer out = {.data = space, .capacity = written.size, .limit = written.size};
    json_unescape_raw(written, &out);
    return buffer_text(&out);
}

void map_give_node(const struct map_run *run, struct map_value *value)
{
    if (value->node || value->type < POSTERN_JSON_ARRAY) return;
    map_pay_for_text(run, value->text);
    struct json_tape *tape = bridge_take_tape(run->L, run->bridge);
    if (json_parse(tape, value->text, &value->node, NULL) < 0)
        bridge_out_of_memory(run->L); /* we wrote it: it is valid */
    value->tape = tape;
}

void map_drop_inputs(const struct map_run *run, size_t base, size_t until)
{
    struct map_machine *machine = run->machine;
    if (until + 1 == machine->count) machine->values[base] = machine->values[until];
    if (until + 1 >= machine->count) {
        machine->count -= until - base;
        return;
    }
    memmove(machine->values + base, machine->values + until,
            (machine->count - until) * sizeof *machine->values);
    machine->count -= until - base;
}

void map_spread_lists(const struct map_run *run, size_t base)
{
    struct map_machine *machine = run->machine;
    size_t until = machine->count;
    for (size_t at = base; at < until; at++) {
        struct map_value value = machine->values[at];
        if (value.type != POSTERN_JSON_ARRAY) {
            map_push(run, value);
            continue;
        }
        map_give_node(run, &value);
        size_t before = machine->count;
        for (const struct json_node *item = json_node_first(value.node); item;
             item = json_node_after(value.tape, item))
            if (!map_node_is_missing(item)) map_push_node(run, value.tape, item, value.origin);
        sandbox_charge(run->L, (int64_t)(machine->count - before) + 1);
    }
    map_drop_inputs(run, base, until);
}

void map_disown(const struct map_run *run, size_t base, map_origin origin)
{
    if (origin == ORIGIN_NONE) return;
    map_pay_for_values(run, run->machine->count - base);
    for (size_t i = base; i < run->machine->count; i++)
        if (run->machine->values[i].origin == origin || run->machine->values[i].origin & ORIGIN_GROUP)
            run->machine->values[i].origin = ORIGIN_NONE;
}

void map_push_all(const struct map_run *run, const struct map_value *values, size_t count, map_origin origin)
{
    map_pay_for_values(run, count);
    for (size_t i = 0; i < count; i++) {
        map_push(run, values[i]);
        run->machine->values[run->machine->count - 1].origin = origin;
    }
}

void map_push_written(const struct map_run *run, size_t before, map_origin origin)
{
    struct buffer *out = &run->machine->out;
    postern_text json = {map_scratch(run, out->size - before), out->size - before};
    map_pay_for_text(run, json);
    memcpy((char *)(uintptr_t)json.data, out->data + before, json.size);
    out->size = before;
    map_push_json(run, json, POSTERN_JSON_OBJECT, origin);
}
