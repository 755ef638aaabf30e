/* Options of sources, sinks and accounts, checked against the tables that their modules declare. */
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "config/check.h"
#include "config/path_template.h"
#include <stdio.h>
#include <stdlib.h>

const char *const *options_names(struct check *check, const postern_option *const *options)
{
    static const char *const none[] = {NULL};
    size_t count = 0;
    while (options && options[count])
        count++;
    const char **names = check_allocate(check, (count + 1) * sizeof(*names));
    if (!names) return none;
    for (size_t i = 0; i < count; i++)
        names[i] = options[i]->name;
    return names;
}

/* One option while it is read. */
struct option_reading {
    struct check *check;
    const struct declaration *declaration;
    const struct config_field *field;
    const postern_option *option;
    struct option_value *value;
};

/* ---- Numbers ---- */

static const char *format_bound(const postern_option *option, int64_t bound, char buffer[32])
{
    if (option->type == POSTERN_OPTION_DURATION) return duration_format(bound, buffer);
    if (option->type == POSTERN_OPTION_SIZE) return size_format(bound, buffer);
    snprintf(buffer, 32, "%lld", (long long)bound);
    return buffer;
}

static bool is_within(const struct option_reading *reading)
{
    const postern_option *option = reading->option;
    int64_t value = reading->value->integer;
    char minimum[32], maximum[32];
    if (option->minimum == 0 && option->maximum == 0) return true;
    if (value >= option->minimum && value <= option->maximum) return true;
    field_problem(reading->check, reading->declaration, reading->field, "must be from %s to %s",
                  format_bound(option, option->minimum, minimum),
                  format_bound(option, option->maximum, maximum));
    return false;
}

static bool read_number(const struct option_reading *reading)
{
    struct check *check = reading->check;
    int64_t *integer = &reading->value->integer;
    bool boolean = false, good;
    switch (reading->option->type) {
    case POSTERN_OPTION_DURATION:
        good = field_duration(check, reading->declaration, reading->field, integer);
        break;
    case POSTERN_OPTION_SIZE:
        good = field_size(check, reading->declaration, reading->field, integer);
        break;
    case POSTERN_OPTION_BOOLEAN:
        good = field_boolean(check, reading->declaration, reading->field, &boolean);
        *integer = boolean;
        return good;
    default:
        good = field_integer(check, reading->declaration, reading->field, integer);
        break;
    }
    return good && is_within(reading);
}

/* ---- Texts ---- */

static bool is_choice(const struct option_reading *reading, const struct config_field *field,
                      const char *text)
{
    const char *const *choices = reading->option->choices;
    char near[SUGGESTION_SIZE];
    if (!choices) return true;
    for (size_t i = 0; choices[i]; i++)
        if (strcmp(choices[i], text) == 0) return true;
    field_problem(reading->check, reading->declaration, field, "cannot be \"%s\"%s", text,
                  suggestion_or_list(text, choices, near));
    return false;
}

static bool template_is_valid(const struct option_reading *reading, const struct config_field *field,
                              const char *text)
{
    const postern_option *option = reading->option;
    bool is_path = option->type == POSTERN_OPTION_PATH;
    bool is_template = option->type == POSTERN_OPTION_TEMPLATE || option->flags & POSTERN_OPTION_TEMPLATES;
    postern_error error = ERROR_INIT;
    postern_status status = POSTERN_OK;
    if (is_template) status = template_check(text, reading->check->old_templates, &error);
    if (!is_template && is_path && strstr(text, "%{"))
        status = error_set(&error, POSTERN_E_CONFIG, "takes no placeholders such as %%{account}");
    if (status >= 0 && is_path) status = path_check_parts(text, &error);
    if (status >= 0) return true;
    field_problem(reading->check, reading->declaration, field, "%s", error.message);
    return false;
}

/* true and false are texts where the choices have them: so a switch can come to have more settings. */
static struct config_field as_text(const struct option_reading *reading, const struct config_field *field)
{
    struct config_field text = *field;
    const char *word = field->value.boolean ? "true" : "false";
    const char *const *choice = reading->option->choices;
    if (reading->option->type != POSTERN_OPTION_TEXT || field->value.type != VALUE_BOOLEAN) return text;
    while (choice && *choice && strcmp(*choice, word) != 0)
        choice++;
    if (!choice || !*choice) return text;
    text.value = (struct config_node){.type = VALUE_TEXT, .text = text_of(word)};
    return text;
}

/* A text that the module gets as it stands; `written` may be an item of the option's own. */
static bool read_text(const struct option_reading *reading, const struct config_field *written,
                      const char **into)
{
    const char *text = NULL;
    const struct config_field as_it_is = as_text(reading, written), *field = &as_it_is;
    bool good = reading->option->type == POSTERN_OPTION_PATH
                    ? field_path(reading->check, reading->declaration, field, &text)
                    : field_text(reading->check, reading->declaration, field, &text);
    if (!good || !is_choice(reading, field, text) || !template_is_valid(reading, field, text)) return false;
    return (*into = check_copy(reading->check, text_of(text))) != NULL;
}

static bool read_text_or_secret(const struct option_reading *reading, const struct config_field *field,
                                const char **text, struct secret **secret)
{
    bool is_secret = reading->option->type == POSTERN_OPTION_SECRET ||
                     (reading->option->type == POSTERN_OPTION_MAP && field->value.type == VALUE_REFERENCE);
    return is_secret ? field_secret(reading->check, reading->declaration, field, secret)
                     : read_text(reading, field, text);
}

/* ---- Several texts ---- */

static bool read_list(const struct option_reading *reading)
{
    struct config_names names = {0};
    bool good = field_names(reading->check, reading->declaration, reading->field, &names);
    struct option_item *items = check_allocate(reading->check, names.count * sizeof(*items));
    if (!items) return false;
    for (size_t i = 0; i < names.count; i++) {
        items[i].text = names.items[i];
        if (!is_choice(reading, reading->field, names.items[i]) ||
            !template_is_valid(reading, reading->field, names.items[i]))
            good = false;
    }
    reading->value->items = items;
    reading->value->item_count = names.count;
    return good;
}

static bool read_repeated(const struct option_reading *reading)
{
    const struct config_node *list = &reading->field->value;
    struct option_item *items = check_allocate(reading->check, list->count * sizeof(*items));
    bool good = items != NULL;
    reading->value->items = items;
    for (size_t i = 0; items && i < list->count; i++) {
        const struct config_field item = {reading->field->key, reading->field->line, list->items[i]};
        struct option_item *into = &items[reading->value->item_count++];
        if (!read_text_or_secret(reading, &item, &into->text, &into->secret)) good = false;
    }
    return good;
}

/* What a program made has no line of its own. */
static int line_of(const struct option_reading *reading, const struct config_field *inner)
{
    return inner->line ? inner->line : reading->field->line;
}

static bool read_map(const struct option_reading *reading)
{
    const struct config_node *map = &reading->field->value;
    bool is_empty = map->type == VALUE_LIST && map->count == 0;
    if (map->type != VALUE_TABLE && !is_empty) {
        field_problem(reading->check, reading->declaration, reading->field,
                      "takes texts by name such as { Accept = \"text/plain\" }");
        return false;
    }
    struct option_item *items = check_allocate(reading->check, map->field_count * sizeof(*items));
    bool good = items != NULL;
    reading->value->items = items;
    for (size_t i = 0; items && i < map->field_count; i++) {
        struct option_item *into = &items[reading->value->item_count++];
        into->name = check_copy(reading->check, text_of(map->fields[i].key));
        const struct config_field item = {reading->field->key, line_of(reading, &map->fields[i]),
                                          map->fields[i].value};
        if (!read_text_or_secret(reading, &item, &into->text, &into->secret)) good = false;
    }
    return good;
}

static bool read_option(const struct option_reading *reading)
{
    bool many = (reading->option->flags & POSTERN_OPTION_REPEATABLE) != 0;
    switch (reading->option->type) {
    case POSTERN_OPTION_LIST:
        return read_list(reading);
    case POSTERN_OPTION_MAP:
        return read_map(reading);
    case POSTERN_OPTION_TEXT:
    case POSTERN_OPTION_PATH:
    case POSTERN_OPTION_TEMPLATE:
    case POSTERN_OPTION_SECRET:
        if (many && reading->field->value.type == VALUE_LIST) return read_repeated(reading);
        return read_text_or_secret(reading, reading->field, &reading->value->text, &reading->value->secret);
    default:
        return read_number(reading);
    }
}

void options_read(struct check *check, const struct declaration *declaration,
                  const postern_option *const *options, struct option_value **values, size_t *count)
{
    size_t option_count = 0;
    while (options && options[option_count])
        option_count++;
    *values = check_allocate(check, option_count * sizeof(**values));
    if (!*values) return;
    for (size_t i = 0; i < option_count; i++) {
        const postern_option *option = options[i];
        const struct config_field *field = declaration_field(declaration, option->name);
        if (!field) {
            if (option->flags & POSTERN_OPTION_REQUIRED)
                problem_at(check->problems, declaration->line, "%s has no %s: %s", declaration->title,
                           option->name, option->help);
            continue;
        }
        struct option_value *value = &(*values)[*count];
        *value = (struct option_value){.name = option->name, .type = option->type};
        read_option(&(struct option_reading){check, declaration, field, option, value});
        (*count)++; /* also when it is wrong: a secret in it is released with the rest */
    }
}

void options_release(struct option_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        secret_release(values[i].secret);
        for (size_t k = 0; k < values[i].item_count; k++)
            secret_release(values[i].items[k].secret);
    }
}
