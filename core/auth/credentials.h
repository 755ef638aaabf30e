/* What an account is let in with: secrets, in the order of its scheme's roles. Held in locked memory, shared
 * by count, wiped when the last holder lets go. */
#ifndef POSTERN_AUTH_CREDENTIALS_H
#define POSTERN_AUTH_CREDENTIALS_H

#include "base/secret.h"

#define AUTH_ROLE_LIMIT 4

struct auth_credentials {
    struct secret *secrets[AUTH_ROLE_LIMIT]; /* NULL where the scheme has no further role */
};

/* `to` holds the same secrets. Both must be released. */
void auth_credentials_share(struct auth_credentials *to, const struct auth_credentials *from);
void auth_credentials_release(struct auth_credentials *credentials); /* empty afterwards */

#endif
