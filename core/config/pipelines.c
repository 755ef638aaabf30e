/* `pipeline`: which accounts and sources, by which scripts, to which sinks. */
#include "base/log.h"
#include "base/text.h"
#include "config/check.h"

bool config_names_match(const struct config_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], "*") == 0 || strcmp(names->items[i], name) == 0) return true;
    return false;
}

bool config_names_has(const struct config_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0) return true;
    return false;
}

bool config_takes_notices(const struct config *config)
{
    for (size_t i = 0; i < config->pipeline_count; i++)
        if (config_names_has(&config->pipelines[i].from, "notices")) return true;
    return false;
}

bool config_is_of_notices(const struct config_names *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (strcmp(from->items[i], "notices") != 0) return false;
    return true;
}

/* The names of all that a key may name, and how the key is read. */
struct choice {
    const char *key;
    const char *what; /* "source" */
    const char *const *names;
    bool star_allowed;
    bool required;
    struct text_index index; /* of the names */
};

/* Reads one list and notes every name that is unknown. */
static void read_choice(struct check *check, const struct declaration *declaration,
                        const struct choice *choice, struct config_names *names)
{
    const struct config_field *field = declaration_field(declaration, choice->key);
    char near[SUGGESTION_SIZE];
    if (!field) {
        if (choice->required)
            problem_at(check->problems, declaration->line, "%s has no %s: the %ss, such as %s = { \"%s\" }",
                       declaration->title, choice->key, choice->what, choice->key,
                       choice->star_allowed ? "*"
                       : choice->names[0]   ? choice->names[0]
                                            : "files");
        return;
    }
    if (field_names(check, declaration, field, names) && names->count == 0 && field->value.type == VALUE_LIST)
        field_problem(check, declaration, field, "is empty: name at least one %s", choice->what);
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        if (choice->star_allowed && strcmp(name, "*") == 0) continue;
        if (text_index_find(&choice->index, name) != TEXT_NOWHERE) continue;
        /* What it may have meant is costly among many. */
        bool silent = problems_are_full(check->problems);
        field_problem(check, declaration, field, "names the unknown %s \"%s\"%s", choice->what, name,
                      silent ? "" : suggestion_or_list(name, choice->names, near));
    }
}

static void read_transform(struct check *check, const struct declaration *declaration,
                           struct config_pipeline *pipeline)
{
    const struct config_field *field = declaration_field(declaration, "transform");
    if (!field || !field_names(check, declaration, field, &pipeline->transform)) return;
    pipeline->packaged_scripts = script_packaged_directory(check);
    pipeline->scripts = check_allocate(check, pipeline->transform.count * sizeof(*pipeline->scripts));
    for (size_t i = 0; pipeline->scripts && i < pipeline->transform.count; i++)
        pipeline->scripts[i] = script_find(check, declaration, field, pipeline->transform.items[i]);
}

static void read_start(struct check *check, const struct declaration *declaration,
                       struct config_pipeline *pipeline)
{
    const struct config_field *field = declaration_field(declaration, "start");
    const char *start;
    if (!field || !field_text(check, declaration, field, &start)) return;
    pipeline->start_oldest = strcmp(start, "oldest") == 0;
    if (!pipeline->start_oldest && strcmp(start, "newest") != 0)
        field_problem(check, declaration, field, "is \"oldest\" or \"newest\", not \"%s\"", start);
}

void field_when_full(struct check *check, const struct declaration *declaration, enum when_full *when_full)
{
    const struct config_field *field = declaration_field(declaration, "when_full");
    const char *text;
    if (!field || !field_text(check, declaration, field, &text)) return;
    *when_full = strcmp(text, "drop_oldest") == 0 ? WHEN_FULL_DROP_OLDEST : WHEN_FULL_WAIT;
    if (*when_full == WHEN_FULL_WAIT && strcmp(text, "wait") != 0)
        field_problem(check, declaration, field, "is \"wait\" or \"drop_oldest\", not \"%s\"", text);
}

/* `accounts` may be left out: all. */
static void default_to_all(struct check *check, struct config_names *names)
{
    if (names->count > 0) return;
    names->items = check_allocate(check, sizeof(*names->items));
    if (!names->items || !(names->items[0] = check_copy(check, TEXT("*")))) return;
    names->count = 1;
}

static void read_pipeline(struct check *check, const struct declaration *declaration,
                          const struct choice choices[3], struct config_pipeline *pipeline)
{
    static const char *const keys[] = {"from",  "accounts", "transform", "to",
                                       "start", "was",      "when_full", NULL};
    pipeline->place = (struct config_place){check->config->file, declaration->line};
    text_to_string(text_of(declaration->name), pipeline->name, sizeof(pipeline->name));
    settings_defaults(pipeline_settings, pipeline);
    if (!declaration->complete) return;
    settings_read(check, declaration, pipeline_settings, pipeline, keys);
    read_choice(check, declaration, &choices[0], &pipeline->from);
    read_choice(check, declaration, &choices[1], &pipeline->accounts);
    read_choice(check, declaration, &choices[2], &pipeline->to);
    if (!declaration_field(declaration, "accounts")) default_to_all(check, &pipeline->accounts);
    read_transform(check, declaration, pipeline);
    read_start(check, declaration, pipeline);
    field_when_full(check, declaration, &pipeline->when_full);
    was_read(check, declaration, &pipeline->was);
}

void check_pipelines(struct check *check)
{
    struct config *config = check->config;
    size_t count = 0;
    for (const struct declaration *d = check->document->first; d; d = d->next)
        count += strcmp(d->kind, "pipeline") == 0;
    check_declarations(check, "pipeline", true);
    config->pipelines = check_allocate(check, count * sizeof(*config->pipelines));
    if (!config->pipelines) return;
    struct choice choices[3] = {
        {"from",
         "source",
         check_names(check, config->sources, config->source_count, sizeof(*config->sources),
                     offsetof(struct config_source, name), "notices"),
         true,
         true,
         {0}},
        {"accounts",
         "account",
         check_names(check, config->accounts, config->account_count, sizeof(*config->accounts),
                     offsetof(struct config_account, name), NULL),
         true,
         false,
         {0}},
        {"to",
         "sink",
         check_names(check, config->sinks, config->sink_count, sizeof(*config->sinks),
                     offsetof(struct config_sink, name), NULL),
         false,
         true,
         {0}},
    };
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        choices[i].index = check_index(check, choices[i].names);
    for (const struct declaration *d = check->document->first; d; d = d->next)
        if (strcmp(d->kind, "pipeline") == 0)
            read_pipeline(check, d, choices, &config->pipelines[config->pipeline_count++]);
    if (count == 0 && check->document->evaluated)
        problem_at(
            check->problems, 0,
            "there is no pipeline: declare one with pipeline \"name\" { from = { \"*\" }, to = { ... } }");
}

/* ---- What nothing uses: no problem, but perhaps not meant ---- */

#define warn(place, format, ...)                                                                             \
    log_write(POSTERN_LOG_WARNING, "config", "%s:%d: " format, (place).file, (place).line, __VA_ARGS__)

static const struct config_names *names_of(const struct config_pipeline *pipeline, size_t offset)
{
    return (const struct config_names *)(const void *)((const char *)pipeline + offset);
}

/* What all pipelines name there, each once or more. */
static struct text_index index_named(struct check *check, size_t offset)
{
    const struct config *config = check->config;
    size_t count = 0;
    for (size_t i = 0; i < config->pipeline_count; i++)
        count += names_of(&config->pipelines[i], offset)->count;
    struct text_place *places = check_allocate(check, count * sizeof *places);
    count = 0;
    for (size_t i = 0; places && i < config->pipeline_count; i++)
        for (size_t n = 0; n < names_of(&config->pipelines[i], offset)->count; n++, count++)
            places[count] = (struct text_place){names_of(&config->pipelines[i], offset)->items[n], count};
    return text_index_new(places, count);
}

static bool is_named(const struct text_index *named, const char *name)
{
    return text_index_find(named, "*") != TEXT_NOWHERE || text_index_find(named, name) != TEXT_NOWHERE;
}

void check_usage(struct check *check)
{
    const struct config *config = check->config;
    struct text_index sinks = index_named(check, offsetof(struct config_pipeline, to));
    if (check->out_of_memory) return; /* these are only warnings */
    for (size_t i = 0; i < config->sink_count; i++)
        if (!is_named(&sinks, config->sinks[i].name))
            warn(config->sinks[i].place, "no pipeline writes to sink \"%s\"", config->sinks[i].name);
    for (size_t i = 0; i < config->pipeline_count; i++)
        for (size_t k = 0; k < config->source_count; k++)
            for (size_t n = 0; n < config->pipelines[i].from.count; n++)
                if (!config->sources[k].enabled &&
                    strcmp(config->pipelines[i].from.items[n], config->sources[k].name) == 0)
                    warn(config->pipelines[i].place,
                         "pipeline \"%s\" takes source \"%s\", which is switched off; source \"%s\" { "
                         "enabled = true } switches it on",
                         config->pipelines[i].name, config->sources[k].name, config->sources[k].name);
}
