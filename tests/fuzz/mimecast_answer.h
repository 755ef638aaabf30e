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

struct fuzz_answer {
    const postern_source *source; /* whose first stream it is for */
    postern_text body;
    unsigned attempt;
    int32_t status;
    const postern_pair *headers;
    size_t header_count;
    const char *download; /* the key of the one that it answers; NULL = a page */
    bool was_set_aside;   /* it is no answer at all, but what was kept of one */
};

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

/* Its name is host and path of its link, and never holds what that was signed with, nor a password. */
static inline postern_status check_download(postern_answer *answer, const postern_download *download)
{
    (void)answer;
    postern_text key = download->key;
    const char *path = key.size ? memchr(key.data, '/', key.size) : NULL;
    if (!download->url.size || !path || memchr(key.data, '@', (size_t)(path - key.data))) abort();
    if (memchr(key.data, '?', key.size) || download->bytes < 0) abort();
    return POSTERN_OK;
}

static inline void check_answer(const struct fuzz_answer *what, void *self, const postern_call *call)
{
    postern_answer answer = {.size = sizeof answer,
                             .event = check_event,
                             .set_aside = check_aside,
                             .download = what->download ? NULL : check_download};
    const postern_stream *stream = what->source->streams[0];
    postern_pass pass = {.size = sizeof pass};
    postern_error error = ERROR_INIT;
    const postern_download download = {
        .size = sizeof download, .key = text_of(what->download), .tag = TEXT("100")};
    const postern_response response = {.size = sizeof response,
                                       .status = what->status,
                                       .headers = what->headers,
                                       .header_count = what->header_count,
                                       .body = what->body,
                                       .download = what->download ? &download : NULL};
    const postern_set_aside again = {
        .size = sizeof again, .name = TEXT("file"), .bytes = what->body, .reason = "for a test"};
    postern_status result = what->was_set_aside
                                ? what->source->on_set_aside(self, call, stream, &again, &answer, &error)
                                : what->source->on_response(self, call, stream, &pass, TEXT("position"),
                                                            &response, &answer, &error);
    if (result < 0 && (error.code != result || !*error.message)) abort();
    bool is_page = !what->was_set_aside && !what->download;
    if (result >= 0 && is_page && (answer.outcome < POSTERN_MORE || answer.outcome > POSTERN_NOTHING_NEW))
        abort();
}

static inline void answer_source(const struct fuzz_answer *what)
{
    postern_arena *arena = arena_new((size_t)64 << 20);
    static const struct module_limits limits = {
        .member_size = 1 << 20, .member_count = 50, .expansion_size = 4 << 20, .record_size = 4 << 20};
    struct module_registry *registry = registry_new(&limits);
    const postern_source *source = what->source;
    const struct module_plan plan = {
        .registry = registry, .name = "fuzz", .data = source->data, .table = source->options};
    struct module_instance *instance;
    postern_error error = ERROR_INIT;
    postern_call call = {.size = sizeof call, .attempt = what->attempt, .arena = arena};
    void *self;
    if (module_instance_new(&plan, &instance, &error) < 0) abort();
    if (source->create(&instance->host, &self, &error) < 0) abort();
    check_answer(what, self, &call);
    source->destroy(self);
    module_instance_free(instance);
    registry_free(registry);
    arena_free(arena);
}

#endif
