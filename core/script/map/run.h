/* What is there while a map runs over one event. */
#ifndef POSTERN_SCRIPT_MAP_RUN_H
#define POSTERN_SCRIPT_MAP_RUN_H

#include "base/text.h"
#include "base/timestamp.h"
#include "parse/public_suffix.h"
#include "parse/url.h"
#include "sandbox/sandbox.h"
#include "script/event/bridge.h"
#include "script/map/known_minute.h"
#include "script/map/machine.h"
#include "script/map/plan.h"

#define MACHINE_SMALL ((size_t)16384)

struct origin_group {
    map_origin first, second;
};

/* Many events in a row have the same time. */
struct known_time {
    int64_t ms;
    char iso[TIMESTAMP_SIZE]; /* "" = none yet */
};

/* Several parts of one URL are asked for, one after the other. */
struct known_url {
    postern_text text; /* as the value has it; where it lies tells it from others. Empty = none yet */
    enum text_form form;
    bool is_url, host_is_malformed, has_names; /* `names` is worked out */
    struct url_parts parts;
    struct public_suffix_parts names;
};

struct map_machine {
    struct map_value *values; /* a stack */
    size_t count, capacity, limit;
    size_t running; /* maps, each inside the one before */
    size_t keep;
    const struct allocator *allocator;
    postern_arena *scratch; /* texts and tables of the event, behind those that fit in `small` */
    size_t small_left;
    _Alignas(16) char small[MACHINE_SMALL];
    struct known_time times[2]; /* of the last value that was a number, a text */
    struct known_minute minute; /* of the last text that a step without a form read */
    struct known_time moment;   /* of an event, as its number; what a program made of it */
    struct known_url url;       /* the last one */
    struct public_suffix_memo hosts;
    struct buffer out; /* documents that are being written: the outer one below the inner ones */
    struct origin_group *groups;
    size_t group_count, group_capacity;
};

/* The values of a step that stands in several places. */
struct map_memo {
    bool is_known;
    const struct map_value *values;
    size_t count;
};

enum register_state { REGISTER_UNKNOWN, REGISTER_EMPTY, REGISTER_FILLED };

struct map_run {
    lua_State *L;
    struct bridge *bridge;
    struct map_machine *machine;
    const struct map *map;
    const struct json_tape *tape;
    const struct json_node *root;
    const uint32_t *slots;   /* by field: index on the tape of its member; 0 = there is none */
    const uint32_t *members; /* of a program: the same of the event's members, by their number */
    uint64_t present;        /* the bits of the fields that have a member */
    bool *taken;             /* by index on the tape */
    bool *written;           /* by number of a target */
    bool *has_twins;         /* an object of the document may have a name twice */
    struct map_memo *memos;
    struct map_value *registers;   /* of a program: the values of steps that give one */
    uint8_t *known;                /* what of them is known: enum register_state */
    const struct map_value *given; /* the values of what the caller added ... */
    const size_t *given_ends;      /* ... and where those of each end */
    const struct map_value *item;  /* inside an each: the value that it is at */
    map_origin *collected;         /* inside an object: where origins are gathered, instead of being taken */
    size_t groups_before;          /* groups of the runs that this one is inside */
    int index;                     /* of the map on the stack */
};

/* Whether a function of another map, or of this one, called the map. */
static inline bool map_is_inside_another(const struct map_run *run)
{
    return run->machine->running > 1;
}

/* ---- Memory (machine.c) ---- */

void *map_scratch_from_arena(const struct map_run *run, size_t bytes);
/* Not zeroed; raises an error if there is no room. */
static inline void *map_scratch(const struct map_run *run, size_t bytes)
{
    struct map_machine *machine = run->machine;
    if (bytes > machine->small_left) return map_scratch_from_arena(run, bytes);
    void *place = machine->small + MACHINE_SMALL - machine->small_left;
    machine->small_left -= (bytes + 15) & ~(size_t)15;
    return place;
}

void map_grow_stack(const struct map_run *run);

static inline struct map_value *map_slot(const struct map_run *run)
{
    struct map_machine *machine = run->machine;
    if (__builtin_expect(machine->count == machine->capacity, 0)) map_grow_stack(run);
    return &machine->values[machine->count++];
}

static inline void map_push(const struct map_run *run, struct map_value value)
{
    *map_slot(run) = value;
}

/* These fill the place on the stack itself: a value that is made elsewhere and copied costs a stall. */
static inline void map_push_json(const struct map_run *run, postern_text json, int type, map_origin origin)
{
    struct map_value *value = map_slot(run);
    value->text = json;
    value->node = NULL;
    value->origin = origin;
    value->type = (uint8_t)type;
}

static inline void map_push_text(const struct map_run *run, postern_text text, enum text_form form,
                                 map_origin origin)
{
    struct map_value *value = map_slot(run);
    value->text = text;
    value->node = NULL;
    value->origin = origin;
    value->type = POSTERN_JSON_STRING;
    value->form = (uint8_t)form;
}

static inline void map_push_node(const struct map_run *run, const struct json_tape *tape,
                                 const struct json_node *node, map_origin origin)
{
    map_set_node(map_slot(run), tape, node, origin);
}

map_origin map_group(const struct map_run *run, map_origin first, map_origin second);
void map_take_group(const struct map_run *run, map_origin origin);
/* The members that the value was made of are in the document now. */
static inline void map_take(const struct map_run *run, map_origin origin)
{
    if (run->collected || origin & ORIGIN_GROUP)
        map_take_group(run, origin);
    else
        run->taken[origin] = true; /* of none that of the root, which nobody asks about */
}

/* ---- What is paid ----
 *
 * A run pays for all steps of its map at once (map.c), an each for its body with every item. Beyond that each
 * step pays for what its data make of it: long texts, many values, a search in a large object. */

static inline void map_pay_for_text(const struct map_run *run, postern_text text)
{
    if (__builtin_expect(text.size >= 256, 0)) sandbox_charge(run->L, (int64_t)(text.size / 16));
}

static inline void map_pay_for_values(const struct map_run *run, size_t count)
{
    if (__builtin_expect(count >= 16, 0)) sandbox_charge(run->L, (int64_t)(count / 4));
}

/* ---- Paths (follow.c) ---- */

/* NULL if there is none. */
const struct json_node *map_follow(const struct map_run *run, const struct json_tape *tape,
                                   const struct json_node *from, const struct field_path *path);
/* The member that the slot stands for, or NULL. */
static inline const struct json_node *map_member(const struct map_run *run, uint32_t slot)
{
    uint32_t index = run->slots[slot];
    return index ? &run->tape->nodes[index] : NULL;
}
/* NULL if there is nothing, or null, or "". */
static inline const struct json_node *map_node_at(const struct map_run *run, const struct field_path *path)
{
    const struct json_node *node = map_member(run, path->slot);
    if (path->count) node = map_follow(run, run->tape, node, path);
    return node && !map_node_is_missing(node) ? node : NULL;
}
/* Of a FIELD: the first of its paths with something at its end, which is what it gives; or NULL. */
const struct field_path *map_path_read(const struct map_run *run, const struct step *step);

/* ---- Steps (evaluate.c) ---- */

/* Pushes what the step gives: any number of values. */
static inline void map_evaluate(const struct map_run *run, const struct step *step)
{
    if (step->needs && !(step->needs & run->present)) return;
    step->evaluate(run, step);
}

/* Whether map_read may be asked of the step. */
static inline bool map_gives_one(const struct step *step)
{
    return step->is_special && special_step_of(step)->read;
}

static inline const struct map_value *map_read(const struct map_run *run, const struct step *step)
{
    const struct special_step *special = special_step_of(step);
    return special->read(run, special);
}

map_evaluator *map_evaluator_of(enum operation operation);
/* Of a FIELD with one name and no dots in it. */
map_evaluator map_evaluate_member;
/* For a step that stands in several places: its values are worked out once. */
void map_evaluate_once(const struct map_run *run, const struct step *step);
/* The same; `evaluate` works them out. */
void map_evaluate_kept(const struct map_run *run, const struct step *step, map_evaluator *evaluate);

/* ---- Methods (text.c, url.c, convert.c, times.c) ---- */

/* The method of an operation; NULL if it is none. */
map_method *map_text_method(enum operation operation);
map_method *map_convert_method(enum operation operation);
map_method *map_time_method(enum operation operation);
map_method map_look_up;
map_method map_give_url_part;

/* ---- Combining (combine.c) ---- */

map_evaluator map_evaluate_first, map_evaluate_list, map_evaluate_concat, map_evaluate_join,
    map_evaluate_when, map_evaluate_object, map_evaluate_each, map_evaluate_copy, map_evaluate_enum,
    map_evaluate_except;

/* NULL if there is none. */
const struct enum_entry *map_enum_find(const struct enum_table *table, postern_text text);

/* ---- Labels of prose (labels.c) ---- */

map_evaluator map_evaluate_labels, map_evaluate_piece, map_evaluate_unnamed, map_evaluate_prose;

/* ---- Conditions (condition.c) ---- */

bool map_holds(const struct map_run *run, const struct step *condition);
/* The same, whether or not it is known already. */
bool map_work_out(const struct map_run *run, const struct step *condition);

/* ---- Lua functions (call.c) ---- */

void map_call_function(const struct map_run *run, const struct step *step);
/* Pushes the values that the Lua value at `index` stands for: a list gives several. */
void map_push_lua(const struct map_run *run, int index, map_origin origin);

/* ---- Wrong values (wrong.c) ---- */

/* The step cannot read the value. */
void map_note_wrong(const struct map_run *run, const struct step *step, const struct map_value *value);

/* A target that holds one value got others, of which this is one. */
void map_note_several(const struct map_run *run, const struct map_target *target,
                      const struct map_value *value);

/* ---- Writing (write.c, rest.c) ---- */

/* The object's members so far are written; the fields that are left follow. */
void map_write_rest(const struct map_run *run, const struct map_target *object, const struct map_rest *rest);

/* Writes the value, in quotes if it is a text; what it was made of is taken. */
void map_write_value(const struct map_run *run, const struct map_value *value);

/* Writes what the step of the target gives, its label in front and a comma behind; false if it gives nothing.
 */
bool map_write_leaf(const struct map_run *run, const struct map_target *target);

/* The same of the values. */
void map_write_values(const struct map_run *run, const struct map_target *target,
                      const struct map_value *values, size_t count);

/* Writes the object to machine->out; false, with nothing written, if it is empty. */
bool map_write_object(const struct map_run *run, const struct map_target *object);

#endif
