/* One request to Azure storage: its URL, and what lets it in: a shared key, a SAS or a token of Entra ID. */
#include "azure.h"
#include "shared/cloud/azure.h"
#include "shared/cloud/time.h"
#include "shared/cloud/url.h"

#define DAY_MS       ((int64_t)86400000)
#define WARN_DAYS    7
#define WARN_FROM_MS (WARN_DAYS * DAY_MS)

static postern_text path_of(const struct store *store, const postern_call *call, postern_text key)
{
    const struct azure *azure = store->own;
    struct kit_writer path = kit_writer_in_arena(store->host, call->arena);
    kit_write(&path, store_endpoint_path(store));
    kit_write_string(&path, "/");
    kit_write(&path, azure->container);
    if (key.size) kit_write_string(&path, "/");
    cloud_write_path(&path, key);
    return kit_span(path.data, path.failed ? 0 : path.size);
}

static postern_status write_url(const struct store *store, const postern_call *call,
                                const struct azure_request *request, postern_text path, postern_text *url,
                                postern_error *error)
{
    const struct azure *azure = store->own;
    struct kit_writer writer = kit_writer_in_arena(store->host, call->arena);
    if (path.size == 0) return kit_no_memory(error);
    postern_text host = store_endpoint_host(store);
    kit_write(&writer, kit_between(store->endpoint, kit_end(host)));
    kit_write(&writer, path);
    if (request->query_count || azure->sas.size) kit_write_string(&writer, "?");
    cloud_write_form(&writer, request->query, request->query_count);
    if (request->query_count && azure->sas.size) kit_write_string(&writer, "&");
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

static postern_status authorize(struct store *store, const postern_call *call, struct azure_request *request,
                                postern_text path, const postern_pair *headers, size_t count,
                                postern_text *authorization, postern_error *error)
{
    const struct azure *azure = store->own;
    if (azure->tokens) {
        postern_status status = cloud_tokens_bearer(azure->tokens, store->host, call, authorization, error);
        if (status >= 0) request->bearer = *authorization;
        return status;
    }
    const struct cloud_azure_request signing = {.account = azure->account,
                                                .method = request->base.method,
                                                .path = path,
                                                .query = request->query,
                                                .query_count = request->query_count,
                                                .headers = headers,
                                                .header_count = count,
                                                .body_size = request->base.body.size};
    return cloud_azure_shared_key(store->host, call->arena, azure->key, &signing, authorization, error);
}

static postern_status sign(struct store *store, const postern_call *call, struct store_request *base,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error)
{
    const struct azure *azure = store->own;
    struct azure_request *request = base->context;
    char *date = store->host->allocate(store->host, call->arena, CLOUD_TIME_SIZE);
    postern_text path = path_of(store, call, request->key), authorization = {0};
    size_t made = 0;
    postern_status status =
        date ? write_url(store, call, request, path, &base->url, error) : kit_no_memory(error);
    if (status < 0) return status;
    cloud_http_time(now_ms, date);
    for (; made < request->header_count; made++)
        headers[made] = request->headers[made];
    headers[made++] = (postern_pair){KIT_TEXT("x-ms-date"), kit_text(date)};
    headers[made++] = (postern_pair){KIT_TEXT("x-ms-version"), azure->api_version};
    if (azure->sas.size) {
        warn_of_end(store, call, now_ms);
    } else {
        status = authorize(store, call, request, path, headers, made, &authorization, error);
        headers[made++] = (postern_pair){KIT_TEXT("authorization"), authorization};
    }
    *count = made;
    return status;
}

static bool renew(struct store *store, struct store_request *base)
{
    const struct azure *azure = store->own;
    const struct azure_request *request = base->context;
    if (azure->tokens) cloud_tokens_refused(azure->tokens, request->bearer);
    return azure->tokens != NULL;
}

void azure_add_header(struct azure_request *request, const char *name, const char *value)
{
    request->headers[request->header_count++] = (postern_pair){kit_text(name), kit_text(value)};
}

postern_status azure_ask(struct store *store, const postern_call *call, struct azure_request *request,
                         postern_http_response *response, postern_error *error)
{
    request->base.context = request;
    request->base.sign = sign;
    request->base.renew = renew;
    return store_exchange(store, call, &request->base, response, error);
}
