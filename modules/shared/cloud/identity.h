/* What the two kinds of identity put into the request for a token; for token.c. */
#ifndef SHARED_CLOUD_IDENTITY_H
#define SHARED_CLOUD_IDENTITY_H

#include "shared/cloud/token.h"

struct cloud_service_account {
    postern_text key_file, scope, token_url;
};

/* What is asked; all of it in the arena. */
struct cloud_token_request {
    postern_text url, form;
    postern_text authorization; /* empty = none */
};

postern_status cloud_client_request(const struct cloud_client_credentials *credentials,
                                    const postern_host *host, postern_arena *arena,
                                    struct cloud_token_request *request, postern_error *error);

/* `now_ms` by the clock of the one that is asked. */
postern_status cloud_service_account_request(const struct cloud_service_account *account,
                                             const postern_host *host, postern_arena *arena, int64_t now_ms,
                                             struct cloud_token_request *request, postern_error *error);

#endif
