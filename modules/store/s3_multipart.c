/* An object in parts: begun, parts put one after the other, completed. What cannot be completed is aborted,
 * since parts that lie about cost money; what even that did not reach is for a lifecycle rule. */
#include "s3.h"
#include <stdlib.h>

#define MOST_PARTS 10000

struct upload {
    struct store *store;
    const postern_call *call;
    const struct store_object *object;
    postern_text id;
    size_t part_size, part_count;
    postern_text *tags; /* of the parts */
};

static struct s3_request request_of(const struct upload *upload, const char *method, const char *shown,
                                    const postern_pair *query, size_t query_count)
{
    return (struct s3_request){.base = {.method = method, .shown = shown},
                               .key = upload->object->key,
                               .query = query,
                               .query_count = query_count};
}

static postern_status begin(struct upload *upload, postern_error *error)
{
    const struct store *store = upload->store;
    const postern_pair query[] = {{KIT_TEXT("uploads"), kit_span(NULL, 0)}};
    postern_http_response response;
    struct s3_request request = request_of(upload, "POST", "beginning an upload in parts", query, 1);
    for (; request.header_count < store->header_count; request.header_count++)
        request.headers[request.header_count] = store->headers[request.header_count];
    request.headers[request.header_count++] =
        (postern_pair){KIT_TEXT("content-type"), kit_text(upload->object->content_type)};
    postern_status status = s3_ask(upload->store, upload->call, &request, &response, error);
    if (status < 0) return status;
    upload->id = answer_element(response.body, "UploadId");
    if (upload->id.size) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the store begins an upload in parts and gives it no id");
}

static postern_status put_part(struct upload *upload, size_t index, postern_error *error)
{
    const postern_text body = upload->object->body;
    size_t from = index * upload->part_size, left = body.size - from;
    char number[24];
    snprintf(number, sizeof number, "%zu", index + 1);
    const postern_pair query[] = {{KIT_TEXT("partNumber"), kit_text(number)},
                                  {KIT_TEXT("uploadId"), upload->id}};
    postern_http_response response;
    struct s3_request request = request_of(upload, "PUT", "putting a part", query, 2);
    request.base.body = kit_span(body.data + from, left < upload->part_size ? left : upload->part_size);
    postern_status status = s3_ask(upload->store, upload->call, &request, &response, error);
    if (status < 0) return status;
    upload->tags[index] = kit_header(response.headers, response.header_count, "etag");
    if (upload->tags[index].size) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY, NULL, "the store takes a part and gives it no ETag");
}

static void write_list(struct kit_writer *writer, const struct upload *upload)
{
    kit_write_string(writer, "<CompleteMultipartUpload>");
    for (size_t i = 0; i < upload->part_count; i++) {
        kit_write_string(writer, "<Part><PartNumber>");
        kit_write_integer(writer, (int64_t)i + 1);
        kit_write_string(writer, "</PartNumber><ETag>");
        kit_write(writer, upload->tags[i]);
        kit_write_string(writer, "</ETag></Part>");
    }
    kit_write_string(writer, "</CompleteMultipartUpload>");
}

static postern_status complete(struct upload *upload, postern_error *error)
{
    const struct s3 *s3 = upload->store->own;
    const postern_pair query[] = {{KIT_TEXT("uploadId"), upload->id}};
    postern_http_response response;
    struct kit_writer list = kit_writer_in_arena(upload->store->host, upload->call->arena);
    struct s3_request request = request_of(upload, "POST", "completing an upload in parts", query, 1);
    write_list(&list, upload);
    postern_status status = kit_written(&list, &request.base.body, error);
    if (status < 0) return status;
    request.headers[request.header_count++] =
        (postern_pair){KIT_TEXT("content-type"), KIT_TEXT("application/xml")};
    if (upload->store->create_only) {
        request.base.there_is_done = true;
        request.headers[request.header_count++] =
            (postern_pair){kit_text(s3->create_header), kit_text(s3->create_value)};
    }
    status = s3_ask(upload->store, upload->call, &request, &response, error);
    if (status < 0) return status;
    /* It answers 200 before it begins, and says so in the body if it then fails. */
    postern_text code = answer_element(response.body, "Code");
    if (response.status == 200 && code.size)
        return kit_fail(error, POSTERN_E_RETRY, NULL, "the store fails to complete an upload in parts: %.*s",
                        (int)(code.size < 80 ? code.size : 80), code.data);
    return POSTERN_OK;
}

static void give_up(struct upload *upload)
{
    const postern_pair query[] = {{KIT_TEXT("uploadId"), upload->id}};
    postern_http_response response;
    postern_error error = {.size = sizeof error};
    struct s3_request request = request_of(upload, "DELETE", "giving up an upload in parts", query, 1);
    if (s3_ask(upload->store, upload->call, &request, &response, &error) < 0 && upload->store->log)
        upload->store->log->write(upload->store->host, POSTERN_LOG_WARNING,
                                  "an upload in parts could not be given up: a lifecycle rule of the bucket "
                                  "(AbortIncompleteMultipartUpload) removes what it left");
}

postern_status s3_put_in_parts(struct store *store, const postern_call *call,
                               const struct store_object *object, postern_error *error)
{
    const struct s3 *s3 = store->own;
    struct upload upload = {
        .store = store, .call = call, .object = object, .part_size = (size_t)s3->multipart_size};
    if (object->body.size / upload.part_size >= MOST_PARTS)
        upload.part_size = object->body.size / (MOST_PARTS - 1) + 1;
    upload.part_count = (object->body.size + upload.part_size - 1) / upload.part_size;
    upload.tags = store->host->allocate(store->host, call->arena, upload.part_count * sizeof *upload.tags);
    if (!upload.tags) return kit_no_memory(error);
    postern_status status = begin(&upload, error);
    if (status < 0) return status;
    for (size_t i = 0; i < upload.part_count && status >= 0; i++)
        status = put_part(&upload, i, error);
    if (status >= 0) status = complete(&upload, error);
    if (status < 0) give_up(&upload);
    return status;
}
