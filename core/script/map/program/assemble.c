/* From the targets of a map to the operations of a program. */
#include "script/map/program/assemble.h"

#include "script/map/program/specialise.h"

struct assembler {
    struct specialiser *specialiser;
    const struct map_shape *shape;
    struct program_op *ops;
    size_t count;
};

static struct program_op *add(struct assembler *assembler, enum program_code code)
{
    struct program_op *op = &assembler->ops[assembler->count++];
    *op = (struct program_op){.code = (uint8_t)code};
    return op;
}

/* Texts that follow each other become one. */
static void add_text(struct assembler *assembler, postern_text text)
{
    struct program_op *last = assembler->count ? &assembler->ops[assembler->count - 1] : NULL;
    if (!last || last->code != PROGRAM_TEXT) {
        add(assembler, PROGRAM_TEXT)->text = text;
        return;
    }
    size_t size = last->text.size + text.size;
    char *joined = arena_allocate(assembler->specialiser->arena, size + 1);
    if (!joined) {
        assembler->specialiser->failed = true;
        return;
    }
    memcpy(joined, last->text.data, last->text.size);
    memcpy(joined + last->text.size, text.data, text.size);
    last->text = (postern_text){joined, size};
}

/* ---- Leaves ---- */

/* How the value is written; *slot is that of the member that is written as it stands in the event. */
static enum program_code code_of(const struct map_target *target, uint32_t *slot)
{
    const struct step *step = target->step;
    if (target->ready.size) return PROGRAM_TEXT;
    bool is_trimmed = step->operation == OPERATION_TRIM && special_gives(step->input) & GIVES_TEXT;
    if (is_trimmed) step = step->input;
    unsigned scalar = GIVES_FIELD | GIVES_ONE;
    if ((special_gives(step) & scalar) == scalar && !target->is_list) {
        *slot = step->field.paths->slot;
        return is_trimmed ? PROGRAM_TRIMMED : PROGRAM_MEMBER;
    }
    return map_gives_one(target->step) ? PROGRAM_ONE : PROGRAM_LEAF;
}

static void add_leaf(struct assembler *assembler, const struct map_target *target, bool is_noted)
{
    const struct map_target *made = specialise_leaf(assembler->specialiser, target);
    uint32_t slot = 0;
    if (!made) return;
    if (made->ready.size && !is_noted) {
        add_text(assembler, made->ready);
        return;
    }
    struct program_op *op = add(assembler, code_of(made, &slot));
    op->text = made->ready.size ? made->ready : made->label;
    op->target = made;
    op->slot = slot;
    op->number = made->number;
    op->is_noted = is_noted;
}

/* ---- Objects ---- */

/* The event has a member with the name of the target beside the rest, which may come under it as well. */
static bool is_noted_beside(const struct assembler *assembler, const struct map_target *target, bool beside)
{
    return beside && target->name.data && assembler->specialiser->kinds[target->slot] != MEMBER_ABSENT;
}

static bool holds_rest(const struct map_target *object)
{
    for (const struct map_target *child = object->first_child; child; child = child->next)
        if (child->step && child->step->operation == OPERATION_REST) return true;
    return false;
}

static void add_children(struct assembler *assembler, const struct map_target *object);

/* Whether an operation from `first` on writes something in any case, in the object itself. */
static bool is_surely_filled(const struct assembler *assembler, size_t first)
{
    int depth = 0;
    for (size_t i = first; i < assembler->count; i++) {
        const struct program_op *op = &assembler->ops[i];
        depth += op->code == PROGRAM_OPEN;
        depth -= op->code == PROGRAM_CLOSE;
        bool writes = op->code == PROGRAM_TEXT || op->code == PROGRAM_MEMBER;
        if (depth == 0 && writes) return true;
    }
    return false;
}

static postern_text opening(struct assembler *assembler, postern_text label)
{
    char *text = arena_allocate(assembler->specialiser->arena, label.size + 2);
    if (!text) {
        assembler->specialiser->failed = true;
        return (postern_text){NULL, 0};
    }
    memcpy(text, label.data, label.size);
    text[label.size] = '{';
    return (postern_text){text, label.size + 1};
}

/* Where it is sure to hold something its opening is a text like any other. */
static void add_object(struct assembler *assembler, const struct map_target *target, bool is_noted)
{
    size_t before = assembler->count;
    struct program_op *open = add(assembler, PROGRAM_OPEN);
    postern_text text = opening(assembler, target->label);
    open->text = text;
    add_children(assembler, target);
    if (assembler->count == before + 1) {
        assembler->count = before;
        return;
    }
    bool is_sure = is_surely_filled(assembler, before + 1);
    struct program_op *close = add(assembler, is_sure ? PROGRAM_END : PROGRAM_CLOSE);
    close->text = text;
    close->number = target->number;
    close->is_noted = is_noted;
    if (is_sure) assembler->ops[before].code = PROGRAM_TEXT;
}

static void add_rest(struct assembler *assembler, const struct map_target *object,
                     const struct map_rest *rest)
{
    struct program_op *op = add(assembler, PROGRAM_REST);
    op->rest = assemble_rest(assembler->specialiser, assembler->shape, object, rest);
    if (!op->rest) assembler->specialiser->failed = true;
}

static void add_children(struct assembler *assembler, const struct map_target *object)
{
    bool beside = holds_rest(object);
    for (const struct map_target *child = object->first_child; child; child = child->next) {
        bool is_noted = is_noted_beside(assembler, child, beside);
        if (!child->step)
            add_object(assembler, child, is_noted);
        else if (child->step->operation == OPERATION_REST)
            add_rest(assembler, object, child->step->rest);
        else
            add_leaf(assembler, child, is_noted);
    }
}

/* An opening that became a text is joined with what follows it. */
static void join_texts(struct assembler *assembler)
{
    size_t count = assembler->count;
    struct program_op *ops = assembler->ops;
    assembler->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct program_op op = ops[i];
        if (op.code == PROGRAM_TEXT && !op.is_noted && assembler->count &&
            !ops[assembler->count - 1].is_noted)
            add_text(assembler, op.text);
        else
            *add(assembler, (enum program_code)op.code) = op;
    }
}

bool assemble(struct map_program *program, const struct map *map, const uint8_t *kinds)
{
    struct specialiser specialiser;
    struct assembler assembler = {.specialiser = &specialiser, .shape = &program->shape};
    special_begin(&specialiser, map, kinds, &program->names, program->arena);
    /* an object has two operations, any other target one */
    struct program_op *ops = arena_allocate(program->arena, 2 * map->target_count * sizeof *ops);
    if (!ops || specialiser.failed) return false;
    assembler.ops = ops;
    add_children(&assembler, map->root);
    join_texts(&assembler);
    special_end(&specialiser);
    program->ops = assembler.ops;
    program->count = assembler.count;
    program->memo_count = specialiser.memo_count;
    program->register_count = specialiser.register_count;
    return !specialiser.failed;
}
