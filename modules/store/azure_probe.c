/* What `postern sink test` asks Azure about a container. */
#include "azure.h"

postern_status azure_ask_question(struct store *store, const postern_call *call,
                                  const struct store_question *question, postern_http_response *response,
                                  postern_error *error)
{
    struct azure_request request = {.base = {.method = question->method, .shown = question->shown},
                                    .key = question->key,
                                    .query = question->query,
                                    .query_count = question->query_count};
    return azure_ask(store, call, &request, response, error);
}

static bool has_true(const postern_http_response *response, const char *name)
{
    return kit_is(kit_header(response->headers, response->header_count, name), "true");
}

postern_status azure_probe(struct store_probing *probing, postern_error *error)
{
    const struct azure *azure = probing->store->own;
    const postern_pair query[] = {{KIT_TEXT("restype"), KIT_TEXT("container")}};
    const struct store_question question = {
        .method = "GET", .query = query, .query_count = 1, .shown = "asking about the container"};
    postern_status status;
    if (azure->sas.size) {
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "asking about the container: not with a shared access signature, which never has the right "
                "to; what it may do with a blob is tried");
        return POSTERN_OK;
    }
    if (!probe_may_ask(probing, &question, &status, error)) return status;
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "container %.*s is there", (int)azure->container.size,
            azure->container.data);
    bool immutable = has_true(&probing->response, "x-ms-has-immutability-policy") ||
                     has_true(&probing->response, "x-ms-has-legal-hold");
    if (immutable && !probing->store->create_only && !azure->append)
        kit_say(probing->report, POSTERN_LOG_WARNING, "set create_only = true",
                "it keeps blobs as they are: one that comes again would be refused");
    return POSTERN_OK;
}
