/* links: postern_module exec_files */
/* What a program answers, line by line, about a batch of three events. */
#include "base/arena.h"
#include "base/error.h"
#include "exec_sink.h"
#include "module/instance.h"
#include "module/registry.h"
#include <stdlib.h>

#define EVENTS 3

static void reject(void *context, size_t index)
{
    size_t *rejections = context;
    if (index >= EVENTS || ++*rejections > EVENTS) abort();
}

static void take_lines(const postern_host *host, postern_arena *arena, struct tally *tally,
                       postern_text lines)
{
    const postern_json *json = host->service(host, POSTERN_SERVICE_JSON);
    size_t rejections = 0;
    for (const char *at = lines.data, *end = kit_end(lines); at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        postern_text line = kit_between(at, line_end ? line_end : end);
        struct reply answer;
        postern_error error = ERROR_INIT;
        postern_status status = answer_read(host, json, arena, line, &answer, &error);
        if (status < 0 && !*error.message) abort();
        if (status >= 0 && answer.kind != ANSWER_STOP) {
            size_t open = tally->open;
            bool known = tally_take(tally, &answer, EVENTS, reject, &rejections);
            if (tally->open > open || (!known && tally->open != open)) abort();
        }
        at = line_end ? line_end + 1 : end;
    }
    if ((tally->open == 0) != (tally_first_open(tally) == NULL)) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct module_limits limits = {
        .member_size = 1 << 20, .member_count = 50, .expansion_size = 4 << 20, .record_size = 4 << 20};
    struct module_registry *registry = registry_new(&limits);
    const struct module_plan plan = {.registry = registry, .name = "fuzz"};
    struct module_instance *instance;
    postern_arena *arena = arena_new((size_t)64 << 20);
    postern_error error = ERROR_INIT;
    postern_sink_event events[EVENTS] = {{.id = {"a", 1}}, {.id = {"b", 1}}, {.id = {"a-2", 3}}};
    const postern_sink_event *pointers[EVENTS] = {&events[0], &events[1], &events[2]};
    const postern_batch batch = {.size = sizeof batch, .events = pointers, .count = EVENTS};
    struct tally tally;
    if (module_instance_new(&plan, &instance, &error) < 0) abort();
    if (tally_begin(&tally, &instance->host, arena, &batch) < 0) abort();
    take_lines(&instance->host, arena, &tally, kit_span((const char *)data, size));
    module_instance_free(instance);
    registry_free(registry);
    arena_free(arena);
    return 0;
}
