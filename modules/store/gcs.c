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

struct upload_request {
    const struct store_object *object;
    postern_text bearer;
};

static postern_status write_url(const struct store *store, const postern_call *call, postern_text key,
                                postern_text *url, postern_error *error)
{
    const struct gcs *gcs = store->own;
    const postern_pair query[] = {{KIT_TEXT("uploadType"), KIT_TEXT("media")},
                                  {KIT_TEXT("name"), key},
                                  {KIT_TEXT("ifGenerationMatch"), KIT_TEXT("0")}};
    struct kit_writer writer = kit_writer_in_arena(store->host, call->arena);
    kit_write_string(&writer, store->endpoint);
    kit_write_string(&writer, "/upload/storage/v1/b/");
    cloud_write_encoded(&writer, gcs->bucket);
    kit_write_string(&writer, "/o?");
    cloud_write_form(&writer, query, store->create_only ? 3 : 2);
    return kit_written(&writer, url, error);
}

static postern_status sign(struct store *store, const postern_call *call, struct store_request *request,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error)
{
    const struct gcs *gcs = store->own;
    struct upload_request *asking = request->context;
    (void)now_ms;
    postern_status status = write_url(store, call, asking->object->key, &request->url, error);
    if (status >= 0) status = cloud_tokens_bearer(gcs->tokens, store->host, call, &asking->bearer, error);
    if (status < 0) return status;
    size_t made = 0;
    for (; made < store->header_count; made++)
        headers[made] = store->headers[made];
    headers[made++] = (postern_pair){KIT_TEXT("content-type"), kit_text(asking->object->content_type)};
    headers[made++] = (postern_pair){KIT_TEXT("authorization"), asking->bearer};
    *count = made;
    return POSTERN_OK;
}

static bool renew(struct store *store, struct store_request *request)
{
    const struct gcs *gcs = store->own;
    const struct upload_request *asking = request->context;
    cloud_tokens_refused(gcs->tokens, asking->bearer);
    return true;
}

static postern_status put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error)
{
    struct upload_request asking = {.object = object};
    postern_http_response response;
    if (speaks_xml(store)) return s3_put(store, call, object, error);
    struct store_request request = {.method = "POST",
                                    .body = object->body,
                                    .shown = "putting an object",
                                    .there_is_done = store->create_only,
                                    .context = &asking,
                                    .sign = sign,
                                    .renew = renew};
    return store_exchange(store, call, &request, &response, error);
}

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

const struct store_kind gcs_kind = {create, destroy, NULL, put};
