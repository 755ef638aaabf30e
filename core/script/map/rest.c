#include "script/map/rest.h"

#include "base/text.h"
#include "script/event/strict_line.h"
#include "script/map/names.h"
#include "script/map/values.h"

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
void map_rest_leave_out(const struct map_run *run, const struct map_rest *rest)
{
    for (size_t i = 0; i < rest->without.count; i++) {
        const struct json_node *member = map_member(run, rest->without.slots[i]);
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
        const struct json_node *member = same_name(run, map_member(run, child->slot), child->name);
        if (member && is_in_rest(run, member)) *run->has_twins = true;
    }
}

/* ---- One field, one type ---- */

/* Whether there are objects in the list, and other values; lists in it count as their elements. */
static void look_into_list(const struct json_tape *tape, const struct json_node *list, bool *objects,
                           bool *others)
{
    const struct json_node *end = json_node_behind(tape, list);
    for (const struct json_node *node = list + 1; node < end;) {
        bool is_object = node->type == POSTERN_JSON_OBJECT;
        *objects |= is_object;
        *others |= !is_object && node->type != POSTERN_JSON_ARRAY && node->type != POSTERN_JSON_NULL;
        node = is_object ? json_node_behind(tape, node) : node + 1;
    }
}

bool map_rest_object_name(const struct map_rest *rest, postern_text key)
{
    if (!(rest->object_sizes >> (key.size % 64) & 1)) return false;
    for (size_t i = 0; i < rest->object_count; i++)
        if (map_name_is(rest->objects[i], key, true)) return true;
    return false;
}

/* An object where the rest is to have none, or something else where it is to have objects. */
static bool is_misshapen(const struct map_run *run, const struct map_rest *rest,
                         const struct json_node *member)
{
    if (!rest->objects) return false;
    bool by_name = map_rest_object_name(rest, json_node_key(run->tape, member));
    if (!json_node_is_container(member)) return by_name;
    bool objects = member->type == POSTERN_JSON_OBJECT, others = false;
    if (!objects) {
        sandbox_charge(run->L, (json_node_behind(run->tape, member) - member) / 4);
        look_into_list(run->tape, member, &objects, &others);
    }
    return by_name ? others : objects;
}

/* Nothing, as it is written where the object itself is a text of JSON. */
static bool is_text_of_null(const struct map_run *run, const struct json_node *member)
{
    return member->type == POSTERN_JSON_STRING && text_is(json_node_raw(run->tape, member), "\"null\"");
}

/* As a text; `beside` what has another type: under the name with "_text" behind it, which may be there
 * already. */
static void write_as_text(const struct map_run *run, const struct json_node *member, bool beside)
{
    struct buffer *out = &run->machine->out;
    postern_text key = json_node_key(run->tape, member), value = json_node_raw(run->tape, member);
    buffer_append_byte(out, '"');
    buffer_append_text(out, key);
    buffer_append_string(out, beside ? "_text\":" : "\":");
    *run->has_twins |= beside;
    if (member->type == POSTERN_JSON_STRING) {
        buffer_append_text(out, value);
    } else {
        map_pay_for_text(run, value);
        run->bridge->replaced_bytes += json_write_string(out, value);
    }
    buffer_append_byte(out, ',');
}

/* A store that has seen a whole number in a field refuses all beyond 64 bits. */
static bool has_type(const struct map_run *run, int given, postern_text text, int type)
{
    return given == type && (type != POSTERN_JSON_NUMBER || map_fits_64_bits(run, text));
}

/* Under its own name what `convert` makes of it, else as a text beside that. */
static void write_as_type(const struct map_run *run, const struct json_node *member, int type,
                          map_method *convert)
{
    struct buffer *out = &run->machine->out;
    struct map_machine *machine = run->machine;
    map_push_node(run, run->tape, member, ORIGIN_NONE);
    struct map_value value = machine->values[--machine->count];
    if (convert(run, NULL, &value) != MAP_ONE || !has_type(run, value.type, value.text, type)) {
        write_as_text(run, member, true);
        return;
    }
    buffer_append_byte(out, '"');
    buffer_append_text(out, json_node_key(run->tape, member));
    buffer_append_string(out, "\":");
    buffer_append_text(out, value.text);
    buffer_append_byte(out, ',');
}

/* A whole number of few digits: nearly all are. */
static inline bool is_short_integer(const struct json_node *node)
{
    return node->type == POSTERN_JSON_NUMBER && !(node->flags & JSON_NUMBER_REAL) &&
           node->end - node->start <= 18;
}

/* Those of the fields that do not have the type already. */
static void write_typed(const struct map_run *run, const struct field_slots *fields, int type,
                        map_method *convert)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct json_node *member = map_member(run, fields->slots[i]);
        if (!member || (type == POSTERN_JSON_NUMBER && is_short_integer(member)) || !is_in_rest(run, member))
            continue;
        if (has_type(run, member->type, json_node_raw(run->tape, member), type)) continue;
        write_as_type(run, member, type, convert);
        run->taken[member - run->tape->nodes] = true;
    }
}

bool map_rest_is_copied(const struct map_run *run, const struct map_rest *rest,
                        const struct json_node *member)
{
    return is_in_rest(run, member) && !is_misshapen(run, rest, member);
}

/* Members that stand side by side in the source are copied together. */
static const struct json_node *copy_members(const struct map_run *run, const struct map_rest *rest,
                                            const struct json_node *member)
{
    const struct json_tape *tape = run->tape;
    uint32_t start = member->key_start - 1, end;
    do {
        end = member->end;
        if (json_node_is_container(member)) strict_note_names(run->bridge, tape, member);
        member = json_node_after(tape, member);
    } while (member && map_rest_is_copied(run, rest, member));
    buffer_append(&run->machine->out, tape->text + start, end - start);
    buffer_append_byte(&run->machine->out, ',');
    return member;
}

void map_rest_write_typed(const struct map_run *run, const struct map_rest *rest)
{
    write_typed(run, &rest->numbers, POSTERN_JSON_NUMBER, map_convert_method(OPERATION_NUMBER));
    write_typed(run, &rest->booleans, POSTERN_JSON_BOOLEAN, map_convert_method(OPERATION_BOOLEAN));
}

void map_rest_write_other(const struct map_run *run, const struct map_rest *rest,
                          const struct json_node *member)
{
    if (!is_in_rest(run, member)) return;
    bool by_name = map_rest_object_name(rest, json_node_key(run->tape, member));
    if (!by_name || !is_text_of_null(run, member)) write_as_text(run, member, by_name);
}

void map_write_rest(const struct map_run *run, const struct map_target *object, const struct map_rest *rest)
{
    const struct json_node *member = json_node_first(run->root);
    map_rest_leave_out(run, rest);
    note_twins(run, object);
    map_rest_write_typed(run, rest);
    while (member) {
        if (map_rest_is_copied(run, rest, member)) {
            member = copy_members(run, rest, member);
            continue;
        }
        map_rest_write_other(run, rest, member);
        member = json_node_after(run->tape, member);
    }
}
