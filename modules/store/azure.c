/* Blobs in Azure storage: one Put Blob each. */
#include "azure.h"
#include "shared/cloud/azure.h"
#include <stdlib.h>

#define SCOPE "https://storage.azure.com/.default"

static postern_status put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error)
{
    postern_http_response response;
    struct azure_request request = {.base = {.method = "PUT",
                                             .body = object->body,
                                             .shown = "putting a blob",
                                             .there_is_done = store->create_only},
                                    .key = object->key};
    for (; request.header_count < store->header_count; request.header_count++)
        request.headers[request.header_count] = store->headers[request.header_count];
    azure_add_header(&request, "content-type", object->content_type);
    azure_add_header(&request, "x-ms-blob-type", "BlockBlob");
    if (store->create_only) azure_add_header(&request, "if-none-match", "*");
    return azure_ask(store, call, &request, &response, error);
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

postern_status azure_new(struct store *store, postern_error *error)
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

void azure_free(struct store *store)
{
    struct azure *azure = store->own;
    if (!azure) return;
    cloud_tokens_free(azure->tokens);
    free(azure->token_url);
    free(azure);
    store->own = NULL;
}

const struct store_kind azure_kind = {
    .create = azure_new, .destroy = azure_free, .put = put, .ask = azure_ask_question, .probe = azure_probe};
