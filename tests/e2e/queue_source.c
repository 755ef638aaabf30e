/* A source with one snapshot stream: the queue of the test's service, page by page. It asks GET
 * /queue?at=<number> and expects {"items":[{"id":"...",...},...],"next":"<number>"}; what is no object with
 * an id is set aside. Read again, it may have its id in "was": as if the source had been mended. A page may
 * name a file in "hold": while it exists, the page's reading does not come to its end. */
#include <postern/kit.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct queue_source {
    const postern_host *host;
    const postern_json *json;
};

static postern_status create(const postern_host *host, void **self, postern_error *error)
{
    struct queue_source *queue = malloc(sizeof *queue);
    if (!queue) return kit_no_memory(error);
    *queue = (struct queue_source){host, host->service(host, POSTERN_SERVICE_JSON)};
    *self = queue;
    return POSTERN_OK;
}

static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct queue_source *queue = self;
    struct kit_writer path = kit_writer_in_arena(queue->host, call->arena);
    (void)stream, (void)pass;
    kit_write_string(&path, "/queue?at=");
    kit_write_safe(&path, position.size ? position : KIT_TEXT("0"));
    return kit_written(&path, &request->path, error);
}

static postern_status give(const struct queue_source *queue, postern_arena *arena,
                           const postern_json_value *item, postern_text id, postern_answer *answer)
{
    const postern_json *json = queue->json;
    postern_event event = {
        .size = sizeof event, .type = KIT_TEXT("queue"), .json = json->raw(queue->host, item)};
    if (json->text(queue->host, arena, json->get(queue->host, item, id), &event.id))
        return answer->event(answer, &event);
    const postern_set_aside what = {.size = sizeof what,
                                    .bytes = event.json,
                                    .reason = "the item has no id",
                                    .flags = POSTERN_SET_ASIDE_ONE};
    return answer->set_aside(answer, &what);
}

static void hold(const struct queue_source *queue, postern_arena *arena, const postern_json_value *page)
{
    postern_text file;
    char path[4096];
    const postern_json_value *name = queue->json->get(queue->host, page, KIT_TEXT("hold"));
    if (!queue->json->text(queue->host, arena, name, &file) || file.size >= sizeof path) return;
    memcpy(path, file.data, file.size);
    path[file.size] = '\0';
    while (access(path, F_OK) == 0)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct queue_source *queue = self;
    const postern_json_value *page, *item = NULL;
    (void)stream, (void)pass, (void)position;
    if (response->status == 401)
        return kit_fail(error, POSTERN_E_CREDENTIALS, NULL, "the service refuses the token");
    if (response->status != 200)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the service answers %d", (int)response->status);
    postern_status status = queue->json->parse(queue->host, call->arena, response->body, &page, error);
    if (status < 0) return status;
    const postern_json_value *items = queue->json->get(queue->host, page, KIT_TEXT("items"));
    while (status >= 0 && queue->json->next(queue->host, items, &item, NULL))
        status = give(queue, call->arena, item, KIT_TEXT("id"), answer);
    hold(queue, call->arena, page);
    const postern_json_value *token = queue->json->get(queue->host, page, KIT_TEXT("next"));
    bool more = queue->json->text(queue->host, call->arena, token, &answer->position);
    answer->outcome = more ? POSTERN_MORE : POSTERN_END;
    return status;
}

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    const struct queue_source *queue = self;
    const postern_json_value *item;
    (void)stream;
    postern_status status = queue->json->parse(queue->host, call->arena, what->bytes, &item, error);
    return status < 0 ? status : give(queue, call->arena, item, KIT_TEXT("was"), answer);
}

static const postern_credential token = {
    .size = sizeof token, .name = "token", .title = "token", .help = "of the test"};
static const postern_credential *const credentials[] = {&token, NULL};
static const postern_auth auth = {
    .size = sizeof auth, .name = "queue", .title = "queue", .scheme = "bearer", .credentials = credentials};

static const postern_stream queue_stream = {.size = sizeof queue_stream,
                                            .kind = POSTERN_STREAM_SNAPSHOT,
                                            .name = "queue",
                                            .auth = "queue",
                                            .permission = "none",
                                            .left_type = "queue-left"};
static const postern_stream *const streams[] = {&queue_stream, NULL};
static const postern_source source = {.size = sizeof source,
                                      .name = "queue",
                                      .title = "queue",
                                      .streams = streams,
                                      .create = create,
                                      .destroy = free,
                                      .next = next,
                                      .on_response = on_response,
                                      .on_set_aside = on_set_aside};
KIT_MODULE(.needs_minor = 2, .name = "queue", .version = "1", .summary = "queue",
           .sources = KIT_LIST(postern_source, &source), .auths = KIT_LIST(postern_auth, &auth));
