#include "script/map/program/program.h"

#include "base/short_copy.h"
#include "base/text.h"
#include "script/map/program/assemble.h"
#include "script/map/values.h"
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

bool program_fits(const struct map_program *program, const struct map_run *run,
                  const struct json_node **nodes)
{
    struct shape_names names = names_of(run);
    if (program->names.has_source && !text_equal(program->names.source, names.source)) return false;
    if (program->names.has_type && !text_equal(program->names.type, names.type)) return false;
    return shape_match(&program->shape, run->tape, run->root, nodes, run->slots);
}

void program_free(struct map_program *program)
{
    if (!program) return;
    arena_free(program->arena);
    free(program);
}

/* ---- Running ---- */

__attribute__((always_inline)) static inline void put(struct buffer *out, postern_text text)
{
    if (out->capacity - out->size < text.size && !buffer_reserve(out, text.size)) return;
    copy_short(out->data + out->size, text.data, text.size);
    out->size += text.size;
}

/* What has escapes is left to the step. */
static inline bool is_trimmed(const struct json_tape *tape, const struct json_node *node)
{
    return !(node->flags & JSON_STRING_ESCAPED) && map_is_trimmed(json_node_inside(tape, node));
}

static inline void write_member(const struct program_op *op, const struct map_run *run)
{
    const struct json_node *node = run->slots[op->slot];
    struct buffer *out = &run->machine->out;
    size_t size = node->end - node->start, all = op->text.size + size + 1;
    if (out->capacity - out->size < all && !buffer_reserve(out, all)) return;
    char *at = copy_short(out->data + out->size, op->text.data, op->text.size);
    at = copy_short(at, run->tape->text + node->start, size);
    *at = ',';
    out->size += all;
    map_take(run, (map_origin)(node - run->tape->nodes));
}

/* In place of the last comma; false if nothing was written behind `text`, which then goes as well. */
static inline bool close_object(struct buffer *out, size_t opened, postern_text text)
{
    if (out->size == opened + text.size) {
        out->size = opened;
        return false;
    }
    if (out->size == out->capacity && !buffer_reserve(out, 1)) return true;
    out->data[out->size - 1] = '}';
    out->data[out->size++] = ',';
    return true;
}

static void run_ops(const struct map_program *program, const struct map_run *run,
                    const struct json_node *const *nodes)
{
    struct buffer *out = &run->machine->out;
    size_t opened[NESTED] = {0};
    size_t depth = 0;
    for (const struct program_op *op = program->ops, *end = op + program->count; op < end; op++) {
        bool is_written = true;
        switch ((enum program_code)op->code) {
        case PROGRAM_TEXT:
            put(out, op->text);
            break;
        case PROGRAM_TRIMMED:
            if (is_trimmed(run->tape, run->slots[op->slot]))
                write_member(op, run);
            else
                is_written = map_write_one(run, op->target, map_read(run, op->target->step));
            break;
        case PROGRAM_MEMBER:
            write_member(op, run);
            break;
        case PROGRAM_ONE:
            is_written = map_write_one(run, op->target, map_read(run, op->target->step));
            break;
        case PROGRAM_LEAF:
            is_written = map_write_leaf(run, op->target);
            break;
        case PROGRAM_OPEN:
            opened[depth++] = out->size;
            put(out, op->text);
            break;
        case PROGRAM_CLOSE:
            depth--;
            is_written = !out->failed && close_object(out, opened[depth], op->text);
            break;
        case PROGRAM_END:
            if (!out->failed) close_object(out, 0, (postern_text){NULL, 0});
            break;
        case PROGRAM_REST:
            program_write_rest(op->rest, run, nodes);
            break;
        }
        if (op->is_noted) run->written[op->number] = is_written;
    }
}

bool program_run(const struct map_program *program, struct map_run *run, const struct json_node *const *nodes)
{
    size_t registers = program->register_count;
    run->registers = map_scratch(run, registers * sizeof *run->registers);
    run->known = memset(map_scratch(run, registers + 1), REGISTER_UNKNOWN, registers);
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    put(out, TEXT("{"));
    run_ops(program, run, nodes);
    if (out->size == before + 1 || out->failed) {
        out->size = before;
        return false;
    }
    out->data[out->size - 1] = '}'; /* in place of the last comma */
    return true;
}
