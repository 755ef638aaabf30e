/* A host with json/1, and answers read with it. */
#ifndef TESTS_UNIT_EXEC_ANSWERS_H
#define TESTS_UNIT_EXEC_ANSWERS_H

#include "../unit.h"
#include "base/arena.h"
#include "base/error.h"
#include "exec_sink.h"
#include "module/instance.h"
#include "module/registry.h"

struct answers {
    struct module_registry *registry;
    struct module_instance *instance;
    const postern_host *host;
    const postern_json *json;
    postern_arena *arena;
};

static inline struct answers answers_begin(void)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 1 << 20};
    struct answers answers = {.registry = registry_new(&limits), .arena = arena_new((size_t)16 << 20)};
    postern_error error = ERROR_INIT;
    const struct module_plan plan = {.registry = answers.registry, .name = "test"};
    if (module_instance_new(&plan, &answers.instance, &error) < 0) fail_msg("%s", error.message);
    answers.host = &answers.instance->host;
    answers.json = answers.host->service(answers.host, POSTERN_SERVICE_JSON);
    return answers;
}

static inline void answers_end(struct answers *answers)
{
    arena_free(answers->arena);
    module_instance_free(answers->instance);
    registry_free(answers->registry);
}

static inline struct reply answer_of(const struct answers *answers, const char *line)
{
    struct reply answer;
    postern_error error = ERROR_INIT;
    if (answer_read(answers->host, answers->json, answers->arena, kit_text(line), &answer, &error) < 0)
        fail_msg("%s: %s", line, error.message);
    return answer;
}

#endif
