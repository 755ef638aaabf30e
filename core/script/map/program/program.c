#include "script/map/program/program.h"

#include "base/buffer_put.h"
#include "base/json_outline.h"
#include "base/text.h"
#include "script/map/program/assemble.h"
#include "script/map/values.h"
#include "script/map/write_plain.h"
#include <stdlib.h>

#define PROGRAM_SIZE ((size_t)1 << 20) /* of one, while it is made */
#define STEPS_LIMIT  ((size_t)4096)    /* of a map: larger ones are left to the general machine */
#define NESTED       40                /* objects in objects: a target's path has at most 32 names */

/* ---- Making ---- */

/* What the module calls the event; nothing of an event that nobody gave. */
static struct shape_names names_of(const struct map_run *run)
{
    const struct script_event *event = run->bridge->event;
    return event ? (struct shape_names){.source = event->source, .type = event->type}
                 : (struct shape_names){0};
}

static bool make(struct map_program *program, const struct map_run *run, uint64_t hash)
{
    const struct map *map = run->map;
    struct shape_names names = names_of(run);
    if (!shape_read(map, run->tape, run->root, run->slots, hash, program->arena, &program->shape))
        return false;
    program->names.source = arena_copy(program->arena, names.source);
    program->names.type = arena_copy(program->arena, names.type);
    uint8_t *kinds = arena_allocate(program->arena, map->fields->count + 1);
    if (!kinds || !program->names.source.data || !program->names.type.data) return false;
    for (size_t i = 0; i < program->shape.count; i++)
        kinds[program->shape.members[i].slot] = program->shape.members[i].kind;
    return assemble(program, map, kinds);
}

struct map_program *program_new(const struct map_run *run, uint64_t hash)
{
    struct map_program *program = run->map->step_count <= STEPS_LIMIT ? calloc(1, sizeof *program) : NULL;
    if (!program) return NULL;
    program->arena = arena_new(PROGRAM_SIZE);
    if (program->arena && make(program, run, hash)) return program;
    program_free(program);
    return NULL;
}

static inline bool has_names(const struct map_program *program, const struct map_run *run)
{
    struct shape_names names = names_of(run);
    return !(program->names.has_source && !text_equal(program->names.source, names.source)) &&
           !(program->names.has_type && !text_equal(program->names.type, names.type));
}

static bool use_places(struct map_run *run, const struct shape_places *places)
{
    run->slots = places->slots;
    run->members = places->members;
    return true;
}

bool program_fits_outline(const struct map_program *program, struct map_run *run, uint64_t outline)
{
    const struct map_shape *shape = &program->shape;
    bool fits = shape->outline == outline && has_names(program, run) && shape_has_kinds(shape, run->tape);
    return fits && use_places(run, &shape->places);
}

bool program_fits(struct map_program *program, struct map_run *run)
{
    struct map_shape *shape = &program->shape;
    if (!has_names(program, run)) return false;
    if (!map_is_inside_another(run)) {
        shape->outline = 0;
        if (!shape_find_places(shape, run->tape, run->root, &shape->places)) return false;
        shape->outline = run->root == run->tape->nodes ? json_outline_number(run->tape) : 0;
        return use_places(run, &shape->places);
    }
    struct shape_places places = {map_scratch(run, shape->count * sizeof(uint32_t)),
                                  map_scratch(run, (run->map->fields->count + 1) * sizeof(uint32_t))};
    memset(places.slots, 0, run->map->fields->count * sizeof(uint32_t));
    return shape_find_places(shape, run->tape, run->root, &places) && use_places(run, &places);
}

void program_free(struct map_program *program)
{
    if (!program) return;
    arena_free(program->arena);
    free(program);
}

/* ---- Running: a function for each operation ---- */

/* The document that is being written. */
struct document_writing {
    const struct map_run *run;
    struct buffer *out;
    size_t opened[NESTED]; /* where the objects around begin */
    size_t depth;
};

/* Whether what the operation stands for is in the document. */
typedef bool program_runner(struct document_writing *writing, const struct program_op *op);

static bool run_text(struct document_writing *writing, const struct program_op *op)
{
    buffer_put(writing->out, op->text.data, op->text.size);
    return true;
}

static bool run_member(struct document_writing *writing, const struct program_op *op)
{
    const struct map_run *run = writing->run;
    map_origin member = run->slots[op->slot];
    const struct json_node *node = &run->tape->nodes[member];
    struct buffer *out = writing->out;
    size_t size = node->end - node->start, all = op->text.size + size + 1;
    if (out->capacity - out->size < all && !buffer_reserve(out, all)) return true;
    char *at = copy_short(out->data + out->size, op->text.data, op->text.size);
    at = copy_short(at, run->tape->text + node->start, size);
    *at = ',';
    out->size += all;
    map_take(run, member);
    return true;
}

static bool run_one(struct document_writing *writing, const struct program_op *op)
{
    const struct map_value *value = map_read(writing->run, op->target->step);
    if (!value) return false;
    if (!map_write_plain_text(writing->run, op->target, value))
        map_write_values(writing->run, op->target, value, 1);
    return true;
}

/* What has escapes is left to the step. */
static bool run_trimmed(struct document_writing *writing, const struct program_op *op)
{
    const struct json_tape *tape = writing->run->tape;
    const struct json_node *node = &tape->nodes[writing->run->slots[op->slot]];
    bool is_trimmed = !(node->flags & JSON_STRING_ESCAPED) && map_is_trimmed(json_node_inside(tape, node));
    return is_trimmed ? run_member(writing, op) : run_one(writing, op);
}

static bool run_leaf(struct document_writing *writing, const struct program_op *op)
{
    return map_write_leaf(writing->run, op->target);
}

static bool run_open(struct document_writing *writing, const struct program_op *op)
{
    writing->opened[writing->depth++] = writing->out->size;
    buffer_put(writing->out, op->text.data, op->text.size);
    return true;
}

/* In place of the last comma. */
static bool run_end(struct document_writing *writing, const struct program_op *op)
{
    (void)op;
    struct buffer *out = writing->out;
    if (out->failed || (out->size == out->capacity && !buffer_reserve(out, 1))) return !out->failed;
    out->data[out->size - 1] = '}';
    out->data[out->size++] = ',';
    return true;
}

/* If nothing was written behind the opening, that goes as well. */
static bool run_close(struct document_writing *writing, const struct program_op *op)
{
    struct buffer *out = writing->out;
    size_t opened = writing->opened[--writing->depth];
    if (out->failed || out->size > opened + op->text.size) return run_end(writing, op);
    out->size = opened;
    return false;
}

static bool run_rest(struct document_writing *writing, const struct program_op *op)
{
    program_write_rest(op->rest, writing->run);
    return true;
}

static program_runner *const runners[] = {
    [PROGRAM_TEXT] = run_text,   [PROGRAM_MEMBER] = run_member, [PROGRAM_TRIMMED] = run_trimmed,
    [PROGRAM_ONE] = run_one,     [PROGRAM_LEAF] = run_leaf,     [PROGRAM_OPEN] = run_open,
    [PROGRAM_CLOSE] = run_close, [PROGRAM_END] = run_end,       [PROGRAM_REST] = run_rest,
};

bool program_run(const struct map_program *program, struct map_run *run)
{
    run->registers = map_scratch(run, program->register_count * sizeof *run->registers);
    struct buffer *out = &run->machine->out;
    struct document_writing writing;
    writing.run = run, writing.out = out, writing.depth = 0;
    size_t before = out->size;
    buffer_append_byte(out, '{');
    for (const struct program_op *op = program->ops, *end = op + program->count; op < end; op++) {
        bool is_written = runners[op->code](&writing, op);
        if (op->is_noted) run->written[op->number] = is_written;
    }
    if (out->size == before + 1 || out->failed) {
        out->size = before;
        return false;
    }
    out->data[out->size - 1] = '}'; /* in place of the last comma */
    return true;
}
