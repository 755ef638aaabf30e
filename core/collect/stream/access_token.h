/* The access token of an account whose scheme needs one (auth/oauth2.h): one request for all of its streams,
 * renewed before it expires, replaced when the vendor refuses it. [network] */
#ifndef POSTERN_COLLECT_STREAM_ACCESS_TOKEN_H
#define POSTERN_COLLECT_STREAM_ACCESS_TOKEN_H

#include "collect/plan/trouble.h"
#include "collect/stream/account.h"

struct access_token {
    const char *path, *scope; /* the module's: where it is asked for, below the base URL; scope NULL = none */
    int64_t renew_ms, expires_ms; /* monotonic; of the token in the account's access */
    int64_t not_before_ms;        /* monotonic; when it may be asked for again after a failure */
    int failures;                 /* in a row */
    uint64_t said; /* hash of the words of the last trouble that was logged; 0 = none since it worked */
    struct request *request; /* under way */
};

/* True if requests can be authenticated now. Else a token is being asked for: streams with `waits_for_token`
 * are woken when it is there, or have the trouble of it. If it may not be asked for yet, *again_ms says when
 * (0 otherwise). */
bool access_token_ready(struct account *account, int64_t *again_ms);
/* A request that was authenticated with this token got a 401: the token is not used again. */
void access_token_refused(struct account *account, const struct secret *token);
/* Forgets a request under way. */
void access_token_pause(struct account *account);
/* A new configuration with the same credentials goes on with the token that there is. */
void access_token_take_over(struct account *account, const struct account *before);

/* The two halves, for a probe: the request, and what its answer was. The second frees the request; false with
 * *trouble set if it brought no token. */
struct request *access_token_request(const struct account *account, postern_error *error);
bool access_token_take(struct account *account, struct request *request, struct trouble *trouble);

#endif
