#include "module/options.h"
#include "base/text.h"
#include "base/units.h"
#include "module/registry.h"
#include <stdlib.h>

struct postern_options {
    size_t count;
    struct option_value values[];
};

/* The default as the option table writes it; the table was checked when the module was loaded. */
static bool default_value(const postern_option *option, struct option_value *value)
{
    if (!option->default_value) return false;
    postern_text text = text_of(option->default_value);
    *value = (struct option_value){.name = option->name, .type = option->type};
    switch (option->type) {
    case POSTERN_OPTION_INTEGER:
        value->integer = strtoll(option->default_value, NULL, 10);
        return true;
    case POSTERN_OPTION_BOOLEAN:
        value->integer = text_is(text, "true");
        return true;
    case POSTERN_OPTION_DURATION:
        return duration_parse(text, &value->integer, NULL) == POSTERN_OK;
    case POSTERN_OPTION_SIZE:
        return size_parse(text, &value->integer, NULL) == POSTERN_OK;
    case POSTERN_OPTION_TEXT:
    case POSTERN_OPTION_PATH:
        value->text = text;
        return true;
    default:
        return false;
    }
}

static const struct option_value *find(const struct option_value *values, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(values[i].name, name)) return &values[i];
    return NULL;
}

postern_options *options_new(const postern_option *table, const struct option_value *values, size_t count)
{
    size_t most = 0;
    for (const postern_option *option = table; option && option->name; option++)
        most++;
    postern_options *options = calloc(1, sizeof *options + most * sizeof *options->values);
    if (!options) return NULL;
    for (const postern_option *option = table; option && option->name; option++) {
        struct option_value *into = &options->values[options->count];
        const struct option_value *given = find(values, count, option->name);
        if (given) *into = *given;
        if (given || default_value(option, into)) options->count++;
    }
    return options;
}

void options_free(postern_options *options)
{
    free(options);
}

static const struct option_value *get(const postern_options *options, const char *name)
{
    return options ? find(options->values, options->count, name) : NULL;
}

bool options_text(const postern_options *options, const char *name, postern_text *value)
{
    const struct option_value *found = get(options, name);
    if (!found) return false;
    if (found->type != POSTERN_OPTION_TEXT && found->type != POSTERN_OPTION_PATH &&
        found->type != POSTERN_OPTION_SECRET)
        return false;
    *value = found->text;
    return true;
}

bool options_integer(const postern_options *options, const char *name, int64_t *value)
{
    const struct option_value *found = get(options, name);
    if (!found || found->type < POSTERN_OPTION_INTEGER || found->type > POSTERN_OPTION_SIZE) return false;
    *value = found->integer;
    return true;
}

bool options_item(const postern_options *options, const char *name, size_t index, postern_text *value)
{
    const struct option_value *found = get(options, name);
    if (!found || found->type != POSTERN_OPTION_LIST || index >= found->item_count) return false;
    *value = found->items[index];
    return true;
}
