/* `sink`: its type, its options and how it is fed. */
#include "base/text.h"
#include "config/check.h"

static const struct config_kind *find_kind(const struct config_catalog *catalog, const char *type)
{
    for (size_t i = 0; i < catalog->sink_count; i++)
        if (strcmp(catalog->sinks[i].name, type) == 0) return &catalog->sinks[i];
    return NULL;
}

static const char *const *type_names(struct check *check)
{
    const char **names = check_allocate(check, (check->catalog->sink_count + 1) * sizeof(*names));
    static const char *const none[] = {NULL};
    for (size_t i = 0; names && i < check->catalog->sink_count; i++)
        names[i] = check->catalog->sinks[i].name;
    return names ? names : none;
}

/* The kind that `type` names; NULL with the problem noted. */
static const struct config_kind *read_type(struct check *check, const struct declaration *declaration)
{
    const struct config_field *field = declaration_field(declaration, "type");
    const char *type;
    char near[SUGGESTION_SIZE];
    if (!field) {
        problem_at(check->problems, declaration->line, "%s has no type%s", declaration->title,
                   suggestion_or_list("", type_names(check), near));
        return NULL;
    }
    if (!field_text(check, declaration, field, &type)) return NULL;
    const struct config_kind *kind = find_kind(check->catalog, type);
    if (!kind)
        problem_at(check->problems, field->line, "unknown type \"%s\" of %s%s", type, declaration->title,
                   suggestion_or_list(type, type_names(check), near));
    return kind;
}

/* How it is fed: the core's defaults, then the sink's own, then what the user says. */
static void read_batching(struct check *check, const struct declaration *declaration,
                          const struct config_kind *kind, struct config_batching *batching)
{
    const postern_batching *own = kind->batching;
    const char *const *options = options_names(check, kind->options);
    size_t count = 0;
    while (options[count])
        count++;
    const char **more = check_allocate(check, (count + 4) * sizeof(*more));
    if (!more) return;
    memcpy(more, options, count * sizeof(*more));
    more[count] = "type";
    more[count + 1] = "was";
    more[count + 2] = "when_full";
    settings_defaults(batching_settings, batching);
    if (own && own->events > 0) batching->events = own->events;
    if (own && own->bytes > 0) batching->bytes = own->bytes;
    if (own && own->wait_ms > 0) batching->wait_ms = own->wait_ms;
    if (own && own->parallel > 0 && kind->concurrent) batching->parallel = own->parallel;
    settings_read(check, declaration, batching_settings, batching, more);
    const struct config_field *field = declaration_field(declaration, "parallel");
    if (field && batching->parallel > 1 && !kind->concurrent)
        field_problem(check, declaration, field, "must be 1: a sink of type \"%s\" takes one batch at a time",
                      kind->name);
}

static void read_sink(struct check *check, const struct declaration *declaration, struct config_sink *sink)
{
    sink->place = (struct config_place){check->config->file, declaration->line};
    text_to_string(text_of(declaration->name), sink->name, sizeof(sink->name));
    if (!declaration->complete) return;
    was_read(check, declaration, &sink->was);
    const struct config_kind *kind = read_type(check, declaration);
    if (!kind) return;
    text_to_string(text_of(kind->name), sink->type, sizeof(sink->type));
    read_batching(check, declaration, kind, &sink->batching);
    field_when_full(check, declaration, &sink->when_full);
    check->missing = &sink->missing;
    check->old_templates = kind->old_templates;
    options_read(check, declaration, kind->options, &sink->values, &sink->value_count);
    check->missing = NULL;
    check->old_templates = false;
}

void check_sinks(struct check *check)
{
    struct config *config = check->config;
    size_t count = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        count += strcmp(d->kind, "sink") == 0;
    check_declarations(check, "sink", true);
    config->sinks = check_allocate(check, count * sizeof(*config->sinks));
    if (!config->sinks) return;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "sink") == 0) read_sink(check, d, &config->sinks[config->sink_count++]);
}

/* ---- Did it change? ---- */

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
    return a == b || (a && b && text_equal(secret_reveal(a), secret_reveal(b)));
}

static bool same_value(const struct option_value *a, const struct option_value *b)
{
    if (!same_text(a->name, b->name) || a->type != b->type || !same_text(a->text, b->text) ||
        a->integer != b->integer || !same_secret(a->secret, b->secret) || a->item_count != b->item_count)
        return false;
    for (size_t i = 0; i < a->item_count; i++)
        if (!same_text(a->items[i].name, b->items[i].name) ||
            !same_text(a->items[i].text, b->items[i].text) ||
            !same_secret(a->items[i].secret, b->items[i].secret))
            return false;
    return true;
}

/* Values stand in the order of the module's table. */
bool config_sink_is_same(const struct config_sink *a, const struct config_sink *b)
{
    if (strcmp(a->name, b->name) != 0 || strcmp(a->type, b->type) != 0 || a->value_count != b->value_count ||
        !same_text(a->missing, b->missing) || memcmp(&a->batching, &b->batching, sizeof a->batching) != 0)
        return false;
    for (size_t i = 0; i < a->value_count; i++)
        if (!same_value(&a->values[i], &b->values[i])) return false;
    return true;
}
