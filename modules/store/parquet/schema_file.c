/* The user's list of columns: a line each, the members of a struct below it and further in. */
#include "parquet/schema.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_SIZE 1024

static const char *const type_names[] = {NULL,        "string",       "int64", "double", "boolean",
                                         "timestamp", "timestamp_us", "json",  "struct"};

static postern_text next_word(const char **at)
{
    while (kit_is_space(**at))
        ++*at;
    const char *from = *at;
    while (**at && !kit_is_space(**at))
        ++*at;
    return kit_between(from, *at);
}

static bool is_known(const struct parquet_schema *schema, size_t parent, postern_text name)
{
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].parent == parent && kit_is(name, schema->fields[i].name)) return true;
    return false;
}

/* A member fills one column. */
static bool is_path_known(const struct parquet_schema *schema, size_t parent, postern_text path)
{
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].parent == parent && kit_is(path, schema->fields[i].path)) return true;
    return false;
}

/* "list<list<int64>>": the lists around it are counted. */
static enum parquet_type read_type(postern_text text, size_t *lists)
{
    for (*lists = 0; kit_starts_with(text, "list<") && text.data[text.size - 1] == '>'; ++*lists)
        text = kit_span(text.data + 5, text.size - 6);
    for (int i = PARQUET_STRING; i <= PARQUET_STRUCT; i++)
        if (kit_is(text, type_names[i])) return (enum parquet_type)i;
    return PARQUET_NOTHING;
}

/* Structs that are open, and how far in they stand. */
struct open_structs {
    size_t index[PARQUET_DEPTH], indent[PARQUET_DEPTH], count;
    size_t member_indent; /* of the last line's field */
};

/* Which struct the line's field belongs to, by how far in it stands. NULL: *parent is it. */
static const char *find_parent(const struct parquet_schema *schema, struct open_structs *open, size_t indent,
                               size_t *parent)
{
    bool is_deeper = schema->count && indent > open->member_indent;
    if (is_deeper && (!open->count || open->indent[open->count - 1] != open->member_indent))
        return "it stands further in than the line above, which is no struct";
    while (open->count && open->indent[open->count - 1] >= indent)
        open->count--;
    *parent = open->count ? open->index[open->count - 1] : SIZE_MAX;
    /* Members of one struct stand equally far in: so does the first of them. */
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].parent == *parent && schema->indents[i] != indent)
            return "it stands neither as far in as the members above nor as their struct";
    open->member_indent = indent;
    return NULL;
}

static const char *take_field(struct parquet_schema *schema, struct open_structs *open, size_t indent,
                              postern_text name, postern_text type_name, postern_text path)
{
    struct parquet_field form = {0};
    form.type = read_type(type_name, &form.lists);
    if (form.type == PARQUET_NOTHING)
        return "the type is none of string, int64, double, boolean, timestamp, timestamp_us, json, struct, "
               "list<type>";
    if (kit_starts_with(path, "%{") && (form.lists || form.type == PARQUET_STRUCT))
        return "what Postern knows of an event is no list and no struct";
    const char *wrong = find_parent(schema, open, indent, &form.parent);
    if (wrong) return wrong;
    if (form.lists > PARQUET_DEPTH || (form.type == PARQUET_STRUCT && open->count == PARQUET_DEPTH))
        return "there are more than 8 structs or lists in each other";
    if (is_known(schema, form.parent, name)) return "there is a column of that name already";
    if (is_path_known(schema, form.parent, path.size ? path : name))
        return "a column above has that path, and a value goes into one: leave one of the two out";
    if (schema->count == PARQUET_COLUMNS) return "there are more than 500 columns";
    if (form.type == PARQUET_STRUCT) {
        open->index[open->count] = schema->count;
        open->indent[open->count++] = indent;
    }
    schema->indents[schema->count] = indent;
    return parquet_schema_add(schema, name, path.size ? path : name, form) ? NULL : "out of memory";
}

/* What is wrong with the line; NULL: it was taken. */
static const char *read_line(struct parquet_schema *schema, struct open_structs *open, char *line)
{
    line[strcspn(line, "#")] = '\0';
    const char *at = line;
    size_t indent = strspn(line, " ");
    postern_text name = next_word(&at), type_name = next_word(&at), path = next_word(&at);
    if (name.size == 0) return NULL;
    if (name.data != line + indent) return "a tab stands in front: stand in with blanks";
    if (next_word(&at).size) return "there is more than name, type and path";
    return take_field(schema, open, indent, name, type_name, path);
}

/* A struct without members has no place in a file. */
static const char *check_structs(const struct parquet_schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].type == PARQUET_STRUCT && schema->fields[i].behind == i + 1)
            return schema->fields[i].name;
    return NULL;
}

static postern_status read_lines(struct parquet_schema *schema, FILE *file, const char *name,
                                 postern_error *error)
{
    char line[LINE_SIZE];
    struct open_structs open = {0};
    for (int number = 1; fgets(line, sizeof line, file); number++) {
        const char *wrong =
            strlen(line) + 1 == sizeof line ? "the line is too long" : read_line(schema, &open, line);
        if (wrong)
            return kit_fail(error, POSTERN_E_CONFIG, "write a column a line: name type [path]",
                            "%.200s:%d: %s", name, number, wrong);
    }
    if (ferror(file)) return kit_fail(error, POSTERN_E_RETRY, NULL, "cannot read %.200s", name);
    const char *empty = check_structs(schema);
    if (empty)
        return kit_fail(error, POSTERN_E_CONFIG, "write its members below it, further in",
                        "%.200s: the struct %.200s has no members", name, empty);
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
    if (status >= 0 && is_known(made, SIZE_MAX, rest))
        status = kit_fail(error, POSTERN_E_CONFIG, "give rest_column another name",
                          "%.200s has a column of the name of rest_column", name);
    if (status < 0)
        parquet_schema_free(made);
    else
        *schema = made;
    return status;
}
