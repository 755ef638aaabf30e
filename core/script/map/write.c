/* Writes the document that a map makes. */
#include "script/map/run.h"

#include "base/buffer_put.h"
#include "base/text.h"
#include "script/event/strict_line.h"
#include "script/map/write_plain.h"

void map_write_value(const struct map_run *run, const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    map_take(run, value->origin);
    if (value->type != POSTERN_JSON_STRING) {
        if (value->node && value->type >= POSTERN_JSON_ARRAY)
            strict_note_names(run->bridge, value->tape, value->node);
        buffer_put(out, value->text.data, value->text.size);
    } else if (value->form == TEXT_PLAIN) {
        map_pay_for_text(run, value->text);
        run->bridge->replaced_bytes += json_write_string(out, value->text);
    } else {
        buffer_append_byte(out, '"');
        buffer_put(out, value->text.data, value->text.size);
        buffer_append_byte(out, '"');
    }
}

/* ["text","text"]: texts that need no escapes, in one go. False if one of the values is nothing so plain. */
static bool write_plain_list(const struct map_run *run, const struct map_target *target,
                             const struct map_value *values, size_t count)
{
    struct buffer *out = &run->machine->out;
    size_t size = target->label.size + 3;
    for (size_t i = 0; i < count; i++) {
        if (values[i].type != POSTERN_JSON_STRING || values[i].form == TEXT_PLAIN) return false;
        size += values[i].text.size + 3;
    }
    if (out->capacity - out->size < size && !buffer_reserve(out, size)) return false;
    char *at = copy_short(out->data + out->size, target->label.data, target->label.size);
    *at++ = '[';
    for (size_t i = 0; i < count; i++) {
        *at++ = '"';
        at = copy_short(at, values[i].text.data, values[i].text.size);
        *at++ = '"';
        *at++ = ',';
        map_take(run, values[i].origin);
    }
    at[-1] = ']'; /* in place of the last comma */
    *at++ = ',';
    out->size = (size_t)(at - out->data);
    return true;
}

void map_write_values(const struct map_run *run, const struct map_target *target,
                      const struct map_value *values, size_t count)
{
    struct buffer *out = &run->machine->out;
    bool is_list = count > 1 || (target->is_list && values->type != POSTERN_JSON_ARRAY);
    if (is_list && write_plain_list(run, target, values, count)) return;
    buffer_put(out, target->label.data, target->label.size);
    if (is_list) buffer_append_byte(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i) buffer_append_byte(out, ',');
        map_write_value(run, &values[i]);
    }
    if (is_list) buffer_append_byte(out, ']');
    buffer_append_byte(out, ',');
}

/* Whether both were read from the same text, whatever was made of it. */
static bool are_same_source(const struct map_value *a, const struct map_value *b)
{
    return a->node && b->node && text_equal(json_node_raw(a->tape, a->node), json_node_raw(b->tape, b->node));
}

/* The field holds one value. That others differ from it is told, and what they came from stays in the rest.
 * Equal ones may have been made of what differed ("pdf" of two names): a field that gave several is not in
 * the document. */
static size_t keep_first(const struct map_run *run, const struct map_target *target, struct map_value *values,
                         size_t count)
{
    const struct map_value *other = NULL;
    for (size_t i = 1; i < count; i++) {
        map_pay_for_text(run, values[i].text);
        bool is_equal = values[i].type == values->type && text_equal(values[i].text, values->text);
        if (!is_equal) other = &values[i];
        if (is_equal && are_same_source(&values[i], values)) continue;
        if (values[i].origin == values->origin || (!is_equal && values->origin & ORIGIN_GROUP))
            values->origin = ORIGIN_NONE;
    }
    if (other) map_note_several(run, target, other);
    return 1;
}

bool map_write_leaf(const struct map_run *run, const struct map_target *target)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    map_evaluate(run, target->step);
    size_t count = machine->count - base;
    if (count == 0) return false;
    struct map_value *values = &machine->values[base];
    if (count > 1 && target->is_single) count = keep_first(run, target, values, count);
    if (count > 1 || !map_write_plain_text(run, target, values)) map_write_values(run, target, values, count);
    machine->count = base;
    run->written[target->number] = true;
    return true;
}

/* ---- Objects ---- */

static void write_child_object(const struct map_run *run, const struct map_target *child)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    buffer_put(out, child->label.data, child->label.size);
    if (!map_write_object(run, child)) {
        out->size = before;
        return;
    }
    buffer_append_byte(out, ',');
    run->written[child->number] = true;
}

static inline void write_ready(const struct map_run *run, const struct map_target *target)
{
    buffer_put(&run->machine->out, target->ready.data, target->ready.size);
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
            map_write_rest(run, object, child->step->rest);
        else
            map_write_leaf(run, child);
    }
}

bool map_write_object(const struct map_run *run, const struct map_target *object)
{
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    buffer_append_byte(out, '{');
    write_children(run, object);
    if (out->size == before + 1 || out->failed) {
        out->size = before;
        return false;
    }
    out->data[out->size - 1] = '}'; /* in place of the last comma */
    return true;
}
