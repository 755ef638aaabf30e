/* The steps of a map that choose among values or put several together. */
#include "script/map/values.h"

#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/map/parts.h"

/* ---- Putting together ---- */

void map_evaluate_first(const struct map_run *run, const struct step *step)
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
    uint32_t at = (uint32_t)keyed_hash(&run->bridge->key, value->text) & mask;
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
    map_pay_for_values(run, count * 4);
    for (size_t i = base; i < run->machine->count; i++) {
        make_comparable(run, &values[i]);
        map_pay_for_text(run, values[i].text);
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

void map_evaluate_list(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    for (size_t i = 0; i < step->count; i++)
        map_evaluate(run, step->inputs[i]);
    map_spread(run, base);
    if (run->machine->count - base > 1) remove_duplicates(run, base);
}

/* Replaces the values from `base` on, which are texts with their meaning in `text`, by one. */
static void join_texts(const struct map_run *run, size_t base, postern_text separator, size_t size)
{
    struct map_machine *machine = run->machine;
    char *text = map_scratch(run, size), *at = text;
    map_origin origin = ORIGIN_NONE;
    for (size_t i = base; i < machine->count; i++) {
        postern_text part = machine->values[i].text;
        if (i > base && separator.size) at = mempcpy(at, separator.data, separator.size);
        if (part.size) at = mempcpy(at, part.data, part.size);
        origin = map_group(run, origin, machine->values[i].origin);
    }
    machine->count = base;
    map_push_text(run, (postern_text){text, (size_t)(at - text)}, TEXT_PLAIN, origin);
}

/* Of several values the first is used: a field that gave another one as well is not in the document. */
static void use_first(struct map_machine *machine, size_t first)
{
    struct map_value *used = &machine->values[first];
    for (size_t i = first + 1; i < machine->count; i++)
        if (machine->values[i].origin == used->origin || used->origin & ORIGIN_GROUP)
            used->origin = ORIGIN_NONE;
    machine->count = first + 1;
}

void map_evaluate_concat(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count, size = 0;
    for (size_t i = 0; i < step->count; i++) {
        map_evaluate(run, step->inputs[i]);
        bool is_one = machine->count > base + i && machine->values[base + i].type < POSTERN_JSON_ARRAY;
        if (!is_one) {
            if (machine->count > base + i) map_note_wrong(run, step, &machine->values[base + i]);
            machine->count = base;
            return;
        }
        use_first(machine, base + i);
        machine->values[base + i].text = map_plain_text(run, &machine->values[base + i]);
        map_pay_for_text(run, machine->values[base + i].text);
        size += machine->values[base + i].text.size;
    }
    join_texts(run, base, (postern_text){0}, size);
}

/* What is missing is left out; a list or an object is a wrong value and left out as well. */
void map_evaluate_join(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    postern_text separator = step->input->constants.values->text;
    size_t base = machine->count, kept = base, size = 0;
    for (size_t i = 1; i < step->count; i++)
        map_evaluate(run, step->inputs[i]);
    map_spread(run, base);
    map_pay_for_values(run, machine->count - base);
    for (size_t i = base; i < machine->count; i++) {
        struct map_value value = machine->values[i];
        if (value.type >= POSTERN_JSON_ARRAY) {
            map_note_wrong(run, step, &value);
            map_disown(run, base, value.origin);
            continue;
        }
        value.text = map_plain_text(run, &value);
        map_pay_for_text(run, value.text);
        size += value.text.size + separator.size;
        machine->values[kept++] = value;
    }
    machine->count = kept;
    if (kept > base) join_texts(run, base, separator, size);
}

void map_evaluate_when(const struct map_run *run, const struct step *step)
{
    if (map_holds(run, step->input))
        map_evaluate(run, step->inputs[1]);
    else if (step->count > 2)
        map_evaluate(run, step->inputs[2]);
}

void map_evaluate_object(const struct map_run *run, const struct step *step)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    map_origin origin = ORIGIN_NONE;
    sandbox_check_stack(run->L);
    struct map_run inner = *run;
    inner.collected = &origin;
    if (!map_write_object(&inner, step->object)) return;
    map_push_written(run, before, origin);
}

void map_evaluate_each(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->input);
    map_spread(run, base);
    size_t until = machine->count;
    for (size_t i = base; i < until; i++) {
        struct map_value item = machine->values[i];
        struct map_run inner = *run;
        inner.item = &item;
        size_t before = machine->count;
        sandbox_charge(run->L, 4 + (int64_t)step->body);
        map_evaluate(&inner, step->inputs[1]);
        if (machine->count == before) map_disown(run, base, item.origin);
    }
    map_drop_inputs(run, base, until);
}

void map_evaluate_copy(const struct map_run *run, const struct step *step)
{
    size_t base = run->machine->count;
    map_evaluate(run, step->input);
    map_pay_for_values(run, run->machine->count - base);
    for (size_t i = base; i < run->machine->count; i++)
        run->machine->values[i].origin = ORIGIN_NONE;
}

/* ---- Choices ---- */

const struct enum_entry *map_enum_find(const struct enum_table *table, postern_text text)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = map_compare_texts(table->entries[middle].text, text);
        if (order == 0) return &table->entries[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void map_evaluate_enum(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, step->input);
    map_spread(run, base);
    size_t until = machine->count;
    map_pay_for_values(run, until - base);
    for (size_t i = base; i < until; i++) {
        struct map_value value = machine->values[i];
        map_pay_for_text(run, value.text);
        const struct enum_entry *entry = map_enum_find(step->table, map_plain_text(run, &value));
        if (entry)
            map_push_all(run, entry->values, entry->count, value.origin);
        else if (step->table->has_fallback)
            map_push_all(run, step->table->fallback, step->table->fallback_count, ORIGIN_NONE);
        if (!entry) map_disown(run, base, value.origin); /* what it was can still be seen in the rest */
    }
    if (until == base) map_push_all(run, step->table->fallback, step->table->fallback_count, ORIGIN_NONE);
    map_drop_inputs(run, base, until);
}

void map_evaluate_except(const struct map_run *run, const struct step *step)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count, kept = base;
    map_evaluate(run, step->input);
    map_spread(run, base);
    map_pay_for_values(run, (machine->count - base) * step->constants.count);
    for (size_t i = base; i < machine->count; i++) {
        postern_text text = map_plain_text(run, &machine->values[i]);
        map_pay_for_text(run, text);
        if (map_is_constant(step, text))
            map_disown(run, base, machine->values[i].origin);
        else if (kept++ < i)
            machine->values[kept - 1] = machine->values[i];
    }
    machine->count = kept;
}
