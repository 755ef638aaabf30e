/* A whole source: reads the events of a small web service by time range, page by page. Built against the
 * installed header alone: cc -std=gnu17 -shared -fPIC -fvisibility=hidden -o source_minimal.so
 * source_minimal.c It asks GET /events?from=<ms>&until=<ms>&page=<token> and expects
 * {"events":[{...},...],"next":"<token>"}; without "next" the range is read to its end. The core does the
 * rest: when to ask, the request itself, retries, what is known already, where to go on after a crash. */
#include <postern/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct minimal_source {
    const postern_host *host;
    const postern_json *json;
};

static postern_status refuse(postern_error *error, postern_status code, const char *message)
{
    snprintf(error->message, sizeof error->message, "%s", message);
    return error->code = code;
}

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct minimal_source *minimal = malloc(sizeof *minimal);
    if (!minimal) return refuse(error, POSTERN_E_MEMORY, "out of memory");
    *minimal = (struct minimal_source){host, host->service(host, POSTERN_SERVICE_JSON)};
    *self = minimal;
    return POSTERN_OK;
}

/* From the range and the position alone: the same question always makes the same request. */
static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct minimal_source *minimal = self;
    size_t room = position.size + 128;
    char *path = minimal->host->allocate(minimal->host, call->arena, room);
    (void)stream;
    if (!path) return refuse(error, POSTERN_E_MEMORY, "out of memory");
    int size = snprintf(path, room, "/events?from=%lld&until=%lld%s%.*s", (long long)pass->from_ms,
                        (long long)pass->until_ms, position.size ? "&page=" : "", (int)position.size,
                        position.size ? position.data : "");
    request->method = "GET";
    request->path = (postern_text){path, (size_t)size};
    return POSTERN_OK;
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct minimal_source *minimal = self;
    const postern_json *json = minimal->json;
    const postern_json_value *page, *item = NULL;
    size_t count = 0;
    (void)stream, (void)pass;
    if (response->status != 200) return refuse(error, POSTERN_E_RETRY, "the service did not answer 200");
    postern_status status = json->parse(minimal->host, call->arena, response->body, &page, error);
    if (status < 0) return POSTERN_E_PROTOCOL; /* the core asks again */
    const postern_json_value *events = json->get(minimal->host, page, (postern_text){"events", 6});
    const postern_json_value *next_page = json->get(minimal->host, page, (postern_text){"next", 4});
    while (json->next(minimal->host, events, &item, NULL)) {
        postern_event event = {
            .size = sizeof event, .type = {"event", 5}, .json = json->raw(minimal->host, item)};
        status = answer->event(answer, &event);
        if (status < 0) return status;
        count++;
    }
    bool more = json->text(minimal->host, call->arena, next_page, &answer->position);
    answer->outcome = more ? POSTERN_MORE : count || position.size ? POSTERN_END : POSTERN_NOTHING_NEW;
    return POSTERN_OK;
}

static const postern_stream events_stream = {.size = sizeof events_stream,
                                             .kind = POSTERN_STREAM_WINDOW,
                                             .name = "minimal",
                                             .auth = "none",
                                             .permission = "none"};
static const postern_stream *const streams[] = {&events_stream, NULL};
static const postern_source source = {.size = sizeof source,
                                      .name = "minimal",
                                      .title = "the smallest source",
                                      .streams = streams,
                                      .create = create,
                                      .destroy = free,
                                      .next = next,
                                      .on_response = on_response};
static const postern_source *const sources[] = {&source, NULL};
const postern_module postern_module_entry = {.size = sizeof(postern_module),
                                             .magic = POSTERN_MODULE_MAGIC,
                                             .abi_major = POSTERN_ABI_MAJOR,
                                             .abi_minor = POSTERN_ABI_MINOR,
                                             .name = "source-minimal",
                                             .version = "1.0",
                                             .summary = "An example",
                                             .sources = sources};
