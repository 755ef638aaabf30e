/* Bearer tokens: asked for through http/1, kept in memory alone, renewed when 80 % of their life is over and
 * once after the receiver refused one. Two ways to get them: OAuth 2.0 client credentials (Entra ID and many
 * others) and the signed assertion of a Google service account.
 *
 * Secrets: client secret, private key and tokens are; they are wiped when let go of. Words of a failure are
 * the answer's `error` and the first line of its `error_description`. */
#ifndef SHARED_CLOUD_TOKEN_H
#define SHARED_CLOUD_TOKEN_H

#include <postern/kit.h>

/* The tokens of one identity. Any number of threads at once: one asks, the others wait for it. */
struct cloud_tokens;

/* All texts are borrowed for as long as the tokens live (options do). */
struct cloud_client_credentials {
    postern_text token_url;
    postern_text client_id, client_secret;
    postern_text scope;          /* may be empty */
    const postern_pair *further; /* more fields of the form: "audience", "resource" */
    size_t further_count;        /* at most CLOUD_FURTHER_FIELDS */
    bool basic;                  /* id and secret go into the header Authorization, not into the form */
};

#define CLOUD_FURTHER_FIELDS 8

postern_status cloud_tokens_of_client(const struct cloud_client_credentials *credentials,
                                      struct cloud_tokens **tokens, postern_error *error);

/* `key_file`: the text of the JSON file that Google gives for a service account; borrowed as above. It is
 * looked at when a token is asked for. `token_url`: in the place of the file's own; empty = the file's. */
postern_status cloud_tokens_of_service_account(postern_text key_file, postern_text scope,
                                               postern_text token_url, struct cloud_tokens **tokens,
                                               postern_error *error);

/* Of Entra ID (Azure): https://AUTHORITY/TENANT/oauth2/v2.0/token. `authority` is a host,
 * "login.microsoftonline.com" as a rule, or a URL. */
void cloud_write_entra_url(struct kit_writer *writer, postern_text authority, postern_text tenant);

/* NULL is fine. */
void cloud_tokens_free(struct cloud_tokens *tokens);

/* The value of the header Authorization ("Bearer ..."), in the call's arena. May ask for a new token and
 * wait for it. Fails as http/1 does; POSTERN_E_CONFIG if the identity is refused, POSTERN_E_RETRY if the
 * answer may be better later. */
postern_status cloud_tokens_bearer(struct cloud_tokens *tokens, const postern_host *host,
                                   const postern_call *call, postern_text *authorization,
                                   postern_error *error);

/* The receiver answered 401 to that value: the next call asks for a new token, unless somebody did so
 * meanwhile. Try once more with what it gives; a second 401 is an answer about the identity. */
void cloud_tokens_refused(struct cloud_tokens *tokens, postern_text authorization);

#endif
