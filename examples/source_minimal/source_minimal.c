/* A whole source: reads the events of a small web service by time range, page by page. Built against the
 * installed headers alone:
 *     cc -std=gnu17 -shared -fPIC -fvisibility=hidden -o source_minimal.so source_minimal.c
 * It asks GET /events?from=<ms>&until=<ms>&page=<token> and expects {"events":[{...},...],"next":"<token>"};
 * without "next" the range is read to its end. The core does the rest: when to ask, the request itself and
 * its authentication, retries, what is known already, where to go on after a crash. */
#include <postern/kit.h>
#include <stdlib.h>

struct minimal_source {
    const postern_host *host;
    const postern_json *json;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct minimal_source *minimal = malloc(sizeof *minimal);
    if (!minimal) return kit_no_memory(error);
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
    struct kit_writer path = kit_writer_in_arena(minimal->host, call->arena);
    (void)stream;
    kit_write_string(&path, "/events?from=");
    kit_write_integer(&path, pass->from_ms);
    kit_write_string(&path, "&until=");
    kit_write_integer(&path, pass->until_ms);
    if (position.size) {
        kit_write_string(&path, "&page=");
        kit_write_safe(&path, position);
    }
    return kit_written(&path, &request->path, error);
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct minimal_source *minimal = self;
    const postern_host *host = minimal->host;
    const postern_json *json = minimal->json;
    const postern_json_value *page, *item = NULL;
    size_t count = 0;
    (void)stream, (void)pass;
    if (response->status == 401)
        return kit_fail(error, POSTERN_E_CREDENTIALS, NULL, "the service refuses the token");
    if (response->status != 200)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the service answers %d", (int)response->status);
    postern_status status = json->parse(host, call->arena, response->body, &page, error);
    if (status < 0) return status; /* POSTERN_E_PROTOCOL: the core asks again */
    const postern_json_value *events = json->get(host, page, KIT_TEXT("events"));
    while (json->next(host, events, &item, NULL)) {
        postern_event event = {
            .size = sizeof event, .type = KIT_TEXT("event"), .json = json->raw(host, item)};
        status = answer->event(answer, &event);
        if (status < 0) return status;
        count++;
    }
    const postern_json_value *token = json->get(host, page, KIT_TEXT("next"));
    bool more = json->text(host, call->arena, token, &answer->position);
    answer->outcome = more ? POSTERN_MORE : count || position.size ? POSTERN_END : POSTERN_NOTHING_NEW;
    return POSTERN_OK;
}

/* How accounts are let in: account "acme" { base_url = "https://...", token = env "ACME_TOKEN" }. */
static const postern_credential token = {.size = sizeof token,
                                         .name = "token",
                                         .title = "access token",
                                         .help = "ask the service's administrator for one"};
static const postern_credential *const credentials[] = {&token, NULL};
static const postern_auth auth = {.size = sizeof auth,
                                  .name = "minimal",
                                  .title = "the small service",
                                  .scheme = "bearer",
                                  .credentials = credentials};

static const postern_stream events_stream = {.size = sizeof events_stream,
                                             .kind = POSTERN_STREAM_WINDOW,
                                             .name = "minimal",
                                             .auth = "minimal",
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
KIT_MODULE(.name = "source-minimal", .version = "1.0", .summary = "An example",
           .sources = KIT_LIST(postern_source, &source), .auths = KIT_LIST(postern_auth, &auth));
