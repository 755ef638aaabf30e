#include "base/array.h"
#include "script/map/run.h"

#include <stdlib.h>

struct map_machine *map_machine_new(size_t memory_limit, size_t keep, const struct allocator *allocator)
{
    struct map_machine *machine = calloc(1, sizeof *machine);
    if (!machine) return NULL;
    machine->allocator = allocator;
    machine->keep = keep;
    machine->limit = memory_limit / sizeof *machine->values;
    machine->small_left = MACHINE_SMALL;
    machine->out.limit = memory_limit;
    machine->out.allocator = allocator;
    machine->scratch = arena_new_counted(memory_limit, allocator);
    if (machine->scratch) return machine;
    map_machine_free(machine);
    return NULL;
}

static void free_values(struct map_machine *machine)
{
    allocator_free(machine->allocator, machine->values, machine->capacity * sizeof *machine->values);
    machine->values = NULL;
    machine->capacity = 0;
}

static void free_groups(struct map_machine *machine)
{
    allocator_free(machine->allocator, machine->groups, machine->group_capacity * sizeof *machine->groups);
    machine->groups = NULL;
    machine->group_capacity = 0;
}

void map_machine_free(struct map_machine *machine)
{
    if (!machine) return;
    free_values(machine);
    free_groups(machine);
    arena_free(machine->scratch);
    buffer_free(&machine->out);
    free(machine);
}

struct machine_mark map_machine_mark(const struct map_machine *machine)
{
    return (struct machine_mark){.count = machine->count,
                                 .running = machine->running,
                                 .group_count = machine->group_count,
                                 .small_left = machine->small_left,
                                 .written = machine->out.size,
                                 .scratch = arena_mark(machine->scratch)};
}

/* Of what has become empty only a little is kept. */
static void trim(struct map_machine *machine)
{
    if (machine->out.size == 0 && machine->out.capacity > machine->keep) buffer_free(&machine->out);
    if (machine->count == 0 && machine->capacity * sizeof *machine->values > machine->keep)
        free_values(machine);
    if (machine->group_count == 0 && machine->group_capacity * sizeof *machine->groups > machine->keep)
        free_groups(machine);
}

void map_machine_rewind(struct map_machine *machine, struct machine_mark mark)
{
    machine->count = mark.count;
    machine->running = mark.running;
    machine->group_count = mark.group_count;
    machine->small_left = mark.small_left;
    machine->url.text = (postern_text){NULL, 0}; /* it may have been behind the mark */
    machine->out.size = mark.written;
    machine->out.failed = false;
    arena_rewind(machine->scratch, mark.scratch, machine->keep);
    trim(machine);
}

void map_machine_reset(struct map_machine *machine)
{
    map_machine_rewind(machine, (struct machine_mark){.small_left = MACHINE_SMALL});
}

void *map_scratch_from_arena(const struct map_run *run, size_t bytes)
{
    void *place = arena_allocate_raw(run->machine->scratch, bytes);
    if (!place) bridge_out_of_memory(run->L);
    return place;
}

void map_grow_stack(const struct map_run *run)
{
    struct map_machine *machine = run->machine;
    if (!array_reserve_counted(machine->allocator, &machine->values, &machine->capacity,
                               machine->capacity + 1, sizeof *machine->values, machine->limit))
        bridge_out_of_memory(run->L);
}

map_origin map_group(const struct map_run *run, map_origin first, map_origin second)
{
    struct map_machine *machine = run->machine;
    if (first == ORIGIN_NONE || first == second) return second;
    if (second == ORIGIN_NONE) return first;
    /* Equal values of two lists: the same two fields again and again. */
    if (machine->group_count > run->groups_before) {
        const struct origin_group *last = &machine->groups[machine->group_count - 1];
        if (last->first == first && last->second == second)
            return ORIGIN_GROUP | (map_origin)(machine->group_count - 1);
    }
    if (!array_reserve_counted(machine->allocator, &machine->groups, &machine->group_capacity,
                               machine->group_count + 1, sizeof *machine->groups, machine->limit))
        bridge_out_of_memory(run->L);
    machine->groups[machine->group_count] = (struct origin_group){first, second};
    return ORIGIN_GROUP | (map_origin)machine->group_count++;
}

/* Groups are chains: the first of each may be deep, the second is a single one or a chain that was gathered
 * before. Values that several others were made of are in many groups: a group is emptied on the way, so that
 * it is walked once. */
static void mark_taken(const struct map_run *run, map_origin origin)
{
    while (origin & ORIGIN_GROUP) {
        struct origin_group *group = &run->machine->groups[origin & ~ORIGIN_GROUP], found = *group;
        *group = (struct origin_group){ORIGIN_NONE, ORIGIN_NONE};
        mark_taken(run, found.second);
        origin = found.first;
    }
    if (origin != ORIGIN_NONE) run->taken[origin] = true;
}

void map_take_group(const struct map_run *run, map_origin origin)
{
    if (run->collected)
        *run->collected = map_group(run, *run->collected, origin);
    else if (run->map->has_rest)
        mark_taken(run, origin);
}
