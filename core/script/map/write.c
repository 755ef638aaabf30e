/* Writes the document that a map makes. */
#include "script/map/run.h"

#include "base/short_copy.h"
#include "base/text.h"
#include "script/event/strict_line.h"

static inline void put(struct buffer *out, const char *data, size_t size)
{
    if (out->capacity - out->size < size && !buffer_reserve(out, size)) return;
    copy_short(out->data + out->size, data, size);
    out->size += size;
}

static inline void put_byte(struct buffer *out, char byte)
{
    if (out->capacity == out->size && !buffer_reserve(out, 1)) return;
    out->data[out->size++] = byte;
}

static void write_value(const struct map_run *run, const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    map_take(run, value->origin);
    if (value->type != POSTERN_JSON_STRING) {
        if (value->node && value->type >= POSTERN_JSON_ARRAY)
            strict_note_names(run->bridge, value->tape, value->node);
        put(out, value->text.data, value->text.size);
    } else if (value->form == TEXT_PLAIN) {
        map_pay_for_text(run, value->text);
        run->bridge->replaced_bytes += json_write_string(out, value->text);
    } else {
        put_byte(out, '"');
        put(out, value->text.data, value->text.size);
        put_byte(out, '"');
    }
}

/* "name":"text", in one go: most of what a map writes. False if the value is nothing so plain. */
static inline bool write_plain_text(const struct map_run *run, const struct map_target *target,
                                    const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    size_t size = target->label.size + value->text.size + 3;
    if (value->type != POSTERN_JSON_STRING || value->form == TEXT_PLAIN || target->step->is_list)
        return false;
    if (out->capacity - out->size < size && !buffer_reserve(out, size)) return false;
    char *at = copy_short(out->data + out->size, target->label.data, target->label.size);
    *at++ = '"';
    at = copy_short(at, value->text.data, value->text.size);
    *at++ = '"';
    *at = ',';
    out->size += size;
    map_take(run, value->origin);
    return true;
}

static void write_values(const struct map_run *run, const struct map_target *target,
                         const struct map_value *values, size_t count)
{
    struct buffer *out = &run->machine->out;
    bool is_list = count > 1 || (target->step->is_list && values->type != POSTERN_JSON_ARRAY);
    put(out, target->label.data, target->label.size);
    if (is_list) put_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) put_byte(out, ',');
        write_value(run, &values[i]);
    }
    if (is_list) put_byte(out, ']');
    put_byte(out, ',');
}

static void write_leaf(const struct map_run *run, const struct map_target *target)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, target->step);
    size_t count = machine->count - base;
    if (count == 0) return;
    const struct map_value *values = &machine->values[base];
    if (count > 1 || !write_plain_text(run, target, values)) write_values(run, target, values, count);
    machine->count = base;
    run->written[target->number] = true;
}

/* ---- The rest ---- */

/* The member that has exactly this name; `member`: the first with it, whatever the case if the map ignores
 * that. */
static const struct json_node *same_name(const struct map_run *run, const struct json_node *member,
                                         postern_text name)
{
    if (!member || json_node_key_is(run->tape, member, name)) return member;
    sandbox_charge(run->L, (int64_t)(run->tape->count / 4));
    return json_get_text(run->tape, run->root, name);
}

/* Fields that the rest is told to leave out. */
static void leave_out(const struct map_run *run, const struct step *rest)
{
    for (size_t i = 0; i < rest->without.count; i++) {
        const struct json_node *member = run->slots[rest->without.slots[i]];
        if (member) run->taken[member - run->tape->nodes] = true;
    }
}

static inline bool is_in_rest(const struct map_run *run, const struct json_node *member)
{
    return !run->taken[member - run->tape->nodes] && !map_node_is_missing(member);
}

/* A field with the name of a target beside the rest, whose value is not in the document, comes behind it
 * under the same name: map.c gives it another. */
static void note_twins(const struct map_run *run, const struct map_target *object)
{
    for (const struct map_target *child = object->first_child; child && !*run->has_twins;
         child = child->next) {
        if (!child->name.data || !run->written[child->number]) continue;
        const struct json_node *member = same_name(run, run->slots[child->slot], child->name);
        if (member && is_in_rest(run, member)) *run->has_twins = true;
    }
}

/* Members that stand side by side in the source are copied together. */
static void write_rest(const struct map_run *run, const struct map_target *object, const struct step *rest)
{
    const struct json_tape *tape = run->tape;
    const struct json_node *member = json_node_first(run->root);
    leave_out(run, rest);
    note_twins(run, object);
    while (member) {
        if (!is_in_rest(run, member)) {
            member = json_node_after(tape, member);
            continue;
        }
        uint32_t start = member->key_start - 1, end;
        do {
            end = member->end;
            if (json_node_is_container(member)) strict_note_names(run->bridge, tape, member);
            member = json_node_after(tape, member);
        } while (member && is_in_rest(run, member));
        put(&run->machine->out, tape->text + start, end - start);
        put_byte(&run->machine->out, ',');
    }
}

/* ---- Objects ---- */

static void write_child_object(const struct map_run *run, const struct map_target *child)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    put(out, child->label.data, child->label.size);
    if (!map_write_object(run, child)) {
        out->size = before;
        return;
    }
    put_byte(out, ',');
    run->written[child->number] = true;
}

static inline void write_ready(const struct map_run *run, const struct map_target *target)
{
    put(&run->machine->out, target->ready.data, target->ready.size);
    run->written[target->number] = true;
}

static void write_children(const struct map_run *run, const struct map_target *object)
{
    for (const struct map_target *child = object->first_child; child; child = child->next) {
        if (child->needs && !(child->needs & run->present)) continue;
        if (child->ready.size)
            write_ready(run, child);
        else if (!child->step)
            write_child_object(run, child);
        else if (child->step->operation == OPERATION_REST)
            write_rest(run, object, child->step);
        else
            write_leaf(run, child);
    }
}

bool map_write_object(const struct map_run *run, const struct map_target *object)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    put_byte(out, '{');
    write_children(run, object);
    if (out->size == before + 1 || out->failed) {
        out->size = before;
        return false;
    }
    out->data[out->size - 1] = '}'; /* in place of the last comma */
    return true;
}
