/* Writes the rest of an event whose shape is known. */
#include "script/map/rest.h"
#include "base/buffer_put.h"
#include "script/event/strict_line.h"
#include "script/map/program/program.h"

/* As note_twins of the general machine (script/map/rest.c). */
static inline void note_twins(const struct program_rest *rest, const struct map_run *run)
{
    for (size_t i = 0; i < rest->beside_count; i++) {
        const struct rest_beside *beside = &rest->beside[i];
        *run->has_twins |= run->written[beside->target] && !run->taken[run->members[beside->member]];
    }
}

/* Of a member that is not plain: whether it goes out as it stands. */
static bool is_copied(const struct program_rest *rest, const struct map_run *run,
                      const struct json_node *node)
{
    bool is_copied = map_rest_is_copied(run, &rest->told, node);
    if (is_copied && json_node_is_container(node)) strict_note_names(run->bridge, run->tape, node);
    return is_copied;
}

/* Members that stand side by side in the event go out together, with what stands between them. */
struct neighbours {
    uint32_t start, end; /* 0 = there are none */
};

static inline void put_out(const struct map_run *run, struct neighbours *waiting)
{
    if (waiting->end)
        buffer_put_member(&run->machine->out, run->tape->text + waiting->start,
                          waiting->end - waiting->start);
    waiting->end = 0;
}

void program_write_rest(const struct program_rest *rest, const struct map_run *run)
{
    map_rest_leave_out(run, &rest->told);
    note_twins(rest, run);
    map_rest_write_typed(run, &rest->told);
    const struct json_node *nodes = run->tape->nodes;
    const uint32_t *members = run->members;
    const bool *taken = run->taken;
    struct neighbours waiting = {0, 0};
    for (const struct rest_member *member = rest->members, *end = member + rest->count; member < end;
         member++) {
        uint32_t index = members[member->number];
        bool goes_out = !taken[index] && (member->is_plain || is_copied(rest, run, &nodes[index]));
        if (!goes_out || !member->follows) put_out(run, &waiting);
        if (goes_out) {
            if (!waiting.end) waiting.start = nodes[index].key_start - 1;
            waiting.end = nodes[index].end;
        } else if (!taken[index]) {
            map_rest_write_other(run, &rest->told, &nodes[index]);
        }
    }
    put_out(run, &waiting);
}
