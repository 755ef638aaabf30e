/* A sink of modules/http whose receiver is a function, and what the core would make of its results. */
#ifndef TESTS_UNIT_HTTP_SINKS_PLAYED_SINK_H
#define TESTS_UNIT_HTTP_SINKS_PLAYED_SINK_H

#include "base/arena.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"
#include "module/instance.h"
#include "module/registry.h"
#include <postern/kit.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_PLAYED 2048

/* The receiver: its answer to a request. Status 0 = the connection breaks. */
struct reply {
    int status;
    const char *body; /* in the arena, or constant */
    size_t size;      /* 0 = NUL-terminated */
    const postern_pair *headers;
    size_t header_count;
};

static struct reply (*receiver)(postern_arena *arena, postern_text body);
static size_t requests_played;
static char headers_played[4096]; /* of the last request, a line each */

static inline postern_status play(const postern_host *host, postern_arena *arena,
                                  const postern_http_request *request, postern_http_response *response,
                                  postern_error *error)
{
    (void)host;
    requests_played++;
    size_t used = 0;
    for (size_t i = 0; i < request->header_count && used < sizeof headers_played; i++)
        used += (size_t)snprintf(headers_played + used, sizeof headers_played - used, "%.*s: %.*s\n",
                                 (int)request->headers[i].name.size, request->headers[i].name.data,
                                 (int)request->headers[i].value.size, request->headers[i].value.data);
    struct reply reply = receiver(arena, request->body);
    if (!reply.status) return kit_fail(error, POSTERN_E_RETRY, NULL, "the connection broke");
    response->status = reply.status;
    response->headers = reply.headers;
    response->header_count = reply.header_count;
    response->body = reply.size ? kit_span(reply.body, reply.size) : kit_text(reply.body);
    return POSTERN_OK;
}

enum play_verdict { PLAY_OPEN, PLAY_ACCEPTED, PLAY_REJECTED };

struct played_sink {
    struct module_registry *registry;
    struct module_instance *instance;
    const postern_sink *sink;
    void *self;
    postern_error error;
    /* Of the last write, by event of the batch. */
    postern_result face;
    enum play_verdict verdicts[MOST_PLAYED];
    char reason[512]; /* of the last rejection */
    size_t count;
};

static struct played_sink *current;

static inline postern_status take_reject(postern_result *face, size_t index, const char *reason)
{
    (void)face;
    if (index >= current->count || current->verdicts[index] != PLAY_OPEN) abort();
    current->verdicts[index] = PLAY_REJECTED;
    snprintf(current->reason, sizeof current->reason, "%s", reason);
    return POSTERN_OK;
}

static inline postern_status take_accept(postern_result *face, size_t index)
{
    (void)face;
    if (index >= current->count || current->verdicts[index] != PLAY_OPEN) abort();
    current->verdicts[index] = PLAY_ACCEPTED;
    return POSTERN_OK;
}

static inline const postern_sink *sink_named(const char *name)
{
    const postern_sink *const *sink = postern_module_entry.sinks;
    while (*sink && strcmp((*sink)->name, name) != 0)
        sink++;
    return *sink;
}

static inline bool played_sink_init(struct played_sink *made, const char *name,
                                    const struct option_value *values, size_t count)
{
    static const struct module_limits limits = {1 << 20, 10, 1 << 20, 4 << 20};
    static const postern_http http = {.size = sizeof http, .exchange = play};
    *made = (struct played_sink){
        .registry = registry_new(&limits), .sink = sink_named(name), .error = ERROR_INIT};
    made->face = (postern_result){.size = sizeof made->face, .reject = take_reject, .accept = take_accept};
    const struct module_plan plan = {.registry = made->registry,
                                     .name = name,
                                     .data = made->sink->data,
                                     .table = made->sink->options,
                                     .values = values,
                                     .value_count = count};
    registry_add_service(made->registry, POSTERN_SERVICE_HTTP, &http);
    current = made;
    requests_played = 0;
    return module_instance_new(&plan, &made->instance, &made->error) >= 0 &&
           made->sink->create(&made->instance->host, &made->self, &made->error) >= 0;
}

static inline void played_sink_end(struct played_sink *made)
{
    if (made->self) made->sink->destroy(made->self);
    module_instance_free(made->instance);
    registry_free(made->registry);
}

static inline postern_status played_write(struct played_sink *made, const postern_sink_event *const *events,
                                          size_t count, uint32_t attempt)
{
    postern_arena *arena = arena_new((size_t)64 << 20);
    const postern_call call = {
        .size = sizeof call, .attempt = attempt, .arena = arena, .now_ms = 1767225600000, .random = 7};
    const postern_batch batch = {
        .size = sizeof batch, .attempt = attempt, .id = 7, .events = events, .count = count};
    if (count > MOST_PLAYED) abort();
    memset(made->verdicts, 0, sizeof made->verdicts);
    made->count = count;
    made->error = ERROR_INIT;
    postern_status status = made->sink->open(made->self, &call, NULL, 0, &made->error);
    if (status >= 0) status = made->sink->write(made->self, &call, &batch, &made->face, &made->error);
    arena_free(arena);
    return status;
}

/* Events that are told apart by their number. */
struct numbered {
    postern_sink_event events[MOST_PLAYED];
    const postern_sink_event *list[MOST_PLAYED];
    char texts[MOST_PLAYED][32], ids[MOST_PLAYED][40];
};

static inline struct numbered *numbered_new(size_t count)
{
    struct numbered *made = calloc(1, sizeof *made);
    if (!made) abort();
    for (size_t i = 0; i < count; i++) {
        snprintf(made->texts[i], sizeof made->texts[i], "{\"n\":%zu}", i);
        snprintf(made->ids[i], sizeof made->ids[i], "%032zx", i);
        made->events[i] = (postern_sink_event){.size = sizeof(postern_sink_event),
                                               .flags = POSTERN_EVENT_JSON,
                                               .time_ms = 1767225600123,
                                               .received_ms = 1767225601000,
                                               .id = kit_text(made->ids[i]),
                                               .account = KIT_TEXT("acme"),
                                               .source = i % 2 ? KIT_TEXT("siem") : KIT_TEXT("audit"),
                                               .type = KIT_TEXT("receipt"),
                                               .text = kit_text(made->texts[i])};
        made->list[i] = &made->events[i];
    }
    return made;
}

#endif
