/* Two sinks, one path: refused, since each would overwrite the other. */
#include "base/text.h"
#include "config/check.h"
#include "config/path_template.h"
#include "module/http_options.h"
#include <stdlib.h>

#define COMPARISON_LIMIT 100000 /* beyond, two paths that look alike count as the same */

/* What a sink may get to see, as far as its path depends on it. Each list has at least one entry; NULL = any.
 */
struct reach {
    const char *const *accounts; /* in the order of the configuration's, which is that of their addresses */
    const char *const *sources;
    size_t account_count, source_count;
};

/* A path that a sink writes to. */
struct written {
    const struct config_sink *sink;
    const struct option_value *path;
    struct path_parts parts;
    int account_part; /* of the path; -1 = none is just the account's name */
    bool is_known;    /* what it reaches */
    struct reach reach;
};

/* All of them, and what finding their reaches needs. */
struct written_paths {
    struct check *check;
    struct written *items;
    size_t count;
    struct text_index accounts;     /* of the configuration */
    struct text_index pipelines_to; /* pipelines, by the sinks that they name */
    const char **all_accounts;
};

static const struct config_pipeline *pipeline_at(const struct written_paths *all, size_t at, const char *sink)
{
    const struct text_index *index = &all->pipelines_to;
    bool is_there = at < index->count && strcmp(index->places[at].text, sink) == 0;
    return is_there ? &all->check->config->pipelines[index->places[at].place] : NULL;
}

static bool gets_source(const struct written_paths *all, const char *sink, const char *source)
{
    size_t at = text_index_begin(&all->pipelines_to, sink);
    const struct config_pipeline *pipeline = pipeline_at(all, at, sink);
    bool is_notices = strcmp(source, "notices") == 0,
         gets = !pipeline; /* a sink that nothing uses yet: all */
    for (; pipeline && !gets; pipeline = pipeline_at(all, ++at, sink))
        gets = is_notices ? config_names_has(&pipeline->from, source)
                          : config_names_match(&pipeline->from, source);
    return gets;
}

static int compare_addresses(const void *a, const void *b)
{
    uintptr_t x = (uintptr_t) * (const char *const *)a, y = (uintptr_t) * (const char *const *)b;
    return (x > y) - (x < y);
}

/* The accounts of its pipelines, in order and each once; *count 0 if it gets all. NULL if out of memory. */
static const char **named_accounts(const struct written_paths *all, const char *sink, size_t *count)
{
    size_t begin = text_index_begin(&all->pipelines_to, sink), room = 0, found = 0;
    const struct config_pipeline *pipeline;
    for (size_t at = begin; (pipeline = pipeline_at(all, at, sink)) != NULL; at++)
        room += pipeline->accounts.count;
    const char **names = check_allocate(all->check, (room + 1) * sizeof *names);
    *count = 0;
    for (size_t at = begin; names && (pipeline = pipeline_at(all, at, sink)) != NULL; at++) {
        if (config_names_has(&pipeline->accounts, "*")) return names;
        for (size_t i = 0; i < pipeline->accounts.count; i++) {
            size_t place = text_index_find(&all->accounts, pipeline->accounts.items[i]);
            if (place != TEXT_NOWHERE) names[found++] = all->check->config->accounts[place].name;
        }
    }
    if (found) qsort(names, found, sizeof *names, compare_addresses);
    for (size_t i = 0; i < found; i++)
        if (*count == 0 || names[*count - 1] != names[i]) names[(*count)++] = names[i];
    return names;
}

/* Notices that are about no account have a name in its place. NULL if out of memory. */
static const char **with_postern(const struct written_paths *all, const char **names, size_t *count)
{
    const char **more = check_allocate(all->check, (*count + 1) * sizeof *more);
    if (!more) return NULL;
    for (size_t i = 0; i < *count; i++)
        more[i] = names[i];
    more[(*count)++] = "_postern";
    return more;
}

static bool find_accounts(const struct written_paths *all, struct written *written)
{
    static const char *const any[] = {NULL};
    struct reach *reach = &written->reach;
    reach->accounts = any;
    reach->account_count = 1;
    if (!path_template_has(written->path->text, "account")) return true;
    size_t count = 0;
    const char **names = named_accounts(all, written->sink->name, &count);
    if (!names) return false;
    if (count == 0) {
        names = all->all_accounts;
        count = all->check->config->account_count;
    }
    size_t at = text_index_begin(&all->pipelines_to, written->sink->name);
    bool is_used = pipeline_at(all, at, written->sink->name) != NULL;
    if (is_used && gets_source(all, written->sink->name, "notices") &&
        !(names = with_postern(all, names, &count)))
        return false;
    if (count == 0) return true;
    reach->accounts = names;
    reach->account_count = count;
    return true;
}

static bool find_sources(const struct written_paths *all, struct written *written)
{
    const struct config *config = all->check->config;
    const char *path = written->path->text, *sink = written->sink->name;
    const char **sources = check_allocate(all->check, (config->source_count + 2) * sizeof *sources);
    size_t count = 0;
    if (!sources) return false;
    bool by_source = path_template_has(path, "source") || path_template_has(path, "stream");
    for (size_t i = 0; by_source && i < config->source_count; i++)
        if (gets_source(all, sink, config->sources[i].name)) sources[count++] = config->sources[i].name;
    if (by_source && gets_source(all, sink, "notices")) sources[count++] = "notices";
    if (count == 0) sources[count++] = NULL;
    written->reach.sources = sources;
    written->reach.source_count = count;
    return true;
}

static bool know(const struct written_paths *all, struct written *written)
{
    if (!written->is_known) written->is_known = find_accounts(all, written) && find_sources(all, written);
    return written->is_known;
}

/* The i-th combination of account and source. */
static struct path_template instance(const struct written *written, size_t i)
{
    const struct reach *reach = &written->reach;
    return (struct path_template){written->path->text, reach->accounts[i / reach->source_count],
                                  reach->sources[i % reach->source_count]};
}

/* A part of both paths is the account's name alone, and no account goes to both. */
static bool have_no_account_in_common(const struct written *a, const struct written *b)
{
    size_t i = 0, j = 0;
    if (a->account_part < 0 || a->account_part != b->account_part) return false;
    if (!a->reach.accounts[0] || !b->reach.accounts[0]) return false;
    while (i < a->reach.account_count && j < b->reach.account_count) {
        uintptr_t x = (uintptr_t)a->reach.accounts[i], y = (uintptr_t)b->reach.accounts[j];
        if (x == y) return false;
        if (x < y)
            i++;
        else
            j++;
    }
    return true;
}

static bool can_meet(const struct written *a, const struct written *b)
{
    struct path_template any_a = {a->path->text, NULL, NULL}, any_b = {b->path->text, NULL, NULL};
    size_t comparisons = 0;
    if (have_no_account_in_common(a, b) || !path_templates_meet(&any_a, &any_b)) return false;
    for (size_t i = 0; i < a->reach.account_count * a->reach.source_count; i++) {
        struct path_template one = instance(a, i);
        if (comparisons++ > COMPARISON_LIMIT) return true;
        if (!path_templates_meet(&one, &any_b)) continue;
        for (size_t j = 0; j < b->reach.account_count * b->reach.source_count; j++) {
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

static void compare(const struct written_paths *all, struct written *a, struct written *b)
{
    struct check *check = all->check;
    const struct option_value *x = a->path, *y = b->path;
    if (path_parts_differ(&a->parts, &b->parts)) return;
    if (strcmp(a->sink->name, b->sink->name) == 0) return; /* declared twice, noted already */
    if (!know(all, a) || !know(all, b) || !can_meet(a, b)) return;
    problem_at(check->problems, line_of(check, b->sink, y->name),
               "%s of sink \"%s\" can become the same file as %s of sink \"%s\" (line %d): \"%s\" and \"%s\"",
               y->name, b->sink->name, x->name, a->sink->name, line_of(check, a->sink, x->name), y->text,
               x->text);
}

static struct text_index index_pipelines(struct check *check)
{
    const struct config *config = check->config;
    size_t count = 0;
    for (size_t i = 0; i < config->pipeline_count; i++)
        count += config->pipelines[i].to.count;
    struct text_place *places = check_allocate(check, count * sizeof *places);
    count = 0;
    for (size_t i = 0; places && i < config->pipeline_count; i++)
        for (size_t k = 0; k < config->pipelines[i].to.count; k++)
            places[count++] = (struct text_place){config->pipelines[i].to.items[k], i};
    return text_index_new(places, count);
}

static bool list_written(struct written_paths *all)
{
    const struct config *config = all->check->config;
    size_t room = 0;
    for (size_t i = 0; i < config->sink_count; i++)
        room += config->sinks[i].value_count;
    all->items = check_allocate(all->check, room * sizeof *all->items);
    all->all_accounts = check_allocate(all->check, (config->account_count + 1) * sizeof *all->all_accounts);
    if (!all->items || !all->all_accounts) return false;
    for (size_t i = 0; i < config->account_count; i++)
        all->all_accounts[i] = config->accounts[i].name;
    for (size_t i = 0; i < config->sink_count; i++) {
        const struct config_sink *sink = &config->sinks[i];
        for (size_t k = 0; k < sink->value_count; k++)
            if (is_written(&sink->values[k]))
                all->items[all->count++] =
                    (struct written){.sink = sink,
                                     .path = &sink->values[k],
                                     .parts = path_template_parts(sink->values[k].text),
                                     .account_part = path_template_part(sink->values[k].text, "account")};
    }
    all->accounts = check_index(all->check, all->all_accounts);
    all->pipelines_to = index_pipelines(all->check);
    return !all->check->out_of_memory;
}

void check_sink_paths(struct check *check)
{
    struct written_paths all = {.check = check};
    if (!list_written(&all)) return;
    for (size_t i = 0; i < all.count; i++)
        for (size_t j = i + 1; j < all.count && !problems_are_full(check->problems); j++)
            compare(&all, &all.items[i], &all.items[j]);
}
