#include "parquet/shred.h"

static bool put(struct parquet_shred *shred, const postern_sink_event *event, size_t index, size_t list,
                postern_text json, int repetition);

static const struct parquet_field *field_at(const struct parquet_shred *shred, size_t index)
{
    return &shred->schema->fields[index];
}

/* Nothing from here on, in each column below. */
static void add_nulls(struct parquet_shred *shred, size_t index, int repetition, int definition)
{
    for (size_t i = index; i < field_at(shred, index)->behind; i++)
        if (field_at(shred, i)->type != PARQUET_STRUCT)
            parquet_column_add_null(&shred->columns[field_at(shred, i)->column], repetition, definition);
}

/* ---- Members ---- */

/* A value of the event itself: "%{id}". */
static void add_own(struct parquet_shred *shred, const postern_sink_event *event, size_t index,
                    int repetition)
{
    char day[KIT_DAY_SIZE];
    const struct parquet_field *field = field_at(shred, index);
    struct parquet_column *column = &shred->columns[field->column];
    postern_text path = kit_text(field->path), name = kit_span(path.data + 2, path.size - 3);
    bool is_time = kit_is(name, "time") || kit_is(name, "received");
    int64_t ms = kit_is(name, "time") ? parquet_own_time(event) : event->received_ms;
    postern_text text = is_time ? kit_span(NULL, 0) : kit_placeholder(name, event, day);
    bool takes_time = column->type == PARQUET_TIMESTAMP || column->type == PARQUET_TIMESTAMP_US ||
                      column->type == PARQUET_INT64;
    if (is_time && takes_time)
        parquet_column_add_time(column, repetition, ms);
    else if (!is_time && column->type == PARQUET_STRING && text.size)
        parquet_column_add_text(column, repetition, text);
    else
        add_nulls(shred, index, repetition, field->definition);
}

/* What no member filled: values of Postern's, members of members, or nothing. */
static void add_others(struct parquet_shred *shred, const postern_sink_event *event, size_t parent,
                       size_t visit, postern_text object, int repetition)
{
    const struct parquet_schema *schema = shred->schema;
    size_t at = parent == SIZE_MAX ? 0 : parent + 1;
    size_t end = parent == SIZE_MAX ? schema->count : field_at(shred, parent)->behind;
    for (; at < end; at = field_at(shred, at)->behind) {
        const struct parquet_field *field = field_at(shred, at);
        postern_text path = kit_text(field->path);
        if (shred->seen[at] == visit) continue;
        if (kit_starts_with(path, "%{"))
            add_own(shred, event, at, repetition);
        else if (strchr(field->path, '.'))
            put(shred, event, at, 0, kit_json_at(object, path), repetition);
        else
            add_nulls(shred, at, repetition, field->definition);
    }
}

/* False if it fits no field, or not as a whole. */
static bool take_member(struct parquet_shred *shred, const postern_sink_event *event, size_t parent,
                        size_t visit, postern_text key, postern_text value, int repetition, size_t *hint)
{
    size_t index = parquet_field_of(shred->schema, parent, key, hint);
    if (index == SIZE_MAX || shred->seen[index] == visit) return false;
    shred->seen[index] = visit;
    return put(shred, event, index, 0, value, repetition);
}

static bool put_members(struct parquet_shred *shred, const postern_sink_event *event, size_t parent,
                        postern_text object, int repetition)
{
    const char *at = object.data + 1, *end = kit_end(object);
    postern_text key, value;
    size_t hint = 0, visit = ++shred->visits;
    bool whole = true;
    while (parquet_next_member(&at, end, &key, &value))
        if (!take_member(shred, event, parent, visit, key, value, repetition, &hint)) whole = false;
    add_others(shred, event, parent, visit, object, repetition);
    return whole;
}

/* ---- Values and lists ---- */

static bool is_absent(postern_text json)
{
    return json.size == 0 || json.data[0] == 'n';
}

static bool put_value(struct parquet_shred *shred, const postern_sink_event *event, size_t index,
                      postern_text json, int repetition)
{
    const struct parquet_field *field = field_at(shred, index);
    bool absent = is_absent(json);
    if (!absent && field->type == PARQUET_STRUCT && json.data[0] == '{')
        return put_members(shred, event, index, json, repetition);
    enum parquet_fit fit = PARQUET_MISFIT;
    if (!absent && field->type != PARQUET_STRUCT)
        fit = parquet_column_add(&shred->columns[field->column], repetition, json);
    if (fit != PARQUET_MISFIT) return fit == PARQUET_FITS;
    add_nulls(shred, index, repetition, parquet_full_definition(field) - 1);
    return absent;
}

static bool next_element(const char **at, const char *end, postern_text *value)
{
    const char *from = kit_json_blanks(*at, end);
    if (from < end && *from == ',') from = kit_json_blanks(from + 1, end);
    const char *behind = from < end && *from != ']' ? kit_json_after(from, end) : from;
    *value = kit_between(from, behind);
    *at = behind;
    return behind > from;
}

static size_t columns_below(const struct parquet_shred *shred, size_t index)
{
    size_t columns = 0;
    for (size_t i = index; i < field_at(shred, index)->behind; i++)
        columns += field_at(shred, i)->type != PARQUET_STRUCT;
    return columns;
}

/* Whether the row has room for the list: each element behind the first adds an entry to each column below. */
static bool take_room(struct parquet_shred *shred, size_t index, postern_text json)
{
    const char *at = json.data + 1, *end = kit_end(json);
    size_t columns = columns_below(shred, index), entries = shred->row_entries;
    postern_text value;
    if (!next_element(&at, end, &value)) return true;
    while (next_element(&at, end, &value))
        if ((entries += columns) > PARQUET_ROW_ENTRIES) return false;
    shred->row_entries = entries;
    return true;
}

static bool put_elements(struct parquet_shred *shred, const postern_sink_event *event, size_t index,
                         size_t list, postern_text json, int repetition)
{
    const struct parquet_field *field = field_at(shred, index);
    const char *at = json.data + 1, *end = kit_end(json);
    postern_text value;
    bool whole = true;
    if (!next_element(&at, end, &value)) {
        add_nulls(shred, index, repetition, field->definition + 2 * (int)list + 1);
        return true;
    }
    do {
        if (!put(shred, event, index, list + 1, value, repetition)) whole = false;
        repetition = field->repetition + (int)list + 1;
    } while (next_element(&at, end, &value));
    return whole;
}

/* A value of the field, which stands in `list` of its lists already. False if something is not in the
 * columns. */
static bool put(struct parquet_shred *shred, const postern_sink_event *event, size_t index, size_t list,
                postern_text json, int repetition)
{
    const struct parquet_field *field = field_at(shred, index);
    if (list == field->lists) return put_value(shred, event, index, json, repetition);
    if (!is_absent(json) && json.data[0] == '[' && take_room(shred, index, json))
        return put_elements(shred, event, index, list, json, repetition);
    add_nulls(shred, index, repetition, field->definition + 2 * (int)list);
    return is_absent(json);
}

/* ---- The event ---- */

static void add_to_rest(struct bytes *rest, postern_text key, postern_text value)
{
    bytes_add_text(rest, rest->size ? KIT_TEXT(",\"") : KIT_TEXT("{\""));
    bytes_add_text(rest, key);
    bytes_add_text(rest, KIT_TEXT("\":"));
    bytes_add_text(rest, value);
}

void parquet_shred_event(struct parquet_shred *shred, const postern_sink_event *event)
{
    postern_text text = kit_trim(event->text), key, value;
    const char *at = text.data + (text.size > 0), *end = kit_end(text);
    size_t hint = 0, visit = ++shred->visits;
    shred->rest.size = shred->row_entries = 0;
    while (parquet_next_member(&at, end, &key, &value))
        if (!take_member(shred, event, SIZE_MAX, visit, key, value, 0, &hint))
            add_to_rest(&shred->rest, key, value);
    if (shred->rest.size) bytes_add_byte(&shred->rest, '}');
    add_others(shred, event, SIZE_MAX, visit, event->text, 0);
}
