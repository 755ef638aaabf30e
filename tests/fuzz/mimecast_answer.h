/* Gives bytes to a source of the module mimecast as an answer, and checks what must hold of all that it makes
 * of them. */
#ifndef FUZZ_MIMECAST_ANSWER_H
#define FUZZ_MIMECAST_ANSWER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "module/instance.h"
#include "module/registry.h"
#include "sources.h"
#include <stdlib.h>

/* An event is one JSON object that keeps every rule, whatever came in. */
static inline postern_status check_event(postern_answer *answer, const postern_event *event)
{
    struct json_tape *tape = json_tape_new();
    const struct json_node *root;
    (void)answer;
    if (json_parse(tape, event->json, &root, NULL) < 0 || json_type(root) != POSTERN_JSON_OBJECT) abort();
    json_tape_free(tape);
    return POSTERN_OK;
}

static inline postern_status check_aside(postern_answer *answer, const postern_set_aside *what)
{
    (void)answer;
    if (!what->reason || !*what->reason || what->name.size == 0) abort();
    char *copy = text_duplicate(what->bytes); /* all of it can be read */
    free(copy);
    return POSTERN_OK;
}

static inline void answer_source(const postern_source *source, postern_text body, unsigned attempt,
                                 int32_t status, const postern_pair *headers, size_t header_count)
{
    postern_arena *arena = arena_new((size_t)64 << 20);
    static const struct module_limits limits = {
        .member_size = 1 << 20, .member_count = 50, .expansion_size = 4 << 20, .record_size = 4 << 20};
    struct module_registry *registry = registry_new(&limits);
    const struct module_plan plan = {
        .registry = registry, .name = "fuzz", .data = source->data, .table = source->options};
    struct module_instance *instance;
    postern_error error = ERROR_INIT;
    postern_call call = {.size = sizeof call, .attempt = attempt, .arena = arena};
    postern_pass pass = {.size = sizeof pass};
    postern_response response = {.size = sizeof response,
                                 .status = status,
                                 .headers = headers,
                                 .header_count = header_count,
                                 .body = body};
    postern_answer answer = {.size = sizeof answer, .event = check_event, .set_aside = check_aside};
    void *self;
    if (module_instance_new(&plan, &instance, &error) < 0) abort();
    if (source->create(&instance->host, &self, &error) < 0) abort();
    postern_status result = source->on_response(self, &call, source->streams[0], &pass, TEXT("position"),
                                                &response, &answer, &error);
    if (result < 0 && (error.code != result || !*error.message)) abort();
    if (result >= 0 && (answer.outcome < POSTERN_MORE || answer.outcome > POSTERN_NOTHING_NEW)) abort();
    source->destroy(self);
    module_instance_free(instance);
    registry_free(registry);
    arena_free(arena);
}

#endif
