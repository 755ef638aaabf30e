#include "commands/parameters.h"
#include "base/error.h"
#include "base/text.h"
#include "base/units.h"
#include "parse/time_text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Which there are ---- */

void parameters_add(struct parameters *parameters, const postern_option *const *table)
{
    for (; table && *table && parameters->count < PARAMETERS; table++) {
        struct parameter *item = &parameters->items[parameters->count];
        *item = (struct parameter){.option = *table};
        text_to_string(text_of((*table)->name), item->name, sizeof item->name);
        for (char *c = item->name; *c; c++)
            if (*c == '_') *c = '-';
        bool known = false;
        for (size_t i = 0; i < parameters->count; i++)
            known |= strcmp(parameters->items[i].name, item->name) == 0;
        parameters->count += !known;
    }
}

void parameters_options(const struct parameters *parameters, const struct option *own, size_t own_count,
                        struct option into[])
{
    memcpy(into, own, own_count * sizeof *own);
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        int argument = item->option->type == POSTERN_OPTION_BOOLEAN ? no_argument : required_argument;
        into[own_count + i] = (struct option){item->name, argument, NULL, PARAMETER_FIRST + (int)i};
    }
    into[own_count + parameters->count] = (struct option){0};
}

bool parameters_take(struct parameters *parameters, int letter, const char *value)
{
    struct parameter *item = &parameters->items[letter - PARAMETER_FIRST];
    if (item->value_count == PARAMETERS) return false;
    item->values[item->value_count++] = value ? value : "true";
    return true;
}

/* ---- What was given ---- */

/* "2026-01-31", a time, or so long ago. */
static bool read_time(const char *text, int64_t now_ms, int64_t *ms)
{
    int64_t ago;
    char whole[64];
    if (duration_parse(text_of(text), &ago, NULL) == POSTERN_OK) {
        *ms = now_ms - ago;
        return true;
    }
    if (time_text_read(text_of(text), ms, NULL)) return true;
    if (strlen(text) != sizeof "2026-01-31" - 1) return false;
    snprintf(whole, sizeof whole, "%sT00:00:00Z", text);
    return time_text_read(text_of(whole), ms, NULL);
}

static bool read_integer(const char *text, int64_t *integer)
{
    char *end = NULL;
    *integer = strtoll(text, &end, 10);
    return *text && strlen(text) < 19 && *end == '\0';
}

/* What it must look like, if it does not. */
static const char *read_number(const postern_option *option, const char *text, int64_t now_ms,
                               int64_t *number)
{
    switch (option->type) {
    case POSTERN_OPTION_INTEGER:
        return read_integer(text, number) ? NULL : "a number";
    case POSTERN_OPTION_DURATION:
        return duration_parse(text_of(text), number, NULL) == POSTERN_OK ? NULL : "a time such as 15m";
    case POSTERN_OPTION_SIZE:
        return size_parse(text_of(text), number, NULL) == POSTERN_OK ? NULL : "a size such as 64KiB";
    case POSTERN_OPTION_TIME:
        return read_time(text, now_ms, number)
                   ? NULL
                   : "a point in time: 24h (so long ago), 2026-01-31 or 2026-01-31T23:59:59Z";
    default:
        *number = 1;
        return NULL;
    }
}

static bool read_text(const postern_option *option, const char *text, postern_error *error)
{
    for (const char *const *choice = option->choices; choice; choice++) {
        if (!*choice) {
            error_set(error, POSTERN_E_INVALID, "cannot be \"%s\"", text);
            return false;
        }
        if (strcmp(*choice, text) == 0) break;
    }
    return true;
}

static bool read_one(const struct parameter *given, const postern_option *option, int64_t now_ms,
                     struct option_value *value, postern_error *error)
{
    bool many = (option->flags & POSTERN_OPTION_REPEATABLE) != 0;
    const char *text = given->values[given->value_count - 1];
    if (given->value_count > 1 && !many && option->type != POSTERN_OPTION_BOOLEAN)
        return error_set(error, POSTERN_E_INVALID, "comes more than once"), false;
    if (option->type == POSTERN_OPTION_TEXT) {
        for (size_t i = 0; i < given->value_count; i++)
            if (!read_text(option, given->values[i], error)) return false;
        value->text = text;
        for (size_t i = 0; many && i < given->value_count; i++)
            value->items[value->item_count++].text = given->values[i];
        return true;
    }
    const char *expected = read_number(option, text, now_ms, &value->integer);
    bool bounded = option->minimum != 0 || option->maximum != 0;
    if (expected) return error_set(error, POSTERN_E_INVALID, "takes %s, not \"%s\"", expected, text), false;
    if (bounded && (value->integer < option->minimum || value->integer > option->maximum))
        return error_set(error, POSTERN_E_INVALID, "cannot be \"%s\"", text), false;
    return true;
}

/* NULL if it was not given and has no default that depends on the time. */
static const struct parameter *find_given(const struct parameters *parameters, const postern_option *option)
{
    for (size_t i = 0; i < parameters->count; i++)
        if (strcmp(parameters->items[i].option->name, option->name) == 0 && parameters->items[i].value_count)
            return &parameters->items[i];
    return NULL;
}

static bool has_option(const postern_option *const *table, const postern_option *option)
{
    for (; table && *table; table++)
        if (strcmp((*table)->name, option->name) == 0) return true;
    return false;
}

bool parameters_has(const struct parameters *parameters, const postern_option *option)
{
    return find_given(parameters, option) != NULL;
}

/* All that was given must be of this lookup. */
static bool check_given(const struct parameters *parameters, const postern_option *const *table,
                        postern_error *error)
{
    for (size_t i = 0; i < parameters->count; i++) {
        const struct parameter *item = &parameters->items[i];
        if (!item->value_count || has_option(table, item->option)) continue;
        error_set(error, POSTERN_E_INVALID, "--%s: this account's API does not know it", item->name);
        return false;
    }
    return true;
}

bool parameters_read(const struct parameters *parameters, const postern_option *const *table, int64_t now_ms,
                     postern_arena *arena, struct option_value **values, size_t *count, postern_error *error)
{
    size_t most = 0;
    while (table && table[most])
        most++;
    *count = 0;
    *values = arena_allocate(arena, (most + 1) * sizeof **values);
    if (!*values) return error_no_memory(error, NULL), false;
    if (!check_given(parameters, table, error)) return false;
    for (; table && *table; table++) {
        const postern_option *option = *table;
        const struct parameter *given = find_given(parameters, option);
        const struct parameter by_default = {.values = {option->default_value}, .value_count = 1};
        bool is_ago = option->type == POSTERN_OPTION_TIME && option->default_value;
        if (!given && option->flags & POSTERN_OPTION_REQUIRED)
            return error_set(error, POSTERN_E_INVALID, "%s is missing: %s", option->name, option->help),
                   false;
        if (!given && !is_ago) continue; /* options_new has the default */
        struct option_value *value = &(*values)[(*count)++];
        *value = (struct option_value){.name = option->name, .type = option->type};
        value->items = arena_allocate(arena, PARAMETERS * sizeof *value->items);
        if (!value->items) return error_no_memory(error, NULL), false;
        if (!read_one(given ? given : &by_default, option, now_ms, value, error)) {
            error_prefix(error, "--%s ", given ? given->name : option->name);
            return false;
        }
    }
    return true;
}
