/* a:lookup("teams.csv", "team"): the file is opened when the map is compiled, and asked for each event. */
#include "script/map/compile.h"
#include "script/map/values.h"

#include "base/error.h"
#include "base/text.h"
#include "sandbox/sandbox.h"
#include "script/event/strict_line.h"
#include "script/lookup/files.h"

#define COLUMNS_SHOWN 100 /* bytes of a message */

/* What a step asks. */
struct step_lookup {
    const struct lookup_file *file;
    postern_text column; /* empty: the whole answer */
    size_t cell;         /* of a CSV file of more than two columns: the column's number behind the key's */
    bool is_proven;      /* what is copied from a JSON file is Unicode */
};

/* ---- When the map is compiled ---- */

static const struct lookup_file *open_file(const struct map_call *call, postern_text name)
{
    const struct bridge *bridge = call->compiler->bridge;
    const struct lookup_file *file = NULL;
    postern_error error = ERROR_INIT;
    if (!bridge->lookups || !bridge->directory)
        compile_error(call->compiler, "lookups are not available here");
    if (lookup_files_open(bridge->lookups, bridge->directory, name, &file, &error) < 0)
        compile_error(call->compiler, error.remedy[0] ? "%s (%s)" : "%s", error.message, error.remedy);
    return file;
}

static void find_column(const struct map_call *call, struct step_lookup *lookup, postern_text name)
{
    size_t count;
    char known[COLUMNS_SHOWN] = "";
    struct buffer list = {.data = known, .capacity = sizeof known - 1, .limit = sizeof known - 1};
    const postern_text *columns = lookup_file_columns(lookup->file, &count);
    for (lookup->cell = 0; lookup->cell < count; lookup->cell++) {
        postern_text column = columns[lookup->cell];
        if (text_equal(column, lookup->column)) return;
        buffer_printf(&list, "%s\"%.*s\"", lookup->cell ? ", " : "", (int)column.size, column.data);
    }
    compile_error(call->compiler, "%s has no column \"%.40s\" behind that of the keys%s%s", name.data,
                  lookup->column.data, count && !list.failed ? ", but " : "", list.failed ? "" : known);
}

void compile_lookup(const struct map_call *call)
{
    struct step_lookup *lookup = compile_allocate(call->compiler, sizeof *lookup);
    postern_text name = call_text_argument(call, 2);
    lookup->file = open_file(call, name);
    const struct json_tape *tape = lookup_file_tape(lookup->file);
    lookup->is_proven = !tape || json_is_unicode(tape);
    if (call->expression->count >= 3) {
        lookup->column = call_text_argument(call, 3);
        if (!lookup->column.size) compile_error(call->compiler, "the name of the column is empty");
        if (!tape) find_column(call, lookup, name);
        if (tape && !lookup_file_has_inside(lookup->file, lookup->column))
            compile_error(call->compiler, "%s has nothing called \"%.40s\" in any of its members", name.data,
                          lookup->column.data);
    }
    call->step->lookup = lookup;
}

/* ---- For each event ---- */

/* The cells of a row that are not empty, as an object. */
static postern_text write_cells(const struct map_run *run, const struct step_lookup *lookup,
                                const postern_text *cells)
{
    struct buffer *out = &run->machine->out;
    size_t count, before = out->size;
    const postern_text *columns = lookup_file_columns(lookup->file, &count);
    for (size_t i = 0; i < count; i++) {
        if (cells[i].size == 0) continue;
        buffer_append_byte(out, out->size == before ? '{' : ',');
        run->bridge->replaced_bytes += json_write_string(out, columns[i]);
        buffer_append_byte(out, ':');
        run->bridge->replaced_bytes += json_write_string(out, cells[i]);
    }
    sandbox_charge(run->L, (int64_t)(count + (out->size - before) / 16));
    if (out->failed) bridge_out_of_memory(run->L);
    if (out->size == before) return (postern_text){0};
    buffer_append_byte(out, '}');
    if (out->failed) bridge_out_of_memory(run->L);
    char *copy = memcpy(map_scratch(run, out->size - before), out->data + before, out->size - before);
    postern_text object = {copy, out->size - before};
    out->size = before;
    return object;
}

static enum map_outcome give_text(struct map_value *value, postern_text cell)
{
    *value = map_text_value(cell, TEXT_PLAIN, ORIGIN_NONE);
    return cell.size ? MAP_ONE : MAP_NONE;
}

static enum map_outcome give_member(const struct map_run *run, const struct step_lookup *lookup,
                                    struct map_value *value, const struct json_node *node)
{
    const struct json_tape *tape = lookup_file_tape(lookup->file);
    if (lookup->column.size)
        node = node->type == POSTERN_JSON_OBJECT ? json_get_text(tape, node, lookup->column) : NULL;
    if (!node || map_node_is_missing(node)) return MAP_NONE;
    if (!lookup->is_proven) run->bridge->is_unproven = true;
    *value = map_node_value(tape, node, ORIGIN_NONE);
    return MAP_ONE;
}

enum map_outcome map_look_up(const struct map_run *run, const struct step *step, struct map_value *value)
{
    const struct step_lookup *lookup = step->lookup;
    struct lookup_value found;
    if (value->type != POSTERN_JSON_STRING && value->type != POSTERN_JSON_NUMBER) return MAP_UNREADABLE;
    postern_text key = map_plain_text(run, value);
    map_pay_for_text(run, key);
    if (!lookup_file_find(lookup->file, key, &found)) return MAP_NONE;
    switch (found.kind) {
    case LOOKUP_TEXT:
        return give_text(value, found.text);
    case LOOKUP_TRUE:
        *value = map_json_value(TEXT("true"), POSTERN_JSON_BOOLEAN, ORIGIN_NONE);
        return MAP_ONE;
    case LOOKUP_MEMBER:
        return give_member(run, lookup, value, found.node);
    case LOOKUP_CELLS:
        break;
    }
    if (lookup->column.size) return give_text(value, found.cells[lookup->cell]);
    *value = map_json_value(write_cells(run, lookup, found.cells), POSTERN_JSON_OBJECT, ORIGIN_NONE);
    return value->text.size ? MAP_ONE : MAP_NONE;
}
