/* Checks the options that a module declares. */
#include "base/text.h"
#include "base/units.h"
#include "module/descriptor/parts.h"
#include <stdlib.h>
#include <string.h>

#define KNOWN_FLAGS                                                                                          \
    (POSTERN_OPTION_REQUIRED | POSTERN_OPTION_REPEATABLE | POSTERN_OPTION_HIDDEN | POSTERN_OPTION_TEMPLATES)

static bool is_one_of(uint32_t type, const uint32_t *types)
{
    for (; *types; types++)
        if (*types == type) return true;
    return false;
}

static const uint32_t numbers[] = {POSTERN_OPTION_INTEGER, POSTERN_OPTION_DURATION, POSTERN_OPTION_SIZE, 0};
static const uint32_t repeatable[] = {POSTERN_OPTION_TEXT, POSTERN_OPTION_SECRET, POSTERN_OPTION_PATH,
                                      POSTERN_OPTION_TEMPLATE, 0};
static const uint32_t templates[] = {POSTERN_OPTION_PATH, POSTERN_OPTION_LIST, POSTERN_OPTION_MAP, 0};
static const uint32_t with_choices[] = {POSTERN_OPTION_TEXT, POSTERN_OPTION_LIST, 0};
static const uint32_t parameters[] = {POSTERN_OPTION_TEXT,
                                      POSTERN_OPTION_INTEGER,
                                      POSTERN_OPTION_BOOLEAN,
                                      POSTERN_OPTION_DURATION,
                                      POSTERN_OPTION_SIZE,
                                      POSTERN_OPTION_TIME,
                                      0};
static const uint32_t without_default[] = {POSTERN_OPTION_LIST, POSTERN_OPTION_MAP, POSTERN_OPTION_SECRET, 0};

static bool is_integer(postern_text text, int64_t *integer)
{
    size_t sign = text.size && text.data[0] == '-', digits = strspn(text.data + sign, "0123456789");
    *integer = strtoll(text.data, NULL, 10);
    return digits > 0 && digits < 19 && sign + digits == text.size;
}

static bool is_within(const postern_option *option, int64_t value)
{
    bool any = option->minimum == 0 && option->maximum == 0;
    return any || (value >= option->minimum && value <= option->maximum);
}

static bool is_choice(const postern_option *option, postern_text text)
{
    for (const char *const *choice = option->choices; choice && *choice; choice++)
        if (text_is(text, *choice)) return true;
    return !option->choices;
}

static bool default_is_valid(const postern_option *option)
{
    int64_t value = 0;
    postern_text text = text_of(option->default_value);
    switch (option->type) {
    case POSTERN_OPTION_INTEGER:
        return is_integer(text, &value) && is_within(option, value);
    case POSTERN_OPTION_BOOLEAN:
        return text_is(text, "true") || text_is(text, "false");
    case POSTERN_OPTION_DURATION:
        return duration_parse(text, &value, NULL) == POSTERN_OK && is_within(option, value);
    case POSTERN_OPTION_SIZE:
        return size_parse(text, &value, NULL) == POSTERN_OK && is_within(option, value);
    case POSTERN_OPTION_TIME: /* so long ago */
        return duration_parse(text, &value, NULL) == POSTERN_OK;
    default:
        return is_choice(option, text);
    }
}

/* What is wrong with the option by itself; NULL if nothing. */
static const char *fault_of(const postern_option *option)
{
    bool bounded = option->minimum != 0 || option->maximum != 0;
    bool many = (option->flags & POSTERN_OPTION_REPEATABLE) != 0;
    if (!is_line(option->help)) return "has no help of one line";
    if (many && !is_one_of(option->type, repeatable)) return "is repeatable, which its type cannot be";
    if (option->flags & POSTERN_OPTION_TEMPLATES && !is_one_of(option->type, templates))
        return "has templates, which its type cannot have";
    if (bounded && !is_one_of(option->type, numbers)) return "has bounds and is no number";
    if (option->minimum > option->maximum) return "has a minimum above its maximum";
    if (option->choices && !is_one_of(option->type, with_choices))
        return "has choices, which its type cannot have";
    if (option->choices && !option->choices[0]) return "has an empty list of choices";
    if (!option->default_value) return NULL;
    if (option->flags & POSTERN_OPTION_REQUIRED) return "is required and has a default";
    if (many || is_one_of(option->type, without_default)) return "has a default, which its type cannot have";
    return default_is_valid(option) ? NULL : "has a default that does not fit its type, bounds or choices";
}

static postern_status check_option(const struct inspection *at, const postern_option *option)
{
    postern_status status = check_size(at, "option", option->size, SIZE_THROUGH(postern_option, choices));
    if (status == POSTERN_OK) status = check_flags(at, "option", option->name, option->flags, KNOWN_FLAGS);
    if (status < 0) return status;
    if (!is_name(option->name, "_")) return malformed(at, "option", option->name, "has no valid name");
    if (option->type < POSTERN_OPTION_TEXT || option->type > POSTERN_OPTION_TIME)
        return unknown(at, "option", option->name, "has an unknown type");
    const char *fault = fault_of(option);
    return fault ? malformed(at, "option", option->name, fault) : POSTERN_OK;
}

static postern_status check_table(const struct inspection *at, const postern_option *const *table)
{
    for (const postern_option *const *option = table; option && *option; option++) {
        postern_status status = check_option(at, *option);
        if (status < 0) return status;
        for (const postern_option *const *other = table; other != option; other++)
            if (!strcmp((*other)->name, (*option)->name))
                return malformed(at, "option", (*option)->name, "comes twice");
    }
    return POSTERN_OK;
}

postern_status check_options(const struct inspection *at, const postern_option *const *table)
{
    postern_status status = check_table(at, table);
    for (const postern_option *const *option = table; status == POSTERN_OK && option && *option; option++)
        if ((*option)->type == POSTERN_OPTION_TIME)
            return malformed(at, "option", (*option)->name,
                             "has a type that only parameters of lookups have");
    return status;
}

/* Words of the command itself. */
static bool is_word_of_commands(const char *name)
{
    static const char *const words[] = {"config", "help", "json", "table"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i], name)) return true;
    return false;
}

postern_status check_parameters(const struct inspection *at, const postern_option *const *table)
{
    postern_status status = check_table(at, table);
    for (const postern_option *const *option = table; status == POSTERN_OK && option && *option; option++) {
        if (!is_one_of((*option)->type, parameters))
            return malformed(at, "parameter", (*option)->name, "has a type that no parameter has");
        if ((*option)->type == POSTERN_OPTION_BOOLEAN && (*option)->default_value)
            return malformed(at, "parameter", (*option)->name, "is given or not, and has a default");
        if ((*option)->flags & POSTERN_OPTION_TEMPLATES)
            return malformed(at, "parameter", (*option)->name, "has templates, which no parameter has");
        if (is_word_of_commands((*option)->name))
            return malformed(at, "parameter", (*option)->name, "has the name of an option of all lookups");
    }
    return status;
}
