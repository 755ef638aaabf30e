/* Objects that come from elsewhere than a map's own entries, held against the schema: what does not fit is
 * left out. */
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/strict_line.h"
#include "script/map/types.h"
#include "script/map/values.h"

struct member_check {
    const struct map_run *run;
    const struct json_tape *tape;
    bool all_fit;
};

static const struct field_member *find_member(const struct field_members *members, postern_text name)
{
    for (size_t i = 0; i < members->count; i++)
        if (text_equal(members->at[i].name, name)) return &members->at[i];
    return NULL;
}

static bool write_members(struct member_check *check, const struct json_node *object,
                          const struct field_members *members);

/* False, with nothing written, if it does not fit. */
static bool write_value(struct member_check *check, const struct json_node *node,
                        const struct field_member *member)
{
    if (member->below.count && node->type == POSTERN_JSON_OBJECT)
        return write_members(check, node, &member->below);
    struct map_value value = map_node_value(check->tape, node, ORIGIN_NONE);
    struct step step = {.operation = OPERATION_FIT, .part = (int)member->type};
    map_method *method = field_type_method(member->type);
    bool fits = !member->below.count && (!method || method(check->run, &step, &value) == MAP_ONE);
    if (fits) map_write_value(check->run, &value);
    check->all_fit &= fits;
    return fits;
}

/* "name":value or "name":[values]; false, with nothing written, if none fits. */
static bool write_member(struct member_check *check, const struct json_node *node,
                         const struct field_member *member)
{
    struct buffer *out = &check->run->machine->out;
    size_t before = out->size, written = 0;
    bool is_spread = node->type == POSTERN_JSON_ARRAY && member->type != FIELD_ANY;
    const struct json_node *value = is_spread ? json_node_first(node) : node;
    json_write_string(out, member->name);
    buffer_append_string(out, member->is_list ? ":[" : ":");
    for (; value; value = is_spread ? json_node_after(check->tape, value) : NULL) {
        sandbox_charge(check->run->L, 1);
        if (map_node_is_missing(value)) continue;
        if (written && !member->is_list) {
            check->all_fit = false;
            break;
        }
        size_t here = out->size;
        if (written) buffer_append_byte(out, ',');
        if (write_value(check, value, member))
            written++;
        else
            out->size = here;
    }
    if (!written) out->size = before;
    if (written && member->is_list) buffer_append_byte(out, ']');
    return written > 0;
}

static bool write_members(struct member_check *check, const struct json_node *object,
                          const struct field_members *members)
{
    struct buffer *out = &check->run->machine->out;
    size_t before = out->size;
    bool *seen = map_scratch(check->run, members->count), any = false;
    memset(seen, 0, members->count);
    buffer_append_byte(out, '{');
    for (const struct json_node *node = json_node_first(object); node;
         node = json_node_after(check->tape, node)) {
        sandbox_charge(check->run->L, 1 + (int64_t)members->count / 4);
        if (map_node_is_missing(node)) continue;
        struct map_value key = map_text_value(json_node_key(check->tape, node),
                                              node->flags & JSON_KEY_ESCAPED ? TEXT_WRITTEN : TEXT_CLEAN, 0);
        const struct field_member *member = find_member(members, map_plain_text(check->run, &key));
        bool is_first = member && !seen[member - members->at];
        if (is_first) seen[member - members->at] = true;
        check->all_fit &= is_first;
        size_t here = out->size;
        if (any) buffer_append_byte(out, ',');
        if (is_first && write_member(check, node, member))
            any = true;
        else
            out->size = here;
    }
    buffer_append_byte(out, '}');
    if (!any) out->size = before;
    return any;
}

/* It may be a text that was written here before, without nodes. */
enum map_outcome map_members_method(const struct map_run *run, const struct step *step,
                                    struct map_value *value)
{
    if (value->type != POSTERN_JSON_OBJECT) return MAP_UNREADABLE;
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    struct member_check check = {run, value->tape, true};
    const struct json_node *object = value->node;
    struct json_tape *taken = NULL;
    map_origin origin = value->origin;
    if (!object) {
        check.tape = taken = bridge_take_tape(run->L, run->bridge);
        map_pay_for_text(run, value->text);
        if (json_parse(taken, value->text, &object, NULL) < 0) bridge_out_of_memory(run->L); /* it is valid */
    }
    bool any = write_members(&check, object, step->members);
    if (out->failed) bridge_out_of_memory(run->L);
    postern_text json = {NULL, out->size - before};
    if (any) json.data = memcpy(map_scratch(run, json.size), out->data + before, json.size);
    out->size = before;
    if (taken) bridge_return_tape(run->bridge);
    if (any) map_push_json(run, json, POSTERN_JSON_OBJECT, origin);
    return check.all_fit ? MAP_SEVERAL : MAP_UNREADABLE;
}
