/* What a step gives in every event, held against a field of the schema: most need no check while they run. */
#include "script/map/compile.h"
#include "script/map/run.h"
#include "script/map/schema.h"

#include "base/text.h"

/* As the check would do while a map runs; a constant must fit as it is written. */
static bool constant_fits(struct compiler *compiler, const struct map_value *constant,
                          const struct schema_field *field)
{
    struct bridge *bridge = compiler->bridge;
    bool taken; /* the constant comes from no field */
    struct map_run run = {.L = compiler->L, .bridge = bridge, .machine = bridge->machine, .taken = &taken};
    struct machine_mark mark = map_machine_mark(run.machine);
    struct step step = {.operation = OPERATION_FIT, .part = (int)field->type};
    if (field->members) step.operation = OPERATION_MEMBERS, step.members = field->members;
    map_finish_step(&step);
    struct map_value value = *constant;
    bool was_unproven = bridge->is_unproven;
    enum map_outcome outcome = step.method(&run, &step, &value);
    bool fits = outcome == (field->members ? MAP_SEVERAL : MAP_ONE) && value.type == constant->type &&
                (field->members || text_equal(value.text, constant->text));
    bridge->is_unproven = was_unproven;
    map_machine_rewind(run.machine, mark);
    return fits;
}

static bool constants_fit(struct compiler *compiler, const struct map_value *constants, size_t count,
                          const struct schema_field *field)
{
    for (size_t i = 0; i < count; i++) {
        if (constant_fits(compiler, &constants[i], field)) continue;
        postern_text text = constants[i].text;
        compile_error(compiler, "the constant %.*s does not fit the schema's type \"%s\"",
                      text.size < 60 ? (int)text.size : 60, text.data, field_type_names[field->type]);
    }
    return true;
}

static bool entries_fit(struct compiler *compiler, const struct enum_table *table,
                        const struct schema_field *field)
{
    for (size_t i = 0; i < table->count; i++)
        constants_fit(compiler, table->entries[i].values, table->entries[i].count, field);
    return constants_fit(compiler, table->fallback, table->fallback_count, field);
}

bool compile_fits(struct compiler *compiler, const struct step *step, const struct schema_field *field)
{
    enum operation operation = (enum operation)step->operation;
    if (operation == OPERATION_CONST)
        return constants_fit(compiler, step->constants.values, step->constants.count, field);
    if (operation == OPERATION_ENUM) return entries_fit(compiler, step->table, field);
    if (operation == OPERATION_OBJECT) return field->type == FIELD_OBJECT; /* its entries were bound */
    bool passes_on = false, all_fit = true;
    for (size_t i = 0; i < step->count; i++) {
        if (!operation_passes_on(operation, i)) continue;
        passes_on = true;
        all_fit &= compile_fits(compiler, step->inputs[i], field);
    }
    if (passes_on) return all_fit;
    enum field_type given = map_type_given(step);
    return given != FIELD_ANY && field_type_is(given, field->type);
}
