/* Objects in Google Cloud Storage: the JSON API with a service account's token, or the XML API with HMAC
 * keys, which is S3's under another address. */
#include "s3.h"
#include "shared/cloud/url.h"
#include <stdlib.h>

#define SCOPE "https://www.googleapis.com/auth/devstorage.read_write"

struct gcs {
    postern_text bucket;
    struct cloud_tokens *tokens;
};

static bool speaks_xml(const struct store *store)
{
    return kit_option_text(store->host, "access_key").size > 0;
}

/* One request of the JSON API. */
struct json_request {
    struct store_request base;
    const struct store_question *question;
    const struct store_object *object; /* NULL unless it is put */
    postern_text bearer;
};

static void write_upload(struct kit_writer *writer, const struct store *store, postern_text key)
{
    const struct gcs *gcs = store->own;
    const postern_pair query[] = {{KIT_TEXT("uploadType"), KIT_TEXT("media")},
                                  {KIT_TEXT("name"), key},
                                  {KIT_TEXT("ifGenerationMatch"), KIT_TEXT("0")}};
    kit_write_string(writer, "/upload/storage/v1/b/");
    cloud_write_encoded(writer, gcs->bucket);
    kit_write_string(writer, "/o?");
    cloud_write_form(writer, query, store->create_only ? 3 : 2);
}

static void write_question(struct kit_writer *writer, const struct store *store,
                           const struct store_question *question)
{
    const struct gcs *gcs = store->own;
    kit_write_string(writer, "/storage/v1/b/");
    cloud_write_encoded(writer, gcs->bucket);
    if (question->key.size) kit_write_string(writer, "/o/");
    cloud_write_encoded(writer, question->key);
    if (question->query_count) kit_write_string(writer, "?");
    cloud_write_form(writer, question->query, question->query_count);
}

static postern_status sign(struct store *store, const postern_call *call, struct store_request *base,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error)
{
    const struct gcs *gcs = store->own;
    struct json_request *request = base->context;
    const struct store_object *object = request->object;
    struct kit_writer url = kit_writer_in_arena(store->host, call->arena);
    (void)now_ms;
    kit_write_string(&url, store->endpoint);
    if (object)
        write_upload(&url, store, object->key);
    else
        write_question(&url, store, request->question);
    postern_status status = kit_written(&url, &base->url, error);
    if (status >= 0) status = cloud_tokens_bearer(gcs->tokens, store->host, call, &request->bearer, error);
    if (status < 0) return status;
    size_t made = 0;
    for (; object && made < store->header_count; made++)
        headers[made] = store->headers[made];
    if (object) headers[made++] = (postern_pair){KIT_TEXT("content-type"), kit_text(object->content_type)};
    headers[made++] = (postern_pair){KIT_TEXT("authorization"), request->bearer};
    *count = made;
    return POSTERN_OK;
}

static bool renew(struct store *store, struct store_request *base)
{
    const struct gcs *gcs = store->own;
    const struct json_request *request = base->context;
    cloud_tokens_refused(gcs->tokens, request->bearer);
    return true;
}

static postern_status exchange(struct store *store, const postern_call *call, struct json_request *request,
                               postern_http_response *response, postern_error *error)
{
    request->base.context = request;
    request->base.sign = sign;
    request->base.renew = renew;
    return store_exchange(store, call, &request->base, response, error);
}

static postern_status put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error)
{
    postern_http_response response;
    if (speaks_xml(store)) return s3_put(store, call, object, error);
    struct json_request request = {.base = {.method = "POST",
                                            .body = object->body,
                                            .shown = "putting an object",
                                            .there_is_done = store->create_only},
                                   .object = object};
    return exchange(store, call, &request, &response, error);
}

/* ---- What `postern sink test` asks ---- */

static postern_status ask(struct store *store, const postern_call *call,
                          const struct store_question *question, postern_http_response *response,
                          postern_error *error)
{
    const postern_pair content[] = {{KIT_TEXT("alt"), KIT_TEXT("media")}};
    if (speaks_xml(store)) return s3_ask_question(store, call, question, response, error);
    struct store_question asked = *question;
    if (question->key.size && !strcmp(question->method, "GET")) {
        asked.query = content;
        asked.query_count = 1;
    }
    struct json_request request = {.base = {.method = question->method, .shown = question->shown},
                                   .question = &asked};
    return exchange(store, call, &request, response, error);
}

static postern_status probe(struct store_probing *probing, postern_error *error)
{
    const postern_pair fields[] = {{KIT_TEXT("fields"), KIT_TEXT("location,retentionPolicy")}};
    const struct store_question question = {
        .method = "GET", .query = fields, .query_count = 1, .shown = "asking about the bucket"};
    postern_status status;
    if (speaks_xml(probing->store)) return s3_probe(probing, error);
    const struct gcs *gcs = probing->store->own;
    if (!probe_may_ask(probing, &question, &status, error)) return status;
    postern_text where = kit_json_at(probing->response.body, KIT_TEXT("location"));
    if (where.size > 1) where = kit_span(where.data + 1, where.size - 2); /* its quotes */
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "bucket %.*s is there, in %.*s", (int)gcs->bucket.size,
            gcs->bucket.data, (int)(where.size < 64 ? where.size : 64), where.data ? where.data : "");
    bool keeps = kit_json_at(probing->response.body, KIT_TEXT("retentionPolicy")).size > 0;
    if (keeps && !probing->store->create_only)
        kit_say(probing->report, POSTERN_LOG_WARNING, "leave create_only = true",
                "it keeps objects as they are: one that comes again would be refused");
    return POSTERN_OK;
}

/* ---- Its life ---- */

static postern_status create_xml(struct store *store, postern_error *error)
{
    postern_status status = s3_new(store, error);
    if (status < 0) return status;
    struct s3 *s3 = store->own;
    s3->region = KIT_TEXT("auto");
    s3->in_path = true;
    s3->create_header = "x-goog-if-generation-match";
    s3->create_value = "0";
    return POSTERN_OK;
}

static postern_status create_json(struct store *store, postern_error *error)
{
    struct gcs *gcs = calloc(1, sizeof *gcs);
    if (!gcs) return kit_no_memory(error);
    store->own = gcs;
    gcs->bucket = kit_option_text(store->host, "bucket");
    return cloud_tokens_of_service_account(kit_option_text(store->host, "service_account"), KIT_TEXT(SCOPE),
                                           kit_option_text(store->host, "token_url"), &gcs->tokens, error);
}

static postern_status create(struct store *store, postern_error *error)
{
    bool has_account = kit_option_text(store->host, "service_account").size > 0;
    if (has_account == speaks_xml(store))
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "give either service_account or access_key and secret_key");
    postern_status status =
        store_set_endpoint(store, "https://storage.googleapis.com", kit_span(NULL, 0), error);
    if (status < 0) return status;
    return has_account ? create_json(store, error) : create_xml(store, error);
}

static void destroy(struct store *store)
{
    struct gcs *gcs = store->own;
    if (!gcs) return;
    if (speaks_xml(store)) {
        s3_free(store);
        return;
    }
    cloud_tokens_free(gcs->tokens);
    free(gcs);
    store->own = NULL;
}

const struct store_kind gcs_kind = {
    .create = create, .destroy = destroy, .put = put, .ask = ask, .probe = probe};
