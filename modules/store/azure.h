/* Blobs in Azure storage: what is known of the account, and one request about a blob or its container. */
#ifndef STORE_AZURE_H
#define STORE_AZURE_H

#include "store.h"

struct append;

struct azure {
    postern_text account, container, key, sas, api_version;
    struct cloud_tokens *tokens; /* NULL = key or SAS */
    char *token_url;
    _Atomic int64_t warned_ms; /* of a SAS that ends soon */
    struct append *append;     /* of the sink that appends; else NULL */
};

/* Makes store->own, by the options that both sinks have. */
postern_status azure_new(struct store *store, postern_error *error);
void azure_free(struct store *store);

/* ---- azure_request.c ---- */

#define AZURE_HEADERS 4 /* beside the user's */

struct azure_request {
    struct store_request base; /* method, body, shown and there_is_done are the caller's to set */
    postern_text key;          /* empty = the container is meant */
    const postern_pair *query; /* before encoding; names in lower case */
    size_t query_count;
    postern_pair headers[HEADERS_LIMIT + AZURE_HEADERS];
    size_t header_count;
    postern_text bearer; /* that it was let in with */
};
void azure_add_header(struct azure_request *request, const char *name, const char *value);
postern_status azure_ask(struct store *store, const postern_call *call, struct azure_request *request,
                         postern_http_response *response, postern_error *error);

/* ---- azure_probe.c: as store_kind says ---- */

postern_status azure_ask_question(struct store *store, const postern_call *call,
                                  const struct store_question *question, postern_http_response *response,
                                  postern_error *error);
postern_status azure_probe(struct store_probing *probing, postern_error *error);

#endif
