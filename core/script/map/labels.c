/* The pieces of a prose text: labels(...), and what is asked of it. A text is taken apart once for each
 * event. */
#include "script/map/values.h"

#include "base/text.h"
#include "parse/labels.h"
#include "sandbox/sandbox.h"

#define UNNAMED_LIMIT 64 /* pieces that become fields of their own; the others are in the text */

/* What a text fell into: first its prose, then the named pieces by number (missing ones are empty), then
 * label and text of each other piece. */
struct text_pieces {
    const struct map_value *values;
    size_t count;
};

static struct text_pieces take_apart(const struct map_run *run, const struct step *step,
                                     const struct map_value *value)
{
    const struct label_table *table = &step->labels->table;
    struct labelled_piece pieces[PIECES_LIMIT];
    postern_text text = map_plain_text(run, value), prose;
    enum text_form form = value->form == TEXT_WRITTEN ? TEXT_PLAIN : (enum text_form)value->form;
    sandbox_charge(run->L, (int64_t)(text.size / 8));
    size_t found = labels_read(text, &table->set, pieces, &prose), others = 0;
    for (size_t i = 0; i < found; i++)
        others += pieces[i].piece == NO_PIECE;
    if (others > UNNAMED_LIMIT) others = UNNAMED_LIMIT;
    size_t named = 1 + (size_t)table->count, count = named + 2 * others, at = named;
    struct map_value *values = map_scratch(run, count * sizeof *values);
    values[0] = map_text_value(prose, form, ORIGIN_NONE);
    for (size_t i = 1; i < named; i++)
        values[i].text.size = 0;
    for (size_t i = 0; i < found; i++) {
        if (pieces[i].piece != NO_PIECE) {
            values[1 + pieces[i].piece] = map_text_value(pieces[i].text, form, ORIGIN_NONE);
        } else if (at < count) {
            values[at++] = map_text_value(pieces[i].label, TEXT_CLEAN, ORIGIN_NONE);
            values[at++] = map_text_value(pieces[i].text, form, ORIGIN_NONE);
        }
    }
    return (struct text_pieces){values, count};
}

/* The pieces of the first text that stands before labels(...); none if there is none. */
static struct text_pieces pieces_of(const struct map_run *run, const struct step *labels)
{
    struct map_machine *machine = run->machine;
    struct map_memo *memo = labels->labels->memo ? &run->memos[labels->labels->memo - 1] : NULL;
    if (memo && memo->is_known) return (struct text_pieces){memo->values, memo->count};
    struct text_pieces pieces = {NULL, 0};
    size_t base = machine->count;
    map_evaluate(run, labels->input);
    map_spread(run, base);
    for (size_t i = base; i < machine->count && !pieces.count; i++) {
        struct map_value value = machine->values[i];
        if (value.type == POSTERN_JSON_STRING)
            pieces = take_apart(run, labels, &value);
        else
            map_note_wrong(run, labels, &value);
    }
    machine->count = base;
    if (memo) *memo = (struct map_memo){true, pieces.values, pieces.count};
    return pieces;
}

void map_evaluate_piece(const struct map_run *run, const struct step *step)
{
    struct text_pieces pieces = pieces_of(run, step->input);
    if (pieces.count && pieces.values[1 + step->part].text.size) map_push(run, pieces.values[1 + step->part]);
}

void map_evaluate_prose(const struct map_run *run, const struct step *step)
{
    struct text_pieces pieces = pieces_of(run, step->input);
    if (pieces.count && pieces.values[0].text.size) map_push(run, pieces.values[0]);
}

/* ---- As objects ---- */

static void write_member(const struct map_run *run, postern_text name, const struct map_value *value)
{
    struct buffer *out = &run->machine->out;
    json_write_string(out, name);
    buffer_append_byte(out, ':');
    run->bridge->replaced_bytes += json_write_string(out, value->text);
    buffer_append_byte(out, ',');
}

/* What was written from `before` on becomes an object. */
static void push_written(const struct map_run *run, size_t before)
{
    struct buffer *out = &run->machine->out;
    if (out->failed) bridge_out_of_memory(run->L);
    if (out->size == before + 1) {
        out->size = before;
        return;
    }
    out->data[out->size - 1] = '}';
    map_push_written(run, before, ORIGIN_NONE);
}

void map_evaluate_labels(const struct map_run *run, const struct step *step)
{
    struct text_pieces pieces = pieces_of(run, step);
    struct buffer *out = &run->machine->out;
    size_t before = out->size;
    buffer_append_byte(out, '{');
    for (size_t i = 0; pieces.count && i < step->labels->table.count; i++)
        if (pieces.values[1 + i].text.size)
            write_member(run, text_of(step->labels->table.names[i]), &pieces.values[1 + i]);
    push_written(run, before);
}

struct written_name {
    char text[2 * LABEL_SIZE + 4];
    size_t size;
};

static bool is_written(const struct written_name *names, size_t count, const struct written_name *name)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].size == name->size && memcmp(names[i].text, name->text, name->size) == 0) return true;
    return false;
}

/* Labels that come again, or differ in what a name does not show, are numbered from 2. */
static void number_name(const struct written_name *names, size_t count, struct written_name *name)
{
    size_t size = name->size;
    for (unsigned number = 2; is_written(names, count, name) && number <= UNNAMED_LIMIT + 1; number++) {
        name->size = size;
        name->text[name->size++] = '_';
        if (number >= 10) name->text[name->size++] = (char)('0' + number / 10);
        name->text[name->size++] = (char)('0' + number % 10);
    }
}

void map_evaluate_unnamed(const struct map_run *run, const struct step *step)
{
    struct text_pieces pieces = pieces_of(run, step->input);
    struct written_name names[UNNAMED_LIMIT];
    struct buffer *out = &run->machine->out;
    size_t before = out->size, count = 0;
    buffer_append_byte(out, '{');
    for (size_t i = 1 + (size_t)step->input->labels->table.count; i < pieces.count; i += 2) {
        struct written_name *name = &names[count];
        name->size = label_write_name(pieces.values[i].text, name->text);
        if (name->size == 0) continue;
        number_name(names, count++, name);
        map_pay_for_values(run, count);
        write_member(run, (postern_text){name->text, name->size}, &pieces.values[i + 1]);
    }
    push_written(run, before);
}
