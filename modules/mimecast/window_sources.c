/* Sources read by time range, page by page: one way of asking, one way of reading, for all that the table of
 * endpoints lists. */
#include "endpoints.h"
#include "event_time.h"
#include "failures.h"
#include "page.h"
#include "sources.h"
#include "writer.h"

#define PAGE_LIMIT 100 /* what the API allows at most */

/* ---- Options ---- */

static const postern_option options[] = {
    {"page_size", POSTERN_OPTION_INTEGER, 0, "100", "records per page, 1 to 100"},
    {.name = NULL},
};

static postern_status create(const postern_host *host, const postern_options *given, void **self,
                             postern_error *error)
{
    struct instance *instance;
    int64_t page_size = PAGE_LIMIT;
    host->option_integer(given, "page_size", &page_size);
    if (page_size < 1 || page_size > PAGE_LIMIT)
        return fail(error, POSTERN_E_CONFIG, "write a number from 1 to 100, or leave it out for 100",
                    "page_size is %lld, and Mimecast takes 1 to %d", (long long)page_size, PAGE_LIMIT);
    postern_status status = instance_new(host, &instance, error);
    if (status < 0) return status;
    instance->page_size = page_size;
    *self = instance;
    return POSTERN_OK;
}

/* ---- Asking ---- */

static void write_time(struct text_writer *writer, const char *key, int64_t ms)
{
    char text[TIME_SIZE];
    write_string(writer, "\"");
    write_string(writer, key);
    write_string(writer, "\":\"");
    write_string(writer, time_format(ms, text));
    write_string(writer, "\"");
}

static void write_number(struct text_writer *writer, int64_t number)
{
    char text[24], *at = text + sizeof text;
    for (*--at = '\0'; number > 0; number /= 10)
        *--at = (char)('0' + number % 10);
    write_string(writer, at);
}

/* Every page of a pass asks with the same data: the page token belongs to that question. */
static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct instance *instance = self;
    const struct endpoint *endpoint = endpoint_of(stream);
    struct text_writer writer = {.host = instance->host, .arena = call->arena};
    if (!endpoint)
        return fail(error, POSTERN_E_INVALID, NULL, "there is no stream \"%s\" here", stream->name);
    write_string(&writer, "{\"meta\":{\"pagination\":{\"pageSize\":");
    write_number(&writer, instance->page_size);
    if (position.size) {
        write_string(&writer, ",\"pageToken\":");
        write_json_string(&writer, position);
    }
    write_string(&writer, "}},\"data\":[{");
    write_time(&writer, endpoint->from, pass->from_ms);
    write_string(&writer, ",");
    write_time(&writer, endpoint->until, pass->until_ms);
    write_string(&writer, endpoint->constant);
    write_string(&writer, "}]}");
    request->method = "POST";
    request->path = (postern_text){endpoint->path, strlen(endpoint->path)};
    return writer_finish(&writer, &request->body, error);
}

/* ---- Reading ---- */

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    const struct reading reading = {
        .instance = self,
        .call = call,
        .stream = stream,
        .position = position,
        .response = response,
        .answer = answer,
        .error = error,
    };
    const struct endpoint *endpoint = endpoint_of(stream);
    (void)pass;
    if (!endpoint)
        return fail(error, POSTERN_E_INVALID, NULL, "there is no stream \"%s\" here", stream->name);
    return response->status == 200 ? page_read(&reading, endpoint) : failure_of_status(&reading);
}

/* ---- The sources ---- */

static const postern_stream *const audit_streams[] = {&endpoints[ENDPOINT_AUDIT].stream, NULL};
const postern_source audit_source = {
    .size = sizeof audit_source,
    .name = "audit",
    .title = "Audit log: what administrators and users did in Mimecast",
    .streams = audit_streams,
    .options = options,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
};

static const postern_stream *const ttp_url_streams[] = {&endpoints[ENDPOINT_TTP_URL].stream, NULL};
const postern_source ttp_url_source = {
    .size = sizeof ttp_url_source,
    .name = "ttp-url",
    .title = "TTP URL Protect: clicks on links",
    .streams = ttp_url_streams,
    .options = options,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
};

static const postern_stream *const ttp_attachment_streams[] = {&endpoints[ENDPOINT_TTP_ATTACHMENT].stream,
                                                               NULL};
const postern_source ttp_attachment_source = {
    .size = sizeof ttp_attachment_source,
    .name = "ttp-attachment",
    .title = "TTP Attachment Protect: scanned attachments",
    .streams = ttp_attachment_streams,
    .options = options,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
};

static const postern_stream *const ttp_impersonation_streams[] = {
    &endpoints[ENDPOINT_TTP_IMPERSONATION].stream, NULL};
const postern_source ttp_impersonation_source = {
    .size = sizeof ttp_impersonation_source,
    .name = "ttp-impersonation",
    .title = "TTP Impersonation Protect: messages that imitate someone",
    .streams = ttp_impersonation_streams,
    .options = options,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
};

static const postern_stream *const dlp_streams[] = {&endpoints[ENDPOINT_DLP].stream, NULL};
const postern_source dlp_source = {
    .size = sizeof dlp_source,
    .name = "dlp",
    .title = "Data leak prevention and content examination",
    .streams = dlp_streams,
    .options = options,
    .create = create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
};
