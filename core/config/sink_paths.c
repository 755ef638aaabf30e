/* Two sinks, one path: refused, since each would overwrite the other. */
#include "base/text.h"
#include "config/check.h"
#include "config/path_template.h"
#include "module/http_options.h"

#define COMPARISON_LIMIT 100000 /* beyond, two paths that look alike count as the same */

/* What a sink may get to see, as far as its path depends on it. Each list has at least one entry; NULL = any.
 */
struct reach {
    const struct config_sink *sink;
    const struct option_value *path;
    const char **accounts, **sources;
    size_t account_count, source_count;
};

static bool uses_sink(const struct config_pipeline *pipeline, const char *sink)
{
    for (size_t i = 0; i < pipeline->to.count; i++)
        if (strcmp(pipeline->to.items[i], sink) == 0) return true;
    return false;
}

static bool is_used(const struct config *config, const char *sink)
{
    for (size_t i = 0; i < config->pipeline_count; i++)
        if (uses_sink(&config->pipelines[i], sink)) return true;
    return false;
}

static bool gets_account(const struct config *config, const char *sink, const char *account)
{
    if (!is_used(config, sink)) return true;
    for (size_t i = 0; i < config->pipeline_count; i++)
        if (uses_sink(&config->pipelines[i], sink) &&
            config_names_match(&config->pipelines[i].accounts, account))
            return true;
    return false;
}

static bool is_named(const struct config_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

static bool gets_source(const struct config *config, const char *sink, const char *source)
{
    if (!is_used(config, sink)) return true;
    for (size_t i = 0; i < config->pipeline_count; i++) {
        const struct config_names *from = &config->pipelines[i].from;
        bool is_notices = strcmp(source, "notices") == 0;
        if (uses_sink(&config->pipelines[i], sink) &&
            (is_notices ? is_named(from, source) : config_names_match(from, source)))
            return true;
    }
    return false;
}

static bool find_reach(struct check *check, const struct config_sink *sink, const struct option_value *path,
                       struct reach *reach)
{
    const struct config *config = check->config;
    *reach = (struct reach){.sink = sink, .path = path};
    reach->accounts = check_allocate(check, (config->account_count + 1) * sizeof(*reach->accounts));
    reach->sources = check_allocate(check, (config->source_count + 2) * sizeof(*reach->sources));
    if (!reach->accounts || !reach->sources) return false;
    bool by_source = path_template_has(path->text, "source") || path_template_has(path->text, "stream");
    for (size_t i = 0; path_template_has(path->text, "account") && i < config->account_count; i++)
        if (gets_account(config, sink->name, config->accounts[i].name))
            reach->accounts[reach->account_count++] = config->accounts[i].name;
    for (size_t i = 0; by_source && i < config->source_count; i++)
        if (gets_source(config, sink->name, config->sources[i].name))
            reach->sources[reach->source_count++] = config->sources[i].name;
    if (by_source && gets_source(config, sink->name, "notices"))
        reach->sources[reach->source_count++] = "notices";
    if (reach->account_count == 0) reach->accounts[reach->account_count++] = NULL;
    if (reach->source_count == 0) reach->sources[reach->source_count++] = NULL;
    return true;
}

/* The i-th combination of account and source. */
static struct path_template instance(const struct reach *reach, size_t i)
{
    return (struct path_template){reach->path->text, reach->accounts[i / reach->source_count],
                                  reach->sources[i % reach->source_count]};
}

static bool can_meet(const struct reach *a, const struct reach *b)
{
    struct path_template any_a = {a->path->text, NULL, NULL}, any_b = {b->path->text, NULL, NULL};
    size_t comparisons = 0;
    if (!path_templates_meet(&any_a, &any_b)) return false;
    for (size_t i = 0; i < a->account_count * a->source_count; i++) {
        struct path_template one = instance(a, i);
        if (comparisons++ > COMPARISON_LIMIT) return true;
        if (!path_templates_meet(&one, &any_b)) continue;
        for (size_t j = 0; j < b->account_count * b->source_count; j++) {
            struct path_template other = instance(b, j);
            if (comparisons++ > COMPARISON_LIMIT || path_templates_meet(&one, &other)) return true;
        }
    }
    return false;
}

static int line_of(const struct check *check, const struct config_sink *sink, const char *key)
{
    for (const struct declaration *d = check->document->first; d; d = d->next) {
        if (d->line != sink->place.line || strcmp(d->kind, "sink") != 0 || strcmp(d->name, sink->name) != 0)
            continue;
        const struct config_field *field = declaration_field(d, key);
        return field ? field->line : d->line;
    }
    return sink->place.line;
}

/* A path that a sink writes to: certificates are only read, and may be shared. */
static bool is_written(const struct option_value *value)
{
    return value->type == POSTERN_OPTION_PATH && value->text && !http_options_have(value->name);
}

static void compare(struct check *check, const struct config_sink *a, const struct config_sink *b)
{
    if (strcmp(a->name, b->name) == 0) return; /* declared twice, noted already */
    for (size_t i = 0; i < a->value_count; i++) {
        for (size_t j = 0; j < b->value_count; j++) {
            const struct option_value *x = &a->values[i], *y = &b->values[j];
            if (!is_written(x) || !is_written(y)) continue;
            struct reach first, second;
            if (!find_reach(check, a, x, &first) || !find_reach(check, b, y, &second)) return;
            if (!can_meet(&first, &second)) continue;
            problem_at(check->problems, line_of(check, b, y->name),
                       "%s of sink \"%s\" can become the same file as %s of sink \"%s\" (line %d): \"%s\" "
                       "and \"%s\"",
                       y->name, b->name, x->name, a->name, line_of(check, a, x->name), y->text, x->text);
        }
    }
}

void check_sink_paths(struct check *check)
{
    const struct config *config = check->config;
    for (size_t i = 0; i < config->sink_count; i++)
        for (size_t j = i + 1; j < config->sink_count; j++)
            compare(check, &config->sinks[i], &config->sinks[j]);
}
