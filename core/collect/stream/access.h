/* How the requests of an account are let in: its scheme with the credentials, and the token of schemes that
 * need one. An account has one, and each of its requests a share of its own, because it may outlive both the
 * token and the account. */
#ifndef POSTERN_COLLECT_STREAM_ACCESS_H
#define POSTERN_COLLECT_STREAM_ACCESS_H

#include "auth/scheme.h"

struct access {
    const postern_auth *profile; /* the module's */
    const struct auth_scheme *scheme;
    struct auth_credentials credentials;
    struct secret *token; /* NULL = there is none, or none is needed */
};

/* `to` holds the same. Both must be released. */
void access_share(struct access *to, const struct access *from);
void access_release(struct access *access);
/* Takes over the new token (NULL = none) and lets go of the old one. */
void access_set_token(struct access *access, struct secret *token);
/* Words that a vendor wrote may repeat what it was sent: whatever of that stands in them is left out, also if
 * it is cut off. What is shorter than 6 bytes is no secret. */
void access_conceal(const struct access *access, postern_error *error);
/* Whether the text tells so much of what was sent that it would be left out. */
bool access_is_told(const struct access *access, postern_text text);

#endif
