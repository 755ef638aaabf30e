/* Reads the fields of a declaration, each as a value of its type or a problem with its place. */
#include "base/arena.h"
#include "base/error.h"
#include "base/name.h"
#include "base/text.h"
#include "base/units.h"
#include "config/check.h"
#include "config/reference.h"
#include <stdarg.h>
#include <stdio.h>

void *check_allocate(struct check *check, size_t size)
{
    void *memory = arena_allocate(check->config->arena, size ? size : 1);
    if (!memory) check->out_of_memory = true;
    return memory;
}

char *check_copy(struct check *check, postern_text text)
{
    postern_text copy = arena_copy(check->config->arena, text);
    if (!copy.data) check->out_of_memory = true;
    return (char *)(uintptr_t)copy.data;
}

void field_problem(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, const char *format, ...)
{
    char words[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof(words), format, arguments);
    va_end(arguments);
    if (declaration)
        problem_at(check->problems, field->line, "%s of %s %s", field->key, declaration->title, words);
    else
        problem_at(check->problems, field->line, "%s %s", field->key, words);
}

/* "not the number 15", "not a list" ... Texts and references are not quoted: they may be secrets. */
static const char *describe_value(const struct config_node *value, char buffer[64])
{
    switch (value->type) {
    case VALUE_BOOLEAN:
        return value->boolean ? "not true" : "not false";
    case VALUE_INTEGER:
        snprintf(buffer, 64, "not the number %lld", (long long)value->integer);
        return buffer;
    case VALUE_NUMBER:
        snprintf(buffer, 64, "not the number %.14g", value->number);
        return buffer;
    case VALUE_TEXT:
        return "not a text";
    case VALUE_LIST:
        return "not a list";
    case VALUE_TABLE:
        return "not a table with keys";
    case VALUE_REFERENCE:
        snprintf(buffer, 64, "and %s is for secrets", reference_kind_name(value->reference.kind));
        return buffer;
    default:
        return "not a function";
    }
}

static bool wrong_type(struct check *check, const struct declaration *declaration,
                       const struct config_field *field, const char *wanted)
{
    char buffer[64];
    if (field->value.type != VALUE_UNKNOWN)
        field_problem(check, declaration, field, "takes %s, %s", wanted,
                      describe_value(&field->value, buffer));
    return false;
}

/* A text without NUL bytes. */
bool field_text(struct check *check, const struct declaration *declaration, const struct config_field *field,
                const char **text)
{
    if (field->value.type != VALUE_TEXT) return wrong_type(check, declaration, field, "a text");
    if (memchr(field->value.text.data, 0, field->value.text.size)) {
        field_problem(check, declaration, field, "holds a zero byte");
        return false;
    }
    *text = field->value.text.data;
    return true;
}

bool field_boolean(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, bool *boolean)
{
    if (field->value.type != VALUE_BOOLEAN) return wrong_type(check, declaration, field, "true or false");
    *boolean = field->value.boolean;
    return true;
}

bool field_integer(struct check *check, const struct declaration *declaration,
                   const struct config_field *field, int64_t *integer)
{
    if (field->value.type != VALUE_INTEGER) return wrong_type(check, declaration, field, "a whole number");
    *integer = field->value.integer;
    return true;
}

bool field_duration(struct check *check, const struct declaration *declaration,
                    const struct config_field *field, int64_t *ms)
{
    if (field->value.type != VALUE_TEXT)
        return wrong_type(check, declaration, field, "a duration with its unit such as \"15m\"");
    postern_error error = ERROR_INIT;
    if (duration_parse(field->value.text, ms, &error) >= 0) return true;
    problem_at(check->problems, field->line, "%s of %s: %s", field->key, declaration->title, error.message);
    return false;
}

bool field_size(struct check *check, const struct declaration *declaration, const struct config_field *field,
                int64_t *bytes)
{
    if (field->value.type != VALUE_TEXT)
        return wrong_type(check, declaration, field, "a size with its unit such as \"64KiB\"");
    postern_error error = ERROR_INIT;
    if (size_parse(field->value.text, bytes, &error) >= 0) return true;
    problem_at(check->problems, field->line, "%s of %s: %s", field->key, declaration->title, error.message);
    return false;
}

bool field_path(struct check *check, const struct declaration *declaration, const struct config_field *field,
                const char **path)
{
    const char *text;
    if (!field_text(check, declaration, field, &text)) return false;
    if (text[0] != '/') {
        field_problem(check, declaration, field,
                      "must be an absolute path (beginning with \"/\"), not \"%s\"", text);
        return false;
    }
    *path = text;
    return true;
}

/* The texts of a list by their first place. */
static struct text_index index_texts(struct check *check, const struct config_node *list)
{
    struct text_place *places = check_allocate(check, list->count * sizeof *places);
    size_t count = 0;
    for (size_t i = 0; places && i < list->count; i++)
        if (list->items[i].type == VALUE_TEXT)
            places[count++] = (struct text_place){list->items[i].text.data, i};
    return text_index_new(places, count);
}

bool field_names(struct check *check, const struct declaration *declaration, const struct config_field *field,
                 struct config_names *names)
{
    const struct config_node *value = &field->value;
    if (value->type == VALUE_TEXT) {
        field_problem(check, declaration, field, "takes a list: %s = { \"%s\" }", field->key,
                      value->text.data);
        return false;
    }
    if (value->type != VALUE_LIST)
        return wrong_type(check, declaration, field, "a list of texts such as { \"a\", \"b\" }");
    names->items = check_allocate(check, value->count * sizeof(*names->items));
    struct text_index first = index_texts(check, value);
    if (!names->items || check->out_of_memory) return false;
    bool good = true;
    for (size_t i = 0; i < value->count; i++) {
        const struct config_node *item = &value->items[i];
        if (item->type != VALUE_TEXT) {
            char buffer[64];
            if (item->type != VALUE_UNKNOWN)
                field_problem(check, declaration, field, "takes texts, %s", describe_value(item, buffer));
            good = false;
            continue;
        }
        if (text_index_find(&first, item->text.data) < i) {
            field_problem(check, declaration, field, "names \"%s\" twice", item->text.data);
            good = false;
            continue;
        }
        char *copy = check_copy(check, item->text);
        if (!copy) return false;
        names->items[names->count++] = copy;
    }
    return good;
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

void check_known_keys(struct check *check, const struct declaration *declaration, const char *const *keys,
                      const char *const *more_keys)
{
    const char *all[128];
    size_t count = 0;
    for (size_t i = 0; keys[i] && count < 126; i++)
        all[count++] = keys[i];
    for (size_t i = 0; more_keys && more_keys[i] && count < 126; i++)
        all[count++] = more_keys[i];
    all[count] = NULL;
    for (size_t i = 0; i < declaration->count; i++) {
        const struct config_field *field = &declaration->fields[i];
        if (is_listed(keys, field->key) || is_listed(more_keys, field->key)) continue;
        char near[SUGGESTION_SIZE];
        problem_at(check->problems, field->line, "unknown key \"%s\" in %s%s", field->key, declaration->title,
                   suggestion_or_list(field->key, all, near));
    }
}

/* Those of the kind, ends with NULL; NULL if out of memory. */
static const struct declaration **list_kind(struct check *check, const char *kind)
{
    size_t count = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        count += strcmp(d->kind, kind) == 0;
    const struct declaration **list = check_allocate(check, (count + 1) * sizeof(const struct declaration *));
    count = 0;
    for (const struct declaration *d = check->document->first; list && d; d = d->next)
        if (strcmp(d->kind, kind) == 0) list[count++] = d;
    return list;
}

static struct text_index index_titles(struct check *check, const struct declaration *const *list)
{
    size_t count = 0;
    while (list[count])
        count++;
    struct text_place *places = check_allocate(check, count * sizeof *places);
    for (size_t i = 0; places && i < count; i++)
        places[i] = (struct text_place){list[i]->title, i};
    return text_index_new(places, places ? count : 0);
}

void check_declarations(struct check *check, const char *kind, bool valid_name)
{
    const struct declaration **list = list_kind(check, kind);
    if (!list) return;
    struct text_index titles = index_titles(check, list);
    for (size_t i = 0; list[i]; i++) {
        const struct declaration *d = list[i];
        size_t first = text_index_find(&titles, d->title);
        if (first < i)
            problem_at(check->problems, d->line, "%s is declared twice (first on line %d)", d->title,
                       list[first]->line);
        if (!d->complete && d->name)
            problem_at(check->problems, d->line, "%s is not followed by { ... }", d->title);
        if (valid_name && !name_is_valid(text_of(d->name)))
            problem_at(
                check->problems, d->line,
                "%s: a name consists of a-z, 0-9, \"-\" and \"_\", begins with a letter or digit and has at "
                "most %d characters",
                d->title, NAME_LIMIT);
    }
}

struct text_index check_index(struct check *check, const char *const *names)
{
    size_t count = 0;
    while (names[count])
        count++;
    struct text_place *places = check_allocate(check, count * sizeof *places);
    for (size_t i = 0; places && i < count; i++)
        places[i] = (struct text_place){names[i], i};
    return text_index_new(places, places ? count : 0);
}

const char *const *check_names(struct check *check, const void *items, size_t count, size_t item_size,
                               size_t offset, const char *extra)
{
    const char **names = check_allocate(check, (count + 2) * sizeof(*names));
    if (!names) {
        static const char *const none[] = {NULL};
        return none;
    }
    for (size_t i = 0; i < count; i++)
        names[i] = (const char *)items + i * item_size + offset;
    names[count] = extra;
    return names;
}

bool field_table(struct check *check, const struct declaration *declaration, const struct config_field *field,
                 const char *what, struct declaration *inside)
{
    const struct config_node *value = &field->value;
    bool is_empty = value->type == VALUE_LIST && value->count == 0;
    if (value->type != VALUE_TABLE && !is_empty) {
        if (value->type != VALUE_UNKNOWN) field_problem(check, declaration, field, "takes %s: { ... }", what);
        return false;
    }
    postern_text title = arena_printf(check->config->arena, "%s of %s", field->key, declaration->title);
    if (!title.data) check->out_of_memory = true;
    *inside = (struct declaration){.kind = declaration->kind,
                                   .name = declaration->name,
                                   .title = title.data ? title.data : declaration->title,
                                   .line = field->line,
                                   .complete = true,
                                   .fields = value->fields,
                                   .count = value->field_count};
    for (size_t i = 0; i < inside->count; i++) /* what a program made has no line of its own */
        if (!inside->fields[i].line) inside->fields[i].line = field->line;
    return true;
}
