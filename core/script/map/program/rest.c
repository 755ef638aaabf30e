/* Writes the rest of an event whose shape is known. */
#include "script/map/rest.h"
#include "base/text.h"
#include "script/event/strict_line.h"
#include "script/map/program/program.h"

static inline bool is_copied(const struct program_rest *rest, const struct rest_member *member,
                             const struct map_run *run, const struct json_node *node)
{
    if (run->taken[node - run->tape->nodes]) return false;
    return member->is_plain || map_rest_is_copied(run, &rest->told, node);
}

/* The members from `at` on that stand side by side; returns behind the last. */
static size_t copy_members(const struct program_rest *rest, const struct map_run *run,
                           const struct json_node *const *nodes, size_t at)
{
    const struct rest_member *members = rest->members;
    const char *text = run->tape->text;
    uint32_t start = nodes[members[at].number]->key_start - 1, end;
    do {
        const struct json_node *node = nodes[members[at].number];
        if (!members[at].is_plain && json_node_is_container(node))
            strict_note_names(run->bridge, run->tape, node);
        end = node->end;
        at++;
    } while (at < rest->count && members[at].number == members[at - 1].number + 1 &&
             is_copied(rest, &members[at], run, nodes[members[at].number]));
    buffer_append(&run->machine->out, text + start, end - start);
    buffer_append_byte(&run->machine->out, ',');
    return at;
}

void program_write_rest(const struct program_rest *rest, const struct map_run *run,
                        const struct json_node *const *nodes)
{
    map_rest_begin(run, rest->beside, &rest->told);
    for (size_t at = 0; at < rest->count;) {
        const struct json_node *node = nodes[rest->members[at].number];
        if (is_copied(rest, &rest->members[at], run, node)) {
            at = copy_members(rest, run, nodes, at);
            continue;
        }
        if (!run->taken[node - run->tape->nodes]) map_rest_write_other(run, &rest->told, node);
        at++;
    }
}
