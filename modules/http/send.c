#include "http_sink.h"

#define PACK_ABOVE 1024

/* The user's stand in the place of ours that have the same name. */
static void add_users(struct writing *writing, struct headers *headers)
{
    const struct http_instance *sink = writing->sink;
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, "headers", i, &pair); i++) {
        struct kit_writer value = kit_writer_in_arena(sink->host, writing->call->arena);
        kit_write_template(&value, pair.value, writing->request.first, false);
        headers->failed = headers->failed || value.failed;
        headers_set(headers, pair.name, kit_span(value.data, value.size));
    }
}

struct parcel {
    const char *method, *content_type, *coding; /* coding: NULL = none */
    postern_text url, body;
};

static postern_status exchange(struct writing *writing, const struct parcel *parcel, struct headers *headers,
                               postern_http_response *response)
{
    const struct http_instance *sink = writing->sink;
    *headers = (struct headers){.count = 0};
    if (parcel->content_type) headers_set(headers, KIT_TEXT("Content-Type"), kit_text(parcel->content_type));
    if (parcel->coding) headers_set(headers, KIT_TEXT("Content-Encoding"), kit_text(parcel->coding));
    if (sink->preset->headers) sink->preset->headers(writing, headers, parcel->body);
    if (writing->request.first) add_users(writing, headers);
    postern_status status = authentication_add(writing, headers, parcel->url, parcel->body);
    if (status < 0) return status;
    if (headers->failed) return kit_no_memory(writing->error);
    const postern_http_request request = {.size = sizeof request,
                                          .method = parcel->method,
                                          .url = parcel->url,
                                          .headers = headers->list,
                                          .header_count = headers->count,
                                          .body = parcel->body};
    *response = (postern_http_response){.size = sizeof *response};
    return sink->http->exchange(sink->host, writing->call->arena, &request, response, writing->error);
}

/* Once more with a fresh token, if the one that was kept is refused. */
static postern_status exchange_let_in(struct writing *writing, const struct parcel *parcel,
                                      postern_http_response *response)
{
    struct headers headers;
    postern_status status = exchange(writing, parcel, &headers, response);
    if (status >= 0 && response->status == 401 &&
        authentication_renew(writing->sink->authentication, &headers))
        status = exchange(writing, parcel, &headers, response);
    return status;
}

/* Sizes were counted before: what is packed is only quicker on its way. */
static postern_status pack(struct writing *writing, struct parcel *parcel)
{
    struct pack_stream *packer = writing->request.packer;
    if (!packer || parcel->body.size <= PACK_ABOVE) return POSTERN_OK;
    pack_stream_begin(packer);
    postern_status status = pack_stream_add(packer, parcel->body, writing->error);
    if (status >= 0) status = pack_stream_end(packer, &parcel->body, writing->error);
    if (status >= 0) parcel->coding = pack_coding(writing->sink->packing);
    return status;
}

postern_status send_request(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    const struct bundle *request = &writing->request;
    struct kit_writer url = kit_writer_in_arena(sink->host, writing->call->arena);
    postern_http_response *response =
        sink->host->allocate(sink->host, writing->call->arena, sizeof *response);
    kit_write_template(&url, kit_text(sink->url), request->first, true);
    if (sink->preset->query) sink->preset->query(writing, &url);
    if (url.failed || !response || request->body.failed) return kit_no_memory(writing->error);
    answer->http = response;
    struct parcel parcel = {.method = sink->method,
                            .content_type = sink->content_type,
                            .url = kit_span(url.data, url.size),
                            .body = kit_span(request->body.data, request->body.size)};
    postern_status status = pack(writing, &parcel);
    return status < 0 ? status : exchange_let_in(writing, &parcel, response);
}

postern_status send_aside(struct writing *writing, const char *method, postern_text url,
                          const char *content_type, postern_text body, postern_http_response *response)
{
    const struct parcel parcel = {.method = method, .content_type = content_type, .url = url, .body = body};
    return exchange_let_in(writing, &parcel, response);
}
