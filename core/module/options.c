#include "module/options.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/units.h"
#include <stdlib.h>
#include <string.h>

#define TEXTS_LIMIT ((size_t)16 << 20)

struct held_option {
    const char *name; /* the option table's */
    uint32_t type;
    bool is_items; /* read with option_item */
    int64_t integer;
    postern_text text;
    postern_pair *items;
    size_t item_count;
};

struct postern_options {
    postern_arena *arena;
    struct secret **secrets; /* held, because the texts point into them */
    size_t secret_count, count;
    struct held_option held[];
};

/* The default as the option table writes it; the table was checked when the module was loaded. */
static bool take_default(const postern_option *option, struct held_option *held)
{
    if (!option->default_value) return false;
    postern_text text = text_of(option->default_value);
    switch (option->type) {
    case POSTERN_OPTION_INTEGER:
        held->integer = strtoll(option->default_value, NULL, 10);
        return true;
    case POSTERN_OPTION_BOOLEAN:
        held->integer = text_is(text, "true");
        return true;
    case POSTERN_OPTION_DURATION:
        return duration_parse(text, &held->integer, NULL) == POSTERN_OK;
    case POSTERN_OPTION_SIZE:
        return size_parse(text, &held->integer, NULL) == POSTERN_OK;
    default:
        held->text = text;
        return true;
    }
}

/* ---- Copying what was given ---- */

static bool take_text(postern_options *options, const char *text, struct secret *secret, postern_text *into)
{
    if (secret) {
        options->secrets[options->secret_count++] = secret_share(secret);
        *into = secret_reveal(secret);
        return true;
    }
    if (text) *into = arena_copy(options->arena, text_of(text));
    return !text || into->data;
}

static int by_name(const void *left, const void *right)
{
    return text_compare(((const postern_pair *)left)->name, ((const postern_pair *)right)->name);
}

static bool take_items(postern_options *options, const struct option_value *value, struct held_option *held)
{
    held->items = arena_allocate(options->arena, (value->item_count + 1) * sizeof *held->items);
    if (!held->items) return false;
    for (size_t i = 0; i < value->item_count; i++) {
        const struct option_item *item = &value->items[i];
        postern_pair *pair = &held->items[held->item_count++];
        if (!take_text(options, item->name, NULL, &pair->name) ||
            !take_text(options, item->text, item->secret, &pair->value))
            return false;
    }
    if (held->type == POSTERN_OPTION_MAP) qsort(held->items, held->item_count, sizeof *held->items, by_name);
    return true;
}

static bool take_value(postern_options *options, const struct option_value *value, struct held_option *held)
{
    held->integer = value->integer;
    if (!take_text(options, value->text, value->secret, &held->text)) return false;
    if (!take_items(options, value, held)) return false;
    if (!held->is_items || held->item_count || !(value->text || value->secret)) return true;
    held->items[held->item_count++].value = held->text; /* one text instead of a list of one */
    return true;
}

static const struct option_value *find_value(const struct option_value *values, size_t count,
                                             const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(values[i].name, name)) return &values[i];
    return NULL;
}

static bool fill(postern_options *options, const postern_option *const *table,
                 const struct option_value *values, size_t count)
{
    for (; table && *table; table++) {
        const postern_option *option = *table;
        const struct option_value *given = find_value(values, count, option->name);
        struct held_option *held = &options->held[options->count];
        *held = (struct held_option){.name = option->name,
                                     .type = option->type,
                                     .is_items = option->type == POSTERN_OPTION_LIST ||
                                                 (option->flags & POSTERN_OPTION_REPEATABLE) != 0};
        if (given && !take_value(options, given, held)) return false;
        if (given || take_default(option, held)) options->count++;
    }
    return true;
}

postern_options *options_new(const postern_option *const *table, const struct option_value *values,
                             size_t count)
{
    size_t most = 0, texts = 0;
    while (table && table[most])
        most++;
    for (size_t i = 0; i < count; i++)
        texts += 1 + values[i].item_count;
    postern_options *options = calloc(1, sizeof *options + most * sizeof *options->held);
    if (!options) return NULL;
    options->arena = arena_new(TEXTS_LIMIT);
    options->secrets = calloc(texts + 1, sizeof(struct secret *));
    if (options->arena && options->secrets && fill(options, table, values, count)) return options;
    options_free(options);
    return NULL;
}

void options_free(postern_options *options)
{
    if (!options) return;
    for (size_t i = 0; i < options->secret_count; i++)
        secret_release(options->secrets[i]);
    free(options->secrets);
    arena_free(options->arena);
    free(options);
}

/* ---- Reading ---- */

static const struct held_option *find(const postern_options *options, const char *name)
{
    for (size_t i = 0; options && i < options->count; i++)
        if (!strcmp(options->held[i].name, name)) return &options->held[i];
    return NULL;
}

static bool is_number(uint32_t type)
{
    return type == POSTERN_OPTION_INTEGER || type == POSTERN_OPTION_BOOLEAN ||
           type == POSTERN_OPTION_DURATION || type == POSTERN_OPTION_SIZE || type == POSTERN_OPTION_TIME;
}

bool options_text(const postern_options *options, const char *name, postern_text *value)
{
    const struct held_option *held = find(options, name);
    if (!held || held->is_items || held->type == POSTERN_OPTION_MAP || is_number(held->type)) return false;
    *value = held->text;
    return true;
}

bool options_integer(const postern_options *options, const char *name, int64_t *value)
{
    const struct held_option *held = find(options, name);
    if (!held || !is_number(held->type)) return false;
    *value = held->integer;
    return true;
}

bool options_item(const postern_options *options, const char *name, size_t index, postern_text *value)
{
    const struct held_option *held = find(options, name);
    if (!held || !held->is_items || index >= held->item_count) return false;
    *value = held->items[index].value;
    return true;
}

bool options_pair(const postern_options *options, const char *name, size_t index, postern_pair *pair)
{
    const struct held_option *held = find(options, name);
    if (!held || held->type != POSTERN_OPTION_MAP || index >= held->item_count) return false;
    *pair = held->items[index];
    return true;
}

bool options_hide(const postern_options *options, postern_text text)
{
    for (size_t i = 0; options && i < options->secret_count; i++) {
        postern_text secret = secret_reveal(options->secrets[i]);
        if (secret_is_in(text, secret) || secret_is_in(secret, text)) return true;
    }
    return false;
}
