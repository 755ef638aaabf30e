#include "deliver/route/pipeline.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "journal/notice.h"
#include "journal/wants.h"
#include <stdlib.h>

#define NAMES_LIMIT ((size_t)16 << 20)

static bool copy_names(postern_arena *arena, const struct config_names *from, struct config_names *to)
{
    char **items = arena_allocate(arena, (from->count + 1) * sizeof *items);
    if (!items) return false;
    for (size_t i = 0; i < from->count; i++) {
        items[i] = (char *)(uintptr_t)arena_copy(arena, text_of(from->items[i])).data;
        if (!items[i]) return false;
    }
    *to = (struct config_names){items, from->count};
    return true;
}

postern_status pipeline_new(const struct config_pipeline *config, const struct sandbox_limits *limits,
                            size_t workers, struct pipeline **pipeline, postern_error *error)
{
    struct pipeline *made = calloc(1, sizeof *made);
    if (!made) return error_no_memory(error, NULL);
    atomic_store(&made->count, 1);
    made->start_oldest = config->start_oldest;
    made->failures = config->failures;
    text_to_string(text_of(config->name), made->name, sizeof made->name);
    made->worker_count = workers;
    made->runners = calloc(workers, sizeof(struct script_runner *));
    made->arena = arena_new(NAMES_LIMIT);
    postern_status status = POSTERN_OK;
    if (!made->runners || !made->arena || !copy_names(made->arena, &config->from, &made->from) ||
        !copy_names(made->arena, &config->accounts, &made->accounts))
        status = error_no_memory(error, NULL);
    if (status >= 0)
        status = script_set_load((const char *const *)config->transform.items,
                                 (const char *const *)config->scripts, config->transform.count,
                                 config->packaged_scripts, limits, &made->scripts, error);
    if (status < 0) {
        error_prefix(error, "pipeline \"%s\": ", config->name);
        config_error_at(&config->place, error);
        pipeline_release(made);
        return status;
    }
    *pipeline = made;
    return POSTERN_OK;
}

struct pipeline *pipeline_share(struct pipeline *pipeline)
{
    atomic_fetch_add(&pipeline->count, 1);
    return pipeline;
}

void pipeline_release(struct pipeline *pipeline)
{
    if (!pipeline || atomic_fetch_sub(&pipeline->count, 1) > 1) return;
    for (size_t i = 0; pipeline->runners && i < pipeline->worker_count; i++)
        if (pipeline->runners[i]) script_runner_free(pipeline->runners[i]);
    if (pipeline->scripts) script_set_release(pipeline->scripts);
    arena_free(pipeline->arena);
    free(pipeline->runners);
    free(pipeline);
}

/* "*" means every source of the modules, not Postern's own notices: those are asked for by name, and what is
 * about no account is for all that do. Of a trial there is nothing else to deliver. */
bool pipeline_wants(const struct pipeline *pipeline, const char *account, const char *source)
{
    bool is_notice = strcmp(source, NOTICE_SOURCE) == 0;
    bool is_general = is_notice && strcmp(account, NOTICE_ACCOUNT) == 0;
    if (!is_general && !config_names_match(&pipeline->accounts, account)) return false;
    if (is_notice) return config_names_has(&pipeline->from, source);
    return !config_name_is_trial(account) && config_names_match(&pipeline->from, source);
}

void pipeline_write_wants(const struct pipeline *pipeline, struct buffer *out)
{
    const struct config_names *accounts = &pipeline->accounts, *from = &pipeline->from;
    wants_write((const char *const *)accounts->items, accounts->count, (const char *const *)from->items,
                from->count, out);
}

static bool same_names(const struct config_names *a, const struct config_names *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0) return false;
    return true;
}

bool pipeline_is_same(const struct pipeline *a, const struct pipeline *b)
{
    return same_names(&a->from, &b->from) && same_names(&a->accounts, &b->accounts) &&
           script_set_count(a->scripts) == script_set_count(b->scripts) &&
           strcmp(script_set_hash(a->scripts), script_set_hash(b->scripts)) == 0;
}

struct script_runner *pipeline_runner(struct pipeline *pipeline, size_t worker, postern_error *error)
{
    if (!pipeline->runners[worker]) pipeline->runners[worker] = script_runner_new(pipeline->scripts, error);
    return pipeline->runners[worker];
}
