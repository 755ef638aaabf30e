/* How a request to Azure storage is let in by an account's shared key or by a shared access signature (SAS).
 * Entra ID gives tokens: shared/cloud/token.h.
 *
 * Secrets: the key, the SAS and the header that comes out are; a URL with a SAS must not be shown. */
#ifndef SHARED_CLOUD_AZURE_H
#define SHARED_CLOUD_AZURE_H

#include <postern/kit.h>

#define CLOUD_AZURE_HEADERS 16

struct cloud_azure_request {
    postern_text account;
    const char *method;
    /* As in the URL, percent-encoded, with the leading slash. (Of an emulator it begins with the account.) */
    postern_text path;
    const postern_pair *query; /* before encoding; names in lower case */
    size_t query_count;
    /* All headers of the request, x-ms-date and x-ms-version among them. Names in lower case, in any order;
     * at most CLOUD_AZURE_HEADERS. */
    const postern_pair *headers;
    size_t header_count;
    size_t body_size;
};

/* The value of the header Authorization, in the arena. POSTERN_E_CONFIG: `key` is no base64. */
postern_status cloud_azure_shared_key(const postern_host *host, postern_arena *arena, postern_text key,
                                      const struct cloud_azure_request *request, postern_text *authorization,
                                      postern_error *error);

/* When a SAS ends, by its parameter `se`. False, with *ms untouched, if it does not say. */
bool cloud_azure_sas_end(postern_text sas, int64_t *ms);
/* A SAS without the question mark that portals put in front. */
postern_text cloud_azure_sas_query(postern_text sas);

#endif
