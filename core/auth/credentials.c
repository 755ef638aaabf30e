#include "auth/credentials.h"

#include <stddef.h>

void auth_credentials_share(struct auth_credentials *to, const struct auth_credentials *from)
{
    for (size_t i = 0; i < AUTH_ROLE_LIMIT; i++)
        to->secrets[i] = from->secrets[i] ? secret_share(from->secrets[i]) : NULL;
}

void auth_credentials_release(struct auth_credentials *credentials)
{
    for (size_t i = 0; i < AUTH_ROLE_LIMIT; i++)
        secret_release(credentials->secrets[i]);
    *credentials = (struct auth_credentials){0};
}
