/* Writes the document that a map makes. */
#include "script/map_run.h"

#include "base/text.h"

static inline void put(struct buffer *out, const char *data, size_t size)
{
    if (out->capacity - out->size < size && !buffer_reserve(out, size)) return;
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static inline void put_byte(struct buffer *out, char byte)
{
    put(out, &byte, 1);
}

static void write_value(const struct map_run *run, const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    map_take(run, value->origin);
    if (value->type != POSTERN_JSON_STRING) {
        put(out, value->text.data, value->text.size);
    } else if (value->form == TEXT_PLAIN) {
        run->bridge->replaced_bytes += json_write_string(out, value->text);
    } else {
        put_byte(out, '"');
        put(out, value->text.data, value->text.size);
        put_byte(out, '"');
    }
}

static void write_leaf(const struct map_run *run, const struct target *target)
{
    struct map_machine *machine = run->machine;
    struct buffer *out = &machine->out;
    size_t base = machine->count;
    map_evaluate(run, target->step);
    size_t count = machine->count - base;
    if (count == 0) return;
    bool is_list = count > 1 || (target->step->is_list && machine->values[base].type != POSTERN_JSON_ARRAY);
    put(out, target->label.data, target->label.size);
    if (is_list) put_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) put_byte(out, ',');
        write_value(run, &machine->values[base + i]);
    }
    if (is_list) put_byte(out, ']');
    put_byte(out, ',');
    machine->count = base;
    run->written[target->number] = true;
}

/* ---- The rest ---- */

/* A member for which the map has a target of the same name beside the rest: the target's value counts. */
static bool is_replaced(const struct map_run *run, const struct target *object, postern_text key)
{
    for (const struct target *child = object->first_child; child; child = child->next)
        if (child->name.data && run->written[child->number] && text_equal(child->name, key)) return true;
    return false;
}

static bool is_in_rest(const struct map_run *run, const struct target *object, const struct step *rest,
                       const struct json_node *member)
{
    if (run->taken[member - run->tape->nodes] || map_node_is_missing(member)) return false;
    postern_text key = json_node_key(run->tape, member);
    if (rest->without && map_names_find(rest->without, key) != MAP_NO_SLOT) return false;
    return !is_replaced(run, object, key);
}

/* Members that stand side by side in the source are copied together. */
static void write_rest(const struct map_run *run, const struct target *object, const struct step *rest)
{
    const struct json_tape *tape = run->tape;
    const struct json_node *member = json_node_first(run->root);
    while (member) {
        if (!is_in_rest(run, object, rest, member)) {
            member = json_node_after(tape, member);
            continue;
        }
        uint32_t start = member->key_start - 1, end;
        do {
            end = member->end;
            member = json_node_after(tape, member);
        } while (member && is_in_rest(run, object, rest, member));
        put(&run->machine->out, tape->text + start, end - start);
        put_byte(&run->machine->out, ',');
    }
}

/* ---- Objects ---- */

static void write_children(const struct map_run *run, const struct target *object)
{
    struct buffer *out = &run->machine->out;
    for (const struct target *child = object->first_child; child; child = child->next) {
        if (!child->step) {
            size_t before = out->size;
            put(out, child->label.data, child->label.size);
            if (map_write_object(run, child)) {
                put_byte(out, ',');
                run->written[child->number] = true;
            } else {
                out->size = before;
            }
        } else if (child->step->operation == OPERATION_REST) {
            write_rest(run, object, child->step);
        } else {
            write_leaf(run, child);
        }
    }
}

bool map_write_object(const struct map_run *run, const struct target *object)
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
