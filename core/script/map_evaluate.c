/* Runs the steps of a map: where values come from and how they are put together. */
#include "script/map_run.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map_parts.h"

/* ---- Values in general ---- */

postern_text map_plain_text(const struct map_run *run, const struct map_value *value)
{
    if (value->type != POSTERN_JSON_STRING || value->form != TEXT_WRITTEN) return value->text;
    char *space = map_scratch(run, value->text.size);
    struct buffer out = {.data = space, .capacity = value->text.size, .limit = value->text.size};
    json_unescape_raw(value->text, &out);
    return buffer_text(&out);
}

void map_give_node(const struct map_run *run, struct map_value *value)
{
    if (value->node || value->type < POSTERN_JSON_ARRAY) return;
    struct json_tape *tape = map_machine_take_tape(run->L, run->machine);
    if (json_parse(tape, value->text, &value->node, NULL) < 0)
        bridge_out_of_memory(run->L); /* we wrote it: it is valid */
    value->tape = tape;
}

void map_drop_inputs(const struct map_run *run, size_t base, size_t until)
{
    struct map_machine *machine = run->machine;
    if (until == machine->count) { /* nothing was made of them */
        machine->count = base;
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
        for (const struct json_node *item = json_node_first(value.node); item;
             item = json_node_after(value.tape, item))
            if (!map_node_is_missing(item)) map_push_node(run, value.tape, item, value.origin);
        sandbox_charge(run->L, (int64_t)(machine->count - until));
    }
    map_drop_inputs(run, base, until);
}

/* What a method could not read stays in the rest, with all that came from the same field. */
static void disown(const struct map_run *run, size_t base, map_origin origin)
{
    if (origin == ORIGIN_NONE) return;
    for (size_t i = base; i < run->machine->count; i++)
        if (run->machine->values[i].origin == origin) run->machine->values[i].origin = ORIGIN_NONE;
}

static bool apply_to(const struct map_run *run, const struct step *step, size_t base, size_t at)
{
    switch (step->method(run, step, &run->machine->values[at])) {
    case MAP_ONE:
        return true;
    case MAP_UNREADABLE:
        run->bridge->wrong_types++;
        disown(run, base, run->machine->values[at].origin);
        return false;
    default:
        return false;
    }
}

/* To several values: what is made of them is gathered above them. */
static void apply_to_all(const struct map_run *run, const struct step *step, size_t base)
{
    struct map_machine *machine = run->machine;
    size_t until = machine->count;
    for (size_t i = base; i < until; i++)
        if (apply_to(run, step, base, i)) map_push(run, machine->values[i]);
    map_drop_inputs(run, base, until);
}

static void apply_method(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->inputs[0]);
    if (step->operation != OPERATION_TEXT) map_spread(run, base);
    if (machine->count == base) return;
    if (machine->count > base + 1) {
        apply_to_all(run, step, base);
    } else if (!apply_to(run, step, base, base)) {
        map_drop_inputs(run, base, base + 1);
    }
}

/* ---- Sources ---- */

static const struct json_node *find_member(const struct map_run *run, const struct json_tape *tape,
                                           const struct json_node *object, postern_text name)
{
    if (!run->map->fields->ignore_case) return json_get_text(tape, object, name);
    for (const struct json_node *member = json_first(tape, object); member;
         member = json_node_after(tape, member))
        if (map_name_is(name, json_node_key(tape, member), true)) return member;
    return NULL;
}

static const struct json_node *follow(const struct map_run *run, const struct json_tape *tape,
                                      const struct json_node *from, const struct field_path *path)
{
    for (uint32_t i = 0; from && i < path->count; i++)
        from = from->type == POSTERN_JSON_OBJECT ? find_member(run, tape, from, path->names[i]) : NULL;
    return from;
}

static void evaluate_field(const struct map_run *run, const struct step *step)
{
    for (size_t i = 0; i < step->field.count; i++) {
        const struct field_path *path = &step->field.paths[i];
        const struct json_node *node = run->slots[path->slot];
        map_origin origin = node && !path->count ? (map_origin)(node - run->tape->nodes) : ORIGIN_NONE;
        if (path->count) node = follow(run, run->tape, node, path);
        if (!node || map_node_is_missing(node)) continue;
        map_push_node(run, run->tape, node, origin);
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
    if (item.type != POSTERN_JSON_OBJECT) return;
    map_give_node(run, &item);
    const struct json_node *node = follow(run, item.tape, item.node, &step->field.paths[0]);
    if (node && !map_node_is_missing(node)) map_push_node(run, item.tape, node, ORIGIN_NONE);
}

static void push_text(const struct map_run *run, postern_text text)
{
    if (text.size) map_push_text(run, text, TEXT_PLAIN, ORIGIN_NONE);
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

static void push_all(const struct map_run *run, const struct map_value *values, size_t count,
                     map_origin origin)
{
    for (size_t i = 0; i < count; i++) {
        map_push(run, values[i]);
        run->machine->values[run->machine->count - 1].origin = origin;
    }
}

/* ---- Putting together ---- */

static void evaluate_first(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    for (size_t i = 0; i < step->count && run->machine->count == base; i++)
        map_evaluate(run, step->inputs[i]);
}

static bool same_value(const struct map_value *a, const struct map_value *b)
{
    return a->type == b->type && text_equal(a->text, b->text);
}

/* Texts with escapes are unescaped, so that equal ones are equal bytes. */
static void make_comparable(const struct map_run *run, struct map_value *value)
{
    if (value->type != POSTERN_JSON_STRING || value->form != TEXT_WRITTEN) return;
    value->text = map_plain_text(run, value);
    value->form = TEXT_PLAIN;
}

#define SHORT_LIST 24

/* The place in a hash table of the value that equals `value`, or of a free entry. Entries: number + 1,
 * counted from `base`. */
static uint32_t *find_equal(const struct map_run *run, uint32_t *table, uint32_t mask, size_t base,
                            const struct map_value *value)
{
    uint32_t at = map_name_hash(value->text.data, value->text.size) & mask;
    while (table[at] && !same_value(&run->machine->values[base + table[at] - 1], value))
        at = (at + 1) & mask;
    return &table[at];
}

static struct map_value *find_in_short_list(struct map_value *from, const struct map_value *end,
                                            const struct map_value *value)
{
    while (from < end && !same_value(from, value))
        from++;
    return from < end ? from : NULL;
}

/* Leaves one of equal values; it stands for the fields of all. */
static void remove_duplicates(const struct map_run *run, size_t base)
{
    struct map_value *values = run->machine->values;
    size_t count = run->machine->count - base, kept = base;
    uint32_t mask = 0, *table = NULL;
    if (count > SHORT_LIST) {
        for (mask = 64; mask < count * 2; mask *= 2) {
        }
        table = map_scratch(run, mask * sizeof *table);
        memset(table, 0, mask * sizeof *table);
        mask--;
    }
    sandbox_charge(run->L, (int64_t)count);
    for (size_t i = base; i < run->machine->count; i++) {
        make_comparable(run, &values[i]);
        uint32_t *entry = table ? find_equal(run, table, mask, base, &values[i]) : NULL;
        struct map_value *equal = !table   ? find_in_short_list(values + base, values + kept, &values[i])
                                  : *entry ? &values[base + *entry - 1]
                                           : NULL;
        if (equal) {
            equal->origin = map_group(run, equal->origin, values[i].origin);
            continue;
        }
        if (entry) *entry = (uint32_t)(kept - base + 1);
        values[kept++] = values[i];
    }
    run->machine->count = kept;
}

static void evaluate_list(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    for (size_t i = 0; i < step->count; i++)
        map_evaluate(run, step->inputs[i]);
    map_spread(run, base);
    if (run->machine->count - base > 1) remove_duplicates(run, base);
}

static void evaluate_concat(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count, size = 0;
    for (size_t i = 0; i < step->count; i++) {
        map_evaluate(run, step->inputs[i]);
        bool is_one = machine->count > base + i && machine->values[base + i].type < POSTERN_JSON_ARRAY;
        if (!is_one) {
            if (machine->count > base + i) run->bridge->wrong_types++;
            machine->count = base;
            return;
        }
        machine->count = base + i + 1; /* of several values, the first */
        machine->values[base + i].text = map_plain_text(run, &machine->values[base + i]);
        size += machine->values[base + i].text.size;
    }
    char *text = map_scratch(run, size), *at = text;
    map_origin origin = ORIGIN_NONE;
    for (size_t i = base; i < machine->count; i++) {
        memcpy(at, machine->values[i].text.data, machine->values[i].text.size);
        at += machine->values[i].text.size;
        origin = map_group(run, origin, machine->values[i].origin);
    }
    machine->count = base;
    map_push_text(run, (postern_text){text, size}, TEXT_PLAIN, origin);
}

static void evaluate_when(const struct map_run *run, const struct step *step)
{
    if (map_holds(run, step->inputs[0]))
        map_evaluate(run, step->inputs[1]);
    else if (step->count > 2)
        map_evaluate(run, step->inputs[2]);
}

static void evaluate_object(const struct map_run *run, const struct step *step)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    map_origin origin = ORIGIN_NONE;
    struct map_run inner = *run;
    inner.collected = &origin;
    if (!map_write_object(&inner, step->object)) return;
    postern_text json = {map_scratch(run, out->size - before), out->size - before};
    memcpy((char *)(uintptr_t)json.data, out->data + before, json.size);
    out->size = before;
    map_push_json(run, json, POSTERN_JSON_OBJECT, origin);
}

static void evaluate_each(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->inputs[0]);
    map_spread(run, base);
    size_t until = machine->count;
    for (size_t i = base; i < until; i++) {
        struct map_value item = machine->values[i];
        struct map_run inner = *run;
        inner.item = &item;
        size_t before = machine->count;
        sandbox_charge(run->L, 4);
        map_evaluate(&inner, step->inputs[1]);
        if (machine->count == before) disown(run, base, item.origin);
    }
    map_drop_inputs(run, base, until);
}

static void evaluate_copy(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    map_evaluate(run, step->inputs[0]);
    for (size_t i = base; i < run->machine->count; i++)
        run->machine->values[i].origin = ORIGIN_NONE;
}

/* ---- Choices ---- */

static const struct enum_entry *find_entry(const struct step *step, postern_text text)
{
    size_t low = 0, high = step->table.count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = map_compare_texts(step->table.entries[middle].text, text);
        if (order == 0) return &step->table.entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void evaluate_enum(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->inputs[0]);
    map_spread(run, base);
    size_t until = machine->count;
    for (size_t i = base; i < until; i++) {
        struct map_value value = machine->values[i];
        const struct enum_entry *entry = find_entry(step, map_plain_text(run, &value));
        if (entry)
            push_all(run, entry->values, entry->count, value.origin);
        else if (step->table.has_fallback)
            push_all(run, step->table.fallback, step->table.fallback_count, ORIGIN_NONE);
        if (!entry) disown(run, base, value.origin); /* what it was can still be seen in the rest */
    }
    if (until == base) push_all(run, step->table.fallback, step->table.fallback_count, ORIGIN_NONE);
    map_drop_inputs(run, base, until);
}

static void evaluate_except(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count, kept = base;
    map_evaluate(run, step->inputs[0]);
    map_spread(run, base);
    for (size_t i = base; i < machine->count; i++) {
        struct map_value value = machine->values[i];
        postern_text text = map_plain_text(run, &value);
        size_t constant = 0;
        while (constant < step->constants.count && !text_equal(step->constants.values[constant].text, text))
            constant++;
        if (constant == step->constants.count)
            machine->values[kept++] = value;
        else
            disown(run, base, value.origin);
    }
    machine->count = kept;
}

static void evaluate_const(const struct map_run *run, const struct step *step)
{
    push_all(run, step->constants.values, step->constants.count, ORIGIN_NONE);
}

static void evaluate_original(const struct map_run *run, const struct step *step)
{
    (void)step;
    push_text(run, json_node_raw(run->tape, run->root));
}

static void evaluate_condition(const struct map_run *run, const struct step *step)
{
    postern_text json = map_holds(run, step) ? TEXT("true") : TEXT("false");
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
        return evaluate_first;
    case OPERATION_LIST:
        return evaluate_list;
    case OPERATION_CONCAT:
        return evaluate_concat;
    case OPERATION_WHEN:
        return evaluate_when;
    case OPERATION_OBJECT:
        return evaluate_object;
    case OPERATION_EACH:
        return evaluate_each;
    case OPERATION_CALL:
        return map_call_function;
    case OPERATION_COPY:
        return evaluate_copy;
    case OPERATION_ENUM:
        return evaluate_enum;
    case OPERATION_EXCEPT:
        return evaluate_except;
    default:
        return operation_is_condition(operation) ? evaluate_condition : apply_method;
    }
}

void map_evaluate_once(const struct map_run *run, const struct step *step)
{
    struct map_memo *memo = &run->memos[step->memo - 1];
    struct map_machine *machine = run->machine;
    if (memo->is_known) {
        for (size_t i = 0; i < memo->count; i++)
            map_push(run, memo->values[i]);
        return;
    }
    size_t base = machine->count;
    map_evaluator_of(step->operation)(run, step);
    size_t bytes = (machine->count - base) * sizeof *machine->values;
    struct map_value *values = bytes ? map_scratch(run, bytes) : NULL;
    if (bytes) memcpy(values, machine->values + base, bytes);
    *memo = (struct map_memo){true, values, machine->count - base};
}
