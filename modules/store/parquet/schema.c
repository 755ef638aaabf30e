#include "parquet/schema.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_SIZE 1024

static const char *const type_names[] = {NULL, "string", "int64", "double", "boolean", "timestamp", "json"};

void parquet_schema_free(struct parquet_schema *schema)
{
    if (!schema) return;
    for (size_t i = 0; i < schema->count; i++) {
        free(schema->fields[i].name);
        free(schema->fields[i].path);
    }
    free(schema);
}

static bool add_field(struct parquet_schema *schema, postern_text name, postern_text path,
                      enum parquet_type type)
{
    struct parquet_field *field = &schema->fields[schema->count];
    *field = (struct parquet_field){kit_string(name), kit_string(path), type};
    schema->count += field->name && field->path;
    if (field->name && field->path) return true;
    free(field->name);
    free(field->path);
    return false;
}

/* ---- The user's file ---- */

static postern_text next_word(const char **at)
{
    while (kit_is_space(**at))
        ++*at;
    const char *from = *at;
    while (**at && !kit_is_space(**at))
        ++*at;
    return kit_between(from, *at);
}

static bool is_known(const struct parquet_schema *schema, postern_text name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (kit_is(name, schema->fields[i].name)) return true;
    return false;
}

/* What is wrong with the line; NULL: it was taken. */
static const char *read_line(struct parquet_schema *schema, char *line)
{
    line[strcspn(line, "#")] = '\0';
    const char *at = line;
    postern_text name = next_word(&at), type_name = next_word(&at), path = next_word(&at);
    int type = 0;
    if (name.size == 0) return NULL;
    for (int i = PARQUET_STRING; i <= PARQUET_JSON; i++)
        if (kit_is(type_name, type_names[i])) type = i;
    if (type == 0) return "the type is none of string, int64, double, boolean, timestamp and json";
    if (next_word(&at).size) return "there is more than name, type and path";
    if (is_known(schema, name)) return "there is a column of that name already";
    if (schema->count == PARQUET_COLUMNS) return "there are more than 500 columns";
    return add_field(schema, name, path.size ? path : name, (enum parquet_type)type) ? NULL : "out of memory";
}

static postern_status read_lines(struct parquet_schema *schema, FILE *file, const char *name,
                                 postern_error *error)
{
    char line[LINE_SIZE];
    for (int number = 1; fgets(line, sizeof line, file); number++) {
        const char *wrong =
            strlen(line) + 1 == sizeof line ? "the line is too long" : read_line(schema, line);
        if (wrong)
            return kit_fail(error, POSTERN_E_CONFIG, "write a column a line: name type [path]",
                            "%.200s:%d: %s", name, number, wrong);
    }
    if (ferror(file)) return kit_fail(error, POSTERN_E_RETRY, NULL, "cannot read %.200s", name);
    if (schema->count) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "write a column a line: name type [path]",
                    "%.200s has no columns", name);
}

postern_status parquet_schema_read(postern_text path, postern_text rest, struct parquet_schema **schema,
                                   postern_error *error)
{
    char name[4096];
    snprintf(name, sizeof name, "%.*s", (int)path.size, path.data);
    struct parquet_schema *made = calloc(1, sizeof *made);
    if (!made) return kit_no_memory(error);
    FILE *file = fopen(name, "re");
    postern_status status = file ? read_lines(made, file, name, error)
                                 : kit_fail(error, POSTERN_E_CONFIG, "check schema and its rights",
                                            "cannot read %.200s: %s", name, strerror(errno));
    if (file) fclose(file);
    if (status >= 0 && is_known(made, rest))
        status = kit_fail(error, POSTERN_E_CONFIG, "give rest_column another name",
                          "%.200s has a column of the name of rest_column", name);
    if (status < 0)
        parquet_schema_free(made);
    else
        *schema = made;
    return status;
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

static bool is_of(const struct parquet_field *field, postern_text key)
{
    size_t size;
    postern_text path = kit_text(field->path);
    return kit_json_begins(path, key, &size) && size == path.size;
}

size_t parquet_field_of(const struct parquet_schema *schema, postern_text key, size_t *hint)
{
    for (size_t i = 0; i < schema->count; i++) {
        size_t index = (*hint + i) % schema->count;
        if (!is_of(&schema->fields[index], key)) continue;
        *hint = index + 1;
        return index;
    }
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
        good = add_field(made, known[i].name, known[i].path, known[i].type);
    if (good) return made;
    parquet_schema_free(made);
    return NULL;
}

static bool is_integer(postern_text number)
{
    size_t digits = number.size - (number.data[0] == '-');
    for (size_t i = 0; i < number.size; i++)
        if (number.data[i] == '.' || kit_lower(number.data[i]) == 'e') return false;
    return digits <= 18; /* longer ones may not fit */
}

/* PARQUET_NOTHING for null, PARQUET_JSON for what is no column of its own. */
static enum parquet_type type_of(postern_text value)
{
    char c = value.size ? value.data[0] : 'n';
    if (c == 'n') return PARQUET_NOTHING;
    if (c == '{' || c == '[') return PARQUET_JSON;
    if (c == '"') return PARQUET_STRING;
    if (c == 't' || c == 'f') return PARQUET_BOOLEAN;
    return is_integer(value) ? PARQUET_INT64 : PARQUET_DOUBLE;
}

/* What holds values of both; texts hold all. */
static enum parquet_type wider(enum parquet_type a, enum parquet_type b)
{
    if (a == b || b == PARQUET_NOTHING) return a;
    if (a == PARQUET_NOTHING) return b;
    bool numbers = (a == PARQUET_INT64 || a == PARQUET_DOUBLE) && (b == PARQUET_INT64 || b == PARQUET_DOUBLE);
    return numbers ? PARQUET_DOUBLE : PARQUET_STRING;
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
    return add_field(schema, key, key, type);
}

bool parquet_schema_infer(struct parquet_schema *schema, postern_text event, postern_text rest)
{
    postern_text key, value;
    event = kit_trim(event);
    const char *at = event.data + (event.size > 0), *end = kit_end(event);
    size_t hint = 0;
    while (parquet_next_member(&at, end, &key, &value)) {
        enum parquet_type type = type_of(value);
        if (type == PARQUET_JSON) continue;
        size_t index = parquet_field_of(schema, key, &hint);
        if (index == SIZE_MAX && !infer_new(schema, key, type, rest)) return false;
        if (index != SIZE_MAX) schema->fields[index].type = wider(schema->fields[index].type, type);
    }
    return true;
}
