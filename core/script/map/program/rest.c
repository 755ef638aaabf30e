/* Writes the rest of an event whose shape is known. */
#include "script/map/rest.h"
#include "base/buffer_put.h"
#include "script/event/strict_line.h"
#include "script/map/program/program.h"

static inline bool is_copied(const struct program_rest *rest, const struct rest_member *member,
                             const struct map_run *run, uint32_t index)
{
    if (run->taken[index]) return false;
    return member->is_plain || map_rest_is_copied(run, &rest->told, &run->tape->nodes[index]);
}

/* The members from `at` on that stand side by side; returns behind the last. */
static size_t copy_members(const struct program_rest *rest, const struct map_run *run, size_t at)
{
    const struct rest_member *members = rest->members;
    const struct json_node *nodes = run->tape->nodes;
    uint32_t index = run->members[members[at].number], start = nodes[index].key_start - 1;
    const struct json_node *last;
    do {
        last = &nodes[index];
        if (!members[at].is_plain && json_node_is_container(last))
            strict_note_names(run->bridge, run->tape, last);
        at++;
        index = run->members[members[at].number];
    } while (members[at].follows && is_copied(rest, &members[at], run, index));
    buffer_put_member(&run->machine->out, run->tape->text + start, last->end - start);
    return at;
}

void program_write_rest(const struct program_rest *rest, const struct map_run *run)
{
    map_rest_begin(run, rest->beside, &rest->told);
    for (size_t at = 0; at < rest->count;) {
        uint32_t index = run->members[rest->members[at].number];
        if (is_copied(rest, &rest->members[at], run, index)) {
            at = copy_members(rest, run, at);
            continue;
        }
        if (!run->taken[index]) map_rest_write_other(run, &rest->told, &run->tape->nodes[index]);
        at++;
    }
}
