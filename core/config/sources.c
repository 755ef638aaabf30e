/* `source`: when a source is asked and how far back, over what its module declares. */
#include "base/log.h"
#include "base/text.h"
#include "config/check.h"

/* The core's defaults, overridden by the module's. */
static void set_defaults(struct config_source *source, const struct config_kind *kind)
{
    settings_defaults(source_settings, source);
    source->enabled = !kind->is_off;
    source->lookback_ms = kind->token_streams ? LOOKBACK_ALL : LOOKBACK_MS;
    source->lookback_by_kind = true;
    text_to_string(text_of(kind->name), source->name, sizeof(source->name));
    if (kind->schedule) times_take(source, kind->schedule);
}

static void read_lookback(struct check *check, const struct declaration *declaration,
                          const struct config_kind *kind, struct config_source *source)
{
    const struct config_field *field = declaration_field(declaration, "lookback");
    int64_t ms;
    if (!field) return;
    if (field->value.type == VALUE_TEXT && text_is(field->value.text, "all")) {
        if (kind->token_streams)
            source->lookback_ms = LOOKBACK_ALL;
        else
            field_problem(check, declaration, field,
                          "cannot be \"all\": this source is read by time; write a duration such as \"7d\"");
        return;
    }
    if (field_duration(check, declaration, field, &ms)) source->lookback_ms = ms;
}

static int line_of(const struct declaration *declaration, const char *key)
{
    const struct config_field *field = declaration_field(declaration, key);
    return field ? field->line : declaration->line;
}

/* What appears late would be missed by any stream of which this is true. */
static bool settles_too_soon(const struct config_kind *kind, const struct config_source *source)
{
    bool too_soon = source->settle_ms < source->delay_ms;
    for (size_t i = 0; kind->streams && kind->streams[i]; i++) {
        struct config_source own = config_source_of_stream(source, kind->streams[i]);
        if (own.settle_ms < own.delay_ms) too_soon = true;
    }
    return too_soon;
}

static void check_relations(struct check *check, const struct declaration *declaration,
                            const struct config_kind *kind, const struct config_source *source)
{
    bool is_tuned = declaration_field(declaration, "settle") || declaration_field(declaration, "delay");
    if (is_tuned && settles_too_soon(kind, source))
        problem_at(check->problems, line_of(declaration, "settle"),
                   "settle of %s is shorter than its delay: what appears late would be missed",
                   declaration->title);
}

static const struct declaration *find_declaration(const struct check *check, const char *name)
{
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "source") == 0 && strcmp(d->name, name) == 0) return d;
    return NULL;
}

/* A stream without a quota of its own gets one by both numbers. */
static void check_quota(struct check *check, const struct declaration *declaration,
                        const struct config_kind *kind, const struct config_source *source)
{
    bool both = source->quota_calls && source->quota_window_ms;
    if (both || (!source->quota_calls && !source->quota_window_ms)) return;
    for (size_t i = 0; kind->streams && kind->streams[i]; i++)
        if (POSTERN_HAS(kind->streams[i], quota) && kind->streams[i]->quota) return;
    const char *given = source->quota_calls ? "quota_calls" : "quota_window";
    problem_at(check->problems, line_of(declaration, given),
               "%s of %s needs %s beside it: the source has no quota by itself", given, declaration->title,
               source->quota_calls ? "quota_window" : "quota_calls");
}

static void read_source(struct check *check, const struct config_kind *kind, struct config_source *source)
{
    set_defaults(source, kind);
    const struct declaration *declaration = find_declaration(check, kind->name);
    source->place = (struct config_place){check->config->file, declaration ? declaration->line : 0};
    if (!declaration) return;
    source->written = times_written(declaration);
    if (declaration_field(declaration, "lookback")) source->lookback_by_kind = false;
    const char *const *options = options_names(check, kind->options);
    size_t count = 0;
    while (options[count])
        count++;
    const char **more = check_allocate(check, (count + 2) * sizeof(*more));
    if (!more) return;
    for (size_t i = 0; i < count; i++)
        more[i] = options[i];
    more[count] = "lookback";
    settings_read(check, declaration, source_settings, source, more);
    read_lookback(check, declaration, kind, source);
    options_read(check, declaration, kind->options, &source->values, &source->value_count);
    check_relations(check, declaration, kind, source);
    check_quota(check, declaration, kind, source);
    if (kind->is_off && !declaration_field(declaration, "enabled"))
        log_write(POSTERN_LOG_WARNING, "config",
                  "%s:%d: %s is off by itself, so what is set for it has no effect: it is read with enabled "
                  "= true",
                  check->config->file, declaration->line, declaration->title);
}

static bool is_in_catalog(const struct config_catalog *catalog, const char *name)
{
    for (size_t i = 0; i < catalog->source_count; i++)
        if (strcmp(catalog->sources[i].name, name) == 0) return true;
    return false;
}

void check_sources(struct check *check)
{
    struct config *config = check->config;
    const struct config_catalog *catalog = check->catalog;
    check_declarations(check, "source", false);
    config->sources = check_allocate(check, catalog->source_count * sizeof(*config->sources));
    if (!config->sources) return;
    for (size_t i = 0; i < catalog->source_count; i++)
        read_source(check, &catalog->sources[i], &config->sources[config->source_count++]);

    const char *const *names =
        check_names(check, config->sources, config->source_count, sizeof(*config->sources),
                    offsetof(struct config_source, name), NULL);
    char near[SUGGESTION_SIZE];
    for (const struct declaration *d = check->document->first; d; d = d->next) {
        if (strcmp(d->kind, "source") != 0 || is_in_catalog(catalog, d->name)) continue;
        if (strcmp(d->name, "notices") == 0)
            problem_at(check->problems, d->line,
                       "source \"notices\" is Postern's own and is never polled: what can be set of it is in "
                       "notices { ... }");
        else
            problem_at(check->problems, d->line, "unknown source \"%s\"%s", d->name,
                       suggestion_or_list(d->name, names, near));
    }
}
