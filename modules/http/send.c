#include "http_sink.h"

#define PACK_ABOVE 1024

struct sender sender_of(const struct writing *writing)
{
    return (struct sender){writing->sink, writing->call, writing->request.first, writing->error};
}

/* The user's stand in the place of ours that have the same name. */
static void add_users(const struct sender *sender, struct headers *headers)
{
    const struct http_instance *sink = sender->sink;
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, "headers", i, &pair); i++) {
        struct kit_writer value = kit_writer_in_arena(sink->host, sender->call->arena);
        header_write_template(&value, pair.value, sender->event);
        headers->failed = headers->failed || value.failed;
        headers_set(headers, pair.name, kit_span(value.data, value.size));
    }
}

/* `writing`: NULL = beside a batch. */
static postern_status exchange(const struct sender *sender, struct writing *writing,
                               const struct parcel *parcel, struct headers *headers,
                               postern_http_response *response)
{
    const struct http_instance *sink = sender->sink;
    const struct preset *preset = sink->preset;
    *headers = (struct headers){.count = 0};
    if (parcel->content_type) headers_set(headers, KIT_TEXT("Content-Type"), kit_text(parcel->content_type));
    if (parcel->coding) headers_set(headers, KIT_TEXT("Content-Encoding"), kit_text(parcel->coding));
    if (preset->common_headers) preset->common_headers(sender, headers);
    if (writing && preset->headers) preset->headers(writing, headers, parcel->body);
    if (sender->event) add_users(sender, headers);
    postern_status status = authentication_add(sender, headers, parcel);
    if (status < 0) return status;
    if (headers->failed) return kit_no_memory(sender->error);
    const postern_http_request request = {.size = sizeof request,
                                          .method = parcel->method,
                                          .url = parcel->url,
                                          .headers = headers->list,
                                          .header_count = headers->count,
                                          .body = parcel->body};
    *response = (postern_http_response){.size = sizeof *response};
    return sink->http->exchange(sink->host, sender->call->arena, &request, response, sender->error);
}

/* Once more with a fresh token, if the one that was kept is refused. */
static postern_status exchange_let_in(const struct sender *sender, struct writing *writing,
                                      const struct parcel *parcel, postern_http_response *response)
{
    struct headers headers;
    postern_status status = exchange(sender, writing, parcel, &headers, response);
    if (status >= 0 && response->status == 401 &&
        authentication_renew(sender->sink->authentication, &headers))
        status = exchange(sender, writing, parcel, &headers, response);
    return status;
}

/* Sizes were counted before: what is packed is only quicker on its way. */
static postern_status pack(struct writing *writing, struct parcel *parcel)
{
    struct pack_stream *packer = writing->request.packer;
    bool small = parcel->body.size <= PACK_ABOVE && !writing->sink->preset->packs_all;
    if (!packer || small) return POSTERN_OK;
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
    count(sink, COUNT_PLAIN_BYTES, (double)request->body.size);
    count(sink, COUNT_SENT_BYTES, (double)parcel.body.size);
    const struct sender sender = sender_of(writing);
    return status < 0 ? status : exchange_let_in(&sender, writing, &parcel, response);
}

postern_status send_aside(const struct sender *sender, const struct parcel *parcel,
                          postern_http_response *response)
{
    return exchange_let_in(sender, NULL, parcel, response);
}
