/* Options of sources and sinks, checked against the tables that their modules declare. */
#include "base/error.h"
#include "base/text.h"
#include "config/check.h"
#include "config/path_template.h"

const char *const *options_names(struct check *check, const postern_option *options)
{
    static const char *const none[] = {NULL};
    size_t count = 0;
    while (options && options[count].name)
        count++;
    const char **names = check_allocate(check, (count + 1) * sizeof(*names));
    if (!names) return none;
    for (size_t i = 0; i < count; i++)
        names[i] = options[i].name;
    return names;
}

static bool read_path(struct check *check, const struct declaration *declaration,
                      const struct config_field *field, const char **path)
{
    postern_error error = ERROR_INIT;
    if (!field_path(check, declaration, field, path)) return false;
    if (path_template_check(*path, &error) >= 0) return true;
    field_problem(check, declaration, field, "%s", error.message);
    return false;
}

static bool read_list(struct check *check, const struct declaration *declaration,
                      const struct config_field *field, struct config_value *value)
{
    struct config_names names = {0};
    if (!field_names(check, declaration, field, &names)) return false;
    value->items = names.items;
    value->item_count = names.count;
    return true;
}

static bool read_option(struct check *check, const struct declaration *declaration,
                        const struct config_field *field, struct config_value *value)
{
    const char *text = NULL;
    bool boolean = false, good;
    switch (value->type) {
    case POSTERN_OPTION_TEXT:
        good = field_text(check, declaration, field, &text);
        break;
    case POSTERN_OPTION_PATH:
        good = read_path(check, declaration, field, &text);
        break;
    case POSTERN_OPTION_INTEGER:
        good = field_integer(check, declaration, field, &value->integer);
        break;
    case POSTERN_OPTION_DURATION:
        good = field_duration(check, declaration, field, &value->integer);
        break;
    case POSTERN_OPTION_SIZE:
        good = field_size(check, declaration, field, &value->integer);
        break;
    case POSTERN_OPTION_LIST:
        good = read_list(check, declaration, field, value);
        break;
    case POSTERN_OPTION_SECRET:
        good = field_secret(check, declaration, field, &value->secret);
        break;
    case POSTERN_OPTION_BOOLEAN:
        good = field_boolean(check, declaration, field, &boolean);
        value->integer = boolean;
        break;
    default:
        good = false;
        break;
    }
    if (text) value->text = check_copy(check, text_of(text));
    return good;
}

void options_read(struct check *check, const struct declaration *declaration, const postern_option *options,
                  struct config_value **values, size_t *count)
{
    size_t option_count = 0;
    while (options && options[option_count].name)
        option_count++;
    *values = check_allocate(check, option_count * sizeof(**values));
    if (!*values) return;
    for (size_t i = 0; i < option_count; i++) {
        const struct config_field *field = declaration_field(declaration, options[i].name);
        if (!field) {
            if (options[i].required)
                problem_at(check->problems, declaration->line, "%s has no %s: %s", declaration->title,
                           options[i].name, options[i].help ? options[i].help : "it is required");
            continue;
        }
        struct config_value *value = &(*values)[*count];
        *value = (struct config_value){.name = options[i].name, .type = options[i].type};
        read_option(check, declaration, field, value);
        (*count)++; /* also when it is wrong: a secret in it is released with the rest */
    }
}
