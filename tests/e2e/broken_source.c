/* A source that reads pages of events as it should, but for one flaw, chosen when it is compiled (FLAW_...):
 * what `postern module test` is to find. FLAW_LINES is none: its answers are lines of JSON. */
#include "broken_auth.h"
#include <stdlib.h>

/* What no source may have: something that changes from call to call. */
struct broken_state {
    int answers; /* that it has read */
    char *kept, scratch[4096];
};

struct broken_source {
    const postern_host *host;
    const postern_json *json;
    struct broken_state *state;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct broken_source *source = calloc(1, sizeof *source + sizeof *source->state);
    if (!source) return kit_no_memory(error);
    source->host = host;
    source->json = host->service(host, POSTERN_SERVICE_JSON);
    source->state = (struct broken_state *)(source + 1);
    *self = source;
    return POSTERN_OK;
}

#define PATH_SIZE 128

#if defined FLAW_ARENA || defined FLAW_STACK || defined FLAW_STATIC || defined FLAW_FREED ||                 \
    defined FLAW_LEAK || defined FLAW_KEPT
#define HAS_PLACE 1
#endif

#ifdef HAS_PLACE
/* Where the path is written; `stack` is of the function that is to end. */
static char *place(const struct broken_source *source, const postern_call *call, char *stack)
{
    struct broken_state *state = source->state;
    char *volatile path = NULL; /* compilers see through the flaws */
    (void)call, (void)stack, (void)state;
#ifdef FLAW_ARENA
    path = source->host->allocate(source->host, call->arena, PATH_SIZE);
#elif defined FLAW_STACK
    path = stack;
#elif defined FLAW_STATIC
    static char all[PATH_SIZE];
    path = all;
#elif defined FLAW_FREED || defined FLAW_LEAK
    path = malloc(PATH_SIZE);
#elif defined FLAW_KEPT
    if (!state->kept) state->kept = source->host->allocate(source->host, call->arena, PATH_SIZE);
    path = state->kept;
#endif
    return path;
}
#endif

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct broken_source *source = self;
    (void)stream;
#ifdef FLAW_HEADERS
    postern_pair headers[] = {{KIT_TEXT("accept"), KIT_TEXT("application/json")}};
    postern_pair *volatile list = headers;
    request->headers = list;
    request->header_count = 1;
#endif
#ifdef HAS_PLACE
    char stack[PATH_SIZE], *path = place(source, call, stack);
    int size = snprintf(path, PATH_SIZE, "/events?from=%lld", (long long)pass->from_ms);
    request->path = (postern_text){path, (size_t)size};
    (void)position, (void)error;
#ifdef FLAW_FREED
    free(path);
#endif
    return POSTERN_OK;
#else
    struct kit_writer path = kit_writer_in_arena(source->host, call->arena);
    kit_write_string(&path, "/events?from=");
#ifdef FLAW_NEXT
    kit_write_integer(&path, call->now_ms - 1000);
#else
    kit_write_integer(&path, pass->from_ms);
#endif
    kit_write_string(&path, "&page=");
    kit_write_safe(&path, position);
    return kit_written(&path, &request->path, error);
#endif
}

static postern_status hand_over(postern_answer *answer, postern_text json)
{
    postern_event event = {.size = sizeof event, .type = KIT_TEXT("event"), .json = json};
    return answer->event(answer, &event);
}

/* What a later call finds, too. */
static postern_text share(const struct broken_source *source, postern_text json)
{
#ifdef FLAW_SHARED
    memcpy(source->state->scratch, json.data, json.size);
    json.data = source->state->scratch;
#endif
    (void)source;
    return json;
}

static void set_position(const struct broken_source *source, postern_text next, postern_answer *answer)
{
    (void)source;
#ifdef FLAW_POSITION
    memcpy(source->state->scratch, next.data, next.size);
    next.data = source->state->scratch;
#endif
    answer->position = next;
}

#ifdef FLAW_LINES
static postern_status read_lines(const struct broken_source *source, const postern_call *call,
                                 postern_text body, postern_answer *answer, postern_error *error)
{
    const postern_json_value *value = NULL;
    for (size_t at = 0; at < body.size;) {
        const char *begin = body.data + at, *end = memchr(begin, '\n', body.size - at);
        postern_text line = {begin, end ? (size_t)(end - begin) : body.size - at};
        postern_status status = source->json->parse(source->host, call->arena, line, &value, error);
        if (status >= 0) status = hand_over(answer, line);
        if (status < 0) return status;
        at += line.size + 1;
    }
    return POSTERN_OK;
}
#endif

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct broken_source *source = self;
    const postern_json_value *page = NULL, *item = NULL;
    (void)stream, (void)pass, (void)position;
#ifndef FLAW_REFUSED
    if (response->status != 200)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the service answers %d", (int)response->status);
#endif
#ifdef FLAW_CRASH
    char *volatile nowhere = response->body.size < 10 ? NULL : source->state->scratch;
    *nowhere = 1;
#endif
    answer->outcome = POSTERN_END;
#ifdef FLAW_LINES
    return read_lines(source, call, response->body, answer, error);
#endif
    const postern_host *host = source->host;
    postern_status status = source->json->parse(host, call->arena, response->body, &page, error);
#ifdef FLAW_DAMAGED
    if (status == POSTERN_E_PROTOCOL) return POSTERN_OK; /* perhaps there was nothing */
#endif
#ifdef FLAW_REFUSED
    if (response->status != 200) return POSTERN_OK;
#endif
    if (status < 0) return status;
    const postern_json_value *events = source->json->get(host, page, KIT_TEXT("events"));
    while (source->json->next(host, events, &item, NULL)) {
#ifdef FLAW_AGAIN
        if (++source->state->answers > 3) break;
#endif
        status = hand_over(answer, share(source, source->json->raw(host, item)));
        if (status < 0) return status;
#ifdef FLAW_EVENTS
        break;
#endif
    }
    postern_text next = {0};
    if (!source->json->text(host, call->arena, source->json->get(host, page, KIT_TEXT("next")), &next))
        return POSTERN_OK;
    set_position(source, next, answer);
    answer->outcome = POSTERN_MORE;
    return POSTERN_OK;
}

/* A line of what was set aside: an event, or again none. */
static postern_status read_line_again(const struct broken_source *source, const postern_call *call,
                                      postern_text line, postern_answer *answer)
{
    const postern_json_value *value = NULL;
    bool is_json = source->json->parse(source->host, call->arena, line, &value, NULL) >= 0;
    if (is_json && source->json->type(source->host, value) == POSTERN_JSON_OBJECT) {
        postern_event event = {.size = sizeof event, .type = KIT_TEXT("event"), .json = line};
#ifdef FLAW_ASIDE_TYPE
        event.type = KIT_TEXT("again");
#endif
        return answer->event(answer, &event);
    }
#ifdef FLAW_ASIDE_GONE
    return POSTERN_OK;
#endif
    const postern_set_aside again = {.size = sizeof again, .bytes = line, .reason = "it is no event"};
    return answer->set_aside(answer, &again);
}

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    (void)self, (void)call, (void)stream, (void)what, (void)answer, (void)error;
#if defined FLAW_ASIDE_NOTHING
    return POSTERN_OK;
#elif defined FLAW_ASIDE_DOWNLOAD
    const postern_download download = {
        .size = sizeof download, .url = KIT_TEXT("https://example.com/x"), .key = KIT_TEXT("x")};
    return answer->download(answer, &download);
#else
    const struct broken_source *source = self;
    const postern_text bytes = what->bytes;
    for (size_t at = 0; at < bytes.size;) {
        const char *begin = bytes.data + at, *end = memchr(begin, '\n', bytes.size - at);
        postern_text line = {begin, end ? (size_t)(end - begin) : bytes.size - at};
        postern_status status = line.size ? read_line_again(source, call, line, answer) : POSTERN_OK;
        if (status < 0) return status;
#ifdef FLAW_ASIDE_FIRST
        break;
#endif
        at += line.size + 1;
    }
    return POSTERN_OK;
#endif
}

static const postern_stream events_stream = {.size = sizeof events_stream,
                                             .kind = POSTERN_STREAM_WINDOW,
                                             .name = "broken",
                                             .auth = "broken",
                                             .permission = "none"};
static const postern_source broken = {.size = sizeof broken,
                                      .name = "broken",
                                      .title = "a source with a flaw",
                                      .streams = KIT_LIST(postern_stream, &events_stream),
                                      .create = create,
                                      .destroy = free,
                                      .next = next,
                                      .on_response = on_response,
                                      .on_set_aside = on_set_aside};
KIT_MODULE(.name = "broken-source", .version = "1.0", .summary = "A module with a flaw",
           .sources = KIT_LIST(postern_source, &broken), .auths = KIT_LIST(postern_auth, &broken_auth));
