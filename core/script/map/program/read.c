#include "script/map/program/read.h"

#include "base/text.h"
#include "script/map/parts.h"
#include "script/map/values.h"

static inline struct map_value *register_of(const struct map_run *run, const struct special_step *special)
{
    return &run->registers[special->place];
}

void program_push_read(const struct map_run *run, const struct step *step)
{
    const struct map_value *value = map_read(run, step);
    if (value) map_push(run, *value);
}

const struct map_value *program_read_once(const struct map_run *run, const struct special_step *special)
{
    struct map_value *kept = register_of(run, special);
    uint8_t *known = &run->known[special->place];
    if (*known != REGISTER_UNKNOWN) return *known == REGISTER_FILLED ? kept : NULL;
    const struct map_value *value = special->read_direct(run, special);
    *known = value ? REGISTER_FILLED : REGISTER_EMPTY;
    if (value && value != kept) *kept = *value;
    return value ? kept : NULL;
}

/* ---- Sources ---- */

static inline void set_member(const struct map_run *run, const struct step *field, struct map_value *value)
{
    map_origin member = run->slots[field->field.paths->slot];
    map_set_node(value, run->tape, &run->tape->nodes[member], member);
}

static const struct map_value *read_member(const struct map_run *run, const struct special_step *special)
{
    struct map_value *value = register_of(run, special);
    set_member(run, &special->step, value);
    return value;
}

bool program_reads_member(const struct step *step)
{
    return step && map_gives_one(step) && special_step_of(step)->read == read_member;
}

/* What the step's input gives: a member comes into the register of the step itself. */
static inline const struct map_value *read_input(const struct map_run *run,
                                                 const struct special_step *special)
{
    if (!special->is_of_member) return map_read(run, special->step.input);
    struct map_value *value = register_of(run, special);
    set_member(run, special->step.input, value);
    return value;
}

static const struct map_value *read_constant(const struct map_run *run, const struct special_step *special)
{
    (void)run;
    return special->step.constants.values;
}

static const struct map_value *read_meta(const struct map_run *run, const struct special_step *special)
{
    struct map_machine *machine = run->machine;
    size_t base = machine->count;
    special->direct(run, &special->step);
    if (machine->count == base) return NULL;
    struct map_value *value = register_of(run, special);
    *value = machine->values[--machine->count];
    return value;
}

/* ---- Methods ---- */

static const struct map_value *read_method(const struct map_run *run, const struct special_step *special)
{
    const struct step *step = &special->step;
    const struct map_value *given = read_input(run, special);
    if (!given) return NULL;
    struct map_value *value = register_of(run, special);
    if (value != given) *value = *given; /* which costs a stall */
    map_pay_for_text(run, value->text);
    enum map_outcome outcome = step->method(run, step, value);
    if (outcome == MAP_ONE) return value;
    if (outcome == MAP_UNREADABLE) map_note_wrong(run, step, value);
    return NULL;
}

/* Most texts have no white space at their ends: they are the field's. */
static const struct map_value *read_trimmed(const struct map_run *run, const struct special_step *special)
{
    const struct map_value *given = read_input(run, special);
    if (!given) return NULL;
    bool is_clean = given->type == POSTERN_JSON_STRING && given->form == TEXT_CLEAN;
    return is_clean && map_is_trimmed(given->text) ? given : read_method(run, special);
}

/* The moment when the event was received, or happened: that of the event before, nearly always. What a number
 * means hangs on its size, so the number itself is what is known again. */
static const struct map_value *read_moment(const struct map_run *run, const struct special_step *special)
{
    const struct script_event *event = run->bridge->event;
    struct known_time *known = &run->machine->moment;
    int64_t ms = !event ? 0 : special->step.input->part == META_TIME ? event->time_ms : event->received_ms;
    struct map_value *value = register_of(run, special);
    if (ms == 0) return read_method(run, special);
    if (known->ms != ms || !known->iso[0]) {
        if (!read_method(run, special)) return NULL;
        *known = (struct known_time){.ms = ms};
        text_to_string(value->text, known->iso, sizeof known->iso);
        return value;
    }
    char *iso = memcpy(map_scratch(run, TIMESTAMP_SIZE), known->iso, TIMESTAMP_SIZE);
    *value = map_text_value(text_of(iso), TEXT_CLEAN, ORIGIN_NONE);
    return value;
}

static const struct map_value *read_copy(const struct map_run *run, const struct special_step *special)
{
    const struct map_value *given = read_input(run, special);
    struct map_value *value = register_of(run, special);
    if (!given) return NULL;
    if (value != given) *value = *given;
    value->origin = ORIGIN_NONE;
    return value;
}

/* ---- Choices ---- */

static const struct map_value *read_first(const struct map_run *run, const struct special_step *special)
{
    const struct map_value *value = NULL;
    for (size_t i = 0; i < special->step.count && !value; i++)
        value = map_read(run, special->step.inputs[i]);
    return value;
}

static const struct map_value *read_when(const struct map_run *run, const struct special_step *special)
{
    size_t branch = map_holds(run, special->step.input) ? 1 : 2;
    return branch < special->step.count ? map_read(run, special->step.inputs[branch]) : NULL;
}

static const struct map_value *read_enum(const struct map_run *run, const struct special_step *special)
{
    const struct enum_table *table = special->step.table;
    const struct map_value *given = read_input(run, special);
    if (!given) return table->fallback_count ? table->fallback : NULL;
    map_pay_for_text(run, given->text);
    const struct enum_entry *entry = map_enum_find(table, map_plain_text(run, given));
    if (!entry) return table->has_fallback && table->fallback_count ? table->fallback : NULL;
    if (entry->count == 0) return NULL;
    struct map_value *value = register_of(run, special);
    map_origin origin = given->origin;
    *value = *entry->values;
    value->origin = origin;
    return value;
}

static const struct map_value *read_except(const struct map_run *run, const struct special_step *special)
{
    const struct map_value *given = read_input(run, special);
    if (!given) return NULL;
    postern_text text = map_plain_text(run, given);
    map_pay_for_text(run, text);
    return map_is_constant(&special->step, text) ? NULL : given;
}

static const struct map_value *read_answer(const struct map_run *run, const struct special_step *special)
{
    struct map_value *value = register_of(run, special);
    *value = map_json_value(map_work_out(run, &special->step) ? TEXT("true") : TEXT("false"),
                            POSTERN_JSON_BOOLEAN, ORIGIN_NONE);
    return value;
}

map_reader *program_reader_of(const struct step *step)
{
    switch ((enum operation)step->operation) {
    case OPERATION_CONST:
        return read_constant;
    case OPERATION_FIELD:
        return read_member;
    case OPERATION_META:
        return read_meta;
    case OPERATION_FIRST:
    case OPERATION_DEFAULT:
        return read_first;
    case OPERATION_WHEN:
        return read_when;
    case OPERATION_ENUM:
        return read_enum;
    case OPERATION_EXCEPT:
        return read_except;
    case OPERATION_COPY:
        return read_copy;
    case OPERATION_TRIM:
        return read_trimmed;
    case OPERATION_TIME:
        return step->input->operation == OPERATION_META && step->time->form == TIME_ANY ? read_moment
                                                                                        : read_method;
    default:
        if (operation_is_condition(step->operation)) return read_answer;
        return step->method ? read_method : NULL;
    }
}
