/* What lies at the end of a path in an event. */
#include "script/map/run.h"
#include "script/map/values.h"

static const struct json_node *find_member(const struct map_run *run, const struct json_tape *tape,
                                           const struct json_node *object, postern_text name)
{
    bool ignore_case = run->map->fields->ignore_case;
    const struct json_node *member = json_node_first(object);
    size_t passed = 0;
    for (; member; member = json_node_after(tape, member), passed++)
        if (ignore_case ? map_name_is(name, json_node_key(tape, member), true)
                        : json_node_key_is(tape, member, name))
            break;
    map_pay_for_values(run, passed);
    return member;
}

/* Element 1, 2 ... of a list, or -1, -2 ... from its end. */
static const struct json_node *find_element(const struct map_run *run, const struct json_tape *tape,
                                            const struct json_node *list, int32_t index)
{
    const struct json_node *element = json_node_first(list), *from_the_end = element;
    size_t passed = 1;
    int32_t ahead =
        index < 0 ? -index : index - 1; /* how many elements stand in front of the end, or of it */
    for (; element && ahead > 0; ahead--, passed++)
        element = json_node_after(tape, element);
    if (index < 0 && ahead > 0) return NULL;
    for (; index < 0 && element; element = json_node_after(tape, element), passed++)
        from_the_end = json_node_after(tape, from_the_end);
    map_pay_for_values(run, passed);
    return index < 0 ? from_the_end : element;
}

static const struct json_node *follow_one(const struct map_run *run, const struct json_tape *tape,
                                          const struct json_node *from, const struct path_name *name)
{
    if (name->index)
        return from->type == POSTERN_JSON_ARRAY ? find_element(run, tape, from, name->index) : NULL;
    return from->type == POSTERN_JSON_OBJECT ? find_member(run, tape, from, name->text) : NULL;
}

const struct json_node *map_follow(const struct map_run *run, const struct json_tape *tape,
                                   const struct json_node *from, const struct field_path *path)
{
    for (uint32_t i = 0; from && i < path->count; i++)
        from = follow_one(run, tape, from, &path->names[i]);
    return from;
}

const struct field_path *map_path_read(const struct map_run *run, const struct step *step)
{
    for (size_t i = 0; i < step->field.count; i++)
        if (map_node_at(run, &step->field.paths[i])) return &step->field.paths[i];
    return NULL;
}
