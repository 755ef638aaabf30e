/* The scheme "oauth2-client-credentials" (RFC 6749, 4.4): what is asked of the token endpoint, what its
 * answer says, and when the next token is due. Pure; who asks is the collector. */
#ifndef POSTERN_AUTH_OAUTH2_H
#define POSTERN_AUTH_OAUTH2_H

#include "auth/credentials.h"
#include "base/buffer.h"

#define OAUTH2_CONTENT_TYPE "application/x-www-form-urlencoded"

/* The body of the token request. It holds the secret: free it with secret_buffer_free. `scope` NULL = none.
 */
postern_status oauth2_token_request(const struct auth_credentials *credentials, const char *scope,
                                    struct buffer *body, postern_error *error);

struct oauth2_token {
    struct secret *token;
    int64_t lifetime_ms;
};

/* Reads the answer of the token endpoint. On failure
 *   POSTERN_E_CREDENTIALS  the credentials were refused
 *   POSTERN_E_CONFIG       there is no token endpoint, or it refuses what was asked
 *   POSTERN_E_RETRY        anything that may pass, with error->retry_after_ms left at 0
 * in words that hold nothing of the body, because it may echo the credentials. */
postern_status oauth2_read_answer(int status, postern_text body, struct oauth2_token *token,
                                  postern_error *error);

/* So long after it came a token is replaced: a minute before it expires, or a quarter of a short life. */
int64_t oauth2_renew_after(int64_t lifetime_ms);

#endif
