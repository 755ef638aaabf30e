/* Schemes of authentication: how a request is let in, as code. Which scheme, host and credentials a vendor
 * wants is data of its module (postern_auth). Pure: no IO, no clock of its own. */
#ifndef POSTERN_AUTH_SCHEME_H
#define POSTERN_AUTH_SCHEME_H

#include "auth/credentials.h"
#include "base/arena.h"

/* At most so many headers are added by a scheme. */
#define AUTH_HEADER_LIMIT 4

/* All that a signature may depend on. */
struct auth_signing {
    const struct auth_credentials *credentials;
    const struct secret *token; /* of a scheme with a token; NULL = there is none yet */
    const char *header;         /* of the scheme "header": the header's name */
    const char *path;           /* what is asked, without the query */
    const char *request_id;     /* a fresh GUID */
    int64_t now_ms;             /* the vendor's time */
};

struct auth_scheme {
    const char *name;
    const char *roles[AUTH_ROLE_LIMIT + 1]; /* what it needs; ends with NULL */
    bool uses_header;                       /* signing.header must be given */
    bool signs_time;                        /* the time is part of it: with a wrong clock it is refused */
    bool sends_request_id;                  /* signing.request_id goes with the request */
    bool has_token;                         /* signs with a token that is fetched first: auth/oauth2.h */
    /* Adds the headers of one try. Names are constants, values live in the arena, which the caller wipes. */
    postern_status (*sign)(const struct auth_signing *signing, postern_arena *arena,
                           postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);
};

/* NULL if there is none of that name. */
const struct auth_scheme *auth_scheme_find(const char *name);
/* The place of a role among the scheme's credentials; SIZE_MAX if it has no such role. */
size_t auth_scheme_role(const struct auth_scheme *scheme, const char *role);

#endif
