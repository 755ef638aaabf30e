#include "parquet/schema.h"
#include "parquet/number.h"
#include <stdlib.h>

void parquet_schema_free(struct parquet_schema *schema)
{
    if (!schema) return;
    for (size_t i = 0; i < schema->count; i++) {
        free(schema->fields[i].name);
        free(schema->fields[i].path);
    }
    free(schema);
}

bool parquet_schema_add(struct parquet_schema *schema, postern_text name, postern_text path,
                        struct parquet_field form)
{
    size_t index = schema->count;
    const struct parquet_field *parent = form.parent == SIZE_MAX ? NULL : &schema->fields[form.parent];
    form.name = kit_string(name);
    form.path = kit_string(path);
    if (!form.name || !form.path) {
        free(form.name);
        free(form.path);
        return false;
    }
    form.behind = index + 1;
    form.definition = parent ? parquet_full_definition(parent) : 0;
    form.repetition = parent ? parquet_full_repetition(parent) : 0;
    form.column = schema->column_count;
    schema->column_count += form.type != PARQUET_STRUCT;
    schema->fields[index] = form;
    schema->count++;
    for (size_t i = form.parent; i != SIZE_MAX; i = schema->fields[i].parent)
        schema->fields[i].behind = index + 1;
    return true;
}

static bool add_column(struct parquet_schema *schema, postern_text name, postern_text path,
                       enum parquet_type type)
{
    return parquet_schema_add(schema, name, path, (struct parquet_field){.type = type, .parent = SIZE_MAX});
}

/* ---- Members ---- */

bool parquet_next_member(const char **at, const char *end, postern_text *key, postern_text *value)
{
    const char *from = kit_json_blanks(*at, end);
    if (from < end && *from == ',') from = kit_json_blanks(from + 1, end);
    if (from >= end || *from != '"') return false;
    const char *behind = kit_json_after_string(from, end);
    *key = kit_between(from + 1, behind > from + 1 ? behind - 1 : behind);
    from = kit_json_blanks(behind, end);
    from = kit_json_blanks(from < end ? from + 1 : end, end); /* the colon */
    behind = kit_json_after(from, end);
    *value = kit_between(from, behind);
    *at = behind;
    return true;
}

/* What Postern knows of an event is no member, even if one has that name. */
static bool is_of(const struct parquet_field *field, postern_text key)
{
    size_t size;
    postern_text path = kit_text(field->path);
    return !kit_starts_with(path, "%{") && kit_json_begins(path, key, &size) && size == path.size;
}

size_t parquet_field_of(const struct parquet_schema *schema, size_t parent, postern_text key, size_t *hint)
{
    size_t first = parent == SIZE_MAX ? 0 : parent + 1;
    size_t end = parent == SIZE_MAX ? schema->count : schema->fields[parent].behind;
    size_t from = *hint >= first && *hint < end ? *hint : first, at = from;
    if (first == end) return SIZE_MAX;
    do {
        size_t behind = schema->fields[at].behind;
        if (is_of(&schema->fields[at], key)) {
            *hint = behind;
            return at;
        }
        at = behind < end ? behind : first;
    } while (at != from);
    return SIZE_MAX;
}

/* ---- Inferring ---- */

struct parquet_schema *parquet_schema_new(void)
{
    static const struct {
        postern_text name, path;
        enum parquet_type type;
    } known[] = {
        {{"postern_id", 10}, {"%{id}", 5}, PARQUET_STRING},
        {{"postern_account", 15}, {"%{account}", 10}, PARQUET_STRING},
        {{"postern_source", 14}, {"%{source}", 9}, PARQUET_STRING},
        {{"postern_type", 12}, {"%{type}", 7}, PARQUET_STRING},
        {{"postern_time", 12}, {"%{time}", 7}, PARQUET_TIMESTAMP},
        {{"postern_received", 16}, {"%{received}", 11}, PARQUET_TIMESTAMP},
    };
    struct parquet_schema *made = calloc(1, sizeof *made);
    bool good = made != NULL;
    for (size_t i = 0; good && i < sizeof known / sizeof *known; i++)
        good = add_column(made, known[i].name, known[i].path, known[i].type);
    if (good) return made;
    parquet_schema_free(made);
    return NULL;
}

/* What holds the number to its last digit. `is_large`: an integer that no double holds. */
static enum parquet_type type_of_number(postern_text number, bool *is_large)
{
    int64_t whole;
    double nearest;
    bool is_double = number_read_double(number, &nearest) == PARQUET_FITS;
    if (!number_is_whole(number) || kit_is(number, "-0")) /* no integer keeps that sign */
        return is_double ? PARQUET_DOUBLE : PARQUET_STRING;
    *is_large = !is_double;
    return number_read_int64(number, &whole) == PARQUET_FITS ? PARQUET_INT64 : PARQUET_STRING;
}

/* PARQUET_NOTHING for null, PARQUET_JSON for what is no column of its own. */
static enum parquet_type type_of(postern_text value, bool *is_large)
{
    char c = value.size ? value.data[0] : 'n';
    *is_large = false;
    if (c == 'n') return PARQUET_NOTHING;
    if (c == '{' || c == '[') return PARQUET_JSON;
    if (c == '"') return PARQUET_STRING;
    if (c == 't' || c == 'f') return PARQUET_BOOLEAN;
    return type_of_number(value, is_large);
}

/* What holds values of both; texts hold all. */
static enum parquet_type wider(enum parquet_type a, enum parquet_type b, bool is_large)
{
    if (a == b || b == PARQUET_NOTHING) return a;
    if (a == PARQUET_NOTHING) return b;
    bool numbers = (a == PARQUET_INT64 || a == PARQUET_DOUBLE) && (b == PARQUET_INT64 || b == PARQUET_DOUBLE);
    return numbers && !is_large ? PARQUET_DOUBLE : PARQUET_STRING;
}

/* Names of columns are told apart by more than their case by few readers: a further one stays in the rest. */
static bool is_taken(const struct parquet_schema *schema, postern_text name)
{
    for (size_t i = 0; i < schema->count; i++) {
        const char *other = schema->fields[i].name;
        size_t size = strlen(other), same = 0;
        while (size == name.size && same < size && kit_lower(other[same]) == kit_lower(name.data[same]))
            same++;
        if (size == name.size && same == size) return true;
    }
    return false;
}

static bool infer_new(struct parquet_schema *schema, postern_text key, enum parquet_type type,
                      postern_text rest)
{
    bool plain = key.size && !memchr(key.data, '\\', key.size) && !memchr(key.data, '%', key.size);
    if (!plain || kit_equal(key, rest) || schema->count == PARQUET_COLUMNS || is_taken(schema, key))
        return true;
    return add_column(schema, key, key, type);
}

bool parquet_schema_infer(struct parquet_schema *schema, postern_text event, postern_text rest)
{
    postern_text key, value;
    event = kit_trim(event);
    const char *at = event.data + (event.size > 0), *end = kit_end(event);
    size_t hint = 0;
    while (parquet_next_member(&at, end, &key, &value)) {
        bool is_large;
        enum parquet_type type = type_of(value, &is_large);
        if (type == PARQUET_JSON) continue;
        size_t index = parquet_field_of(schema, SIZE_MAX, key, &hint), count = schema->count;
        if (index == SIZE_MAX && !infer_new(schema, key, type, rest)) return false;
        if (index == SIZE_MAX) index = count;
        if (index == schema->count) continue; /* it has no column */
        struct parquet_field *field = &schema->fields[index];
        field->is_large = field->is_large || is_large;
        field->type = wider(field->type, type, field->is_large);
    }
    return true;
}
