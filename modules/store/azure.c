/* Blobs in Azure storage: one Put Blob each, let in by a shared key, a SAS or a token of Entra ID. */
#include "shared/cloud/azure.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/time.h"
#include "shared/cloud/url.h"
#include "store.h"
#include <stdlib.h>

#define SCOPE        "https://storage.azure.com/.default"
#define DAY_MS       ((int64_t)86400000)
#define WARN_DAYS    7
#define WARN_FROM_MS (WARN_DAYS * DAY_MS)

struct azure {
    postern_text account, container, key, sas, api_version;
    struct cloud_tokens *tokens; /* NULL = key or SAS */
    char *token_url;
    _Atomic int64_t warned_ms; /* of a SAS that ends soon */
};

/* One request and what it was let in with. */
struct blob_request {
    const struct store_object *object;
    postern_text bearer;
};

static postern_text path_of(const struct store *store, const postern_call *call, postern_text key)
{
    const struct azure *azure = store->own;
    struct kit_writer path = kit_writer_in_arena(store->host, call->arena);
    kit_write(&path, store_endpoint_path(store));
    kit_write_string(&path, "/");
    kit_write(&path, azure->container);
    kit_write_string(&path, "/");
    cloud_write_path(&path, key);
    return kit_span(path.data, path.failed ? 0 : path.size);
}

static postern_status write_url(const struct store *store, const postern_call *call, postern_text path,
                                postern_text *url, postern_error *error)
{
    const struct azure *azure = store->own;
    struct kit_writer writer = kit_writer_in_arena(store->host, call->arena);
    if (path.size == 0) return kit_no_memory(error);
    postern_text host = store_endpoint_host(store);
    kit_write(&writer, kit_between(store->endpoint, kit_end(host)));
    kit_write(&writer, path);
    if (azure->sas.size) kit_write_string(&writer, "?");
    kit_write(&writer, azure->sas);
    return kit_written(&writer, url, error);
}

/* Once a day. */
static void warn_of_end(struct store *store, const postern_call *call, int64_t now_ms)
{
    struct azure *azure = store->own;
    int64_t end_ms;
    char line[160];
    if (!azure->sas.size || !store->log || !cloud_azure_sas_end(azure->sas, &end_ms)) return;
    if (end_ms - now_ms > WARN_FROM_MS || (azure->warned_ms && call->steady_ms - azure->warned_ms < DAY_MS))
        return;
    azure->warned_ms = call->steady_ms ? call->steady_ms : 1;
    int64_t days = end_ms > now_ms ? (end_ms - now_ms) / DAY_MS : 0;
    snprintf(line, sizeof line, "the shared access signature ends in %lld days: make a new one",
             (long long)days);
    store->log->write(store->host, POSTERN_LOG_WARNING, line);
}

static postern_status authorize(struct store *store, const postern_call *call, struct store_request *request,
                                postern_text path, const postern_pair *headers, size_t count,
                                postern_text *authorization, postern_error *error)
{
    const struct azure *azure = store->own;
    struct blob_request *asking = request->context;
    if (azure->tokens) {
        postern_status status = cloud_tokens_bearer(azure->tokens, store->host, call, authorization, error);
        if (status >= 0) asking->bearer = *authorization;
        return status;
    }
    const struct cloud_azure_request signing = {.account = azure->account,
                                                .method = request->method,
                                                .path = path,
                                                .headers = headers,
                                                .header_count = count,
                                                .body_size = request->body.size};
    return cloud_azure_shared_key(store->host, call->arena, azure->key, &signing, authorization, error);
}

static postern_status sign(struct store *store, const postern_call *call, struct store_request *request,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error)
{
    const struct azure *azure = store->own;
    const struct blob_request *asking = request->context;
    char *date = store->host->allocate(store->host, call->arena, CLOUD_TIME_SIZE);
    postern_text path = path_of(store, call, asking->object->key), authorization = {0};
    size_t made = 0;
    postern_status status = date ? write_url(store, call, path, &request->url, error) : kit_no_memory(error);
    if (status < 0) return status;
    cloud_http_time(now_ms, date);
    for (; made < store->header_count; made++)
        headers[made] = store->headers[made];
    headers[made++] = (postern_pair){KIT_TEXT("content-type"), kit_text(asking->object->content_type)};
    headers[made++] = (postern_pair){KIT_TEXT("x-ms-blob-type"), KIT_TEXT("BlockBlob")};
    headers[made++] = (postern_pair){KIT_TEXT("x-ms-date"), kit_text(date)};
    headers[made++] = (postern_pair){KIT_TEXT("x-ms-version"), azure->api_version};
    if (store->create_only) headers[made++] = (postern_pair){KIT_TEXT("if-none-match"), KIT_TEXT("*")};
    if (azure->sas.size) {
        warn_of_end(store, call, now_ms);
    } else {
        status = authorize(store, call, request, path, headers, made, &authorization, error);
        headers[made++] = (postern_pair){KIT_TEXT("authorization"), authorization};
    }
    *count = made;
    return status;
}

static bool renew(struct store *store, struct store_request *request)
{
    const struct azure *azure = store->own;
    const struct blob_request *asking = request->context;
    if (azure->tokens) cloud_tokens_refused(azure->tokens, asking->bearer);
    return azure->tokens != NULL;
}

static postern_status put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error)
{
    struct blob_request asking = {.object = object};
    postern_http_response response;
    struct store_request request = {.method = "PUT",
                                    .body = object->body,
                                    .shown = "putting a blob",
                                    .there_is_done = store->create_only,
                                    .context = &asking,
                                    .sign = sign,
                                    .renew = renew};
    return store_exchange(store, call, &request, &response, error);
}

/* ---- Its life ---- */

static postern_status make_tokens(struct store *store, postern_error *error)
{
    struct azure *azure = store->own;
    char url[1024];
    struct kit_writer writer = kit_writer_in_buffer(url, sizeof url);
    cloud_write_entra_url(&writer, kit_option_text(store->host, "authority"),
                          kit_option_text(store->host, "tenant"));
    azure->token_url = writer.failed ? NULL : strndup(url, writer.size);
    if (!azure->token_url) return kit_no_memory(error);
    const struct cloud_client_credentials client = {.token_url = kit_text(azure->token_url),
                                                    .client_id = kit_option_text(store->host, "client_id"),
                                                    .client_secret =
                                                        kit_option_text(store->host, "client_secret"),
                                                    .scope = KIT_TEXT(SCOPE)};
    if (!client.client_id.size || !client.client_secret.size)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "tenant needs client_id and client_secret");
    return cloud_tokens_of_client(&client, &azure->tokens, error);
}

static postern_status create(struct store *store, postern_error *error)
{
    struct azure *azure = calloc(1, sizeof *azure);
    if (!azure) return kit_no_memory(error);
    store->own = azure;
    azure->account = kit_option_text(store->host, "account");
    azure->container = kit_option_text(store->host, "container");
    azure->key = kit_option_text(store->host, "account_key");
    azure->sas = cloud_azure_sas_query(kit_option_text(store->host, "sas"));
    azure->api_version = kit_option_text(store->host, "api_version");
    bool by_token = kit_option_text(store->host, "tenant").size > 0;
    if ((azure->key.size > 0) + (azure->sas.size > 0) + by_token != 1)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "give one of account_key, sas and tenant");
    postern_status status =
        store_set_endpoint(store, "https://*.blob.core.windows.net", azure->account, error);
    return status >= 0 && by_token ? make_tokens(store, error) : status;
}

static void destroy(struct store *store)
{
    struct azure *azure = store->own;
    if (!azure) return;
    cloud_tokens_free(azure->tokens);
    free(azure->token_url);
    free(azure);
    store->own = NULL;
}

const struct store_kind azure_kind = {create, destroy, NULL, put};
