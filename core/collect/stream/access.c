#include "collect/stream/access.h"

void access_share(struct access *to, const struct access *from)
{
    *to = (struct access){.profile = from->profile, .scheme = from->scheme};
    auth_credentials_share(&to->credentials, &from->credentials);
    to->token = from->token ? secret_share(from->token) : NULL;
}

void access_release(struct access *access)
{
    auth_credentials_release(&access->credentials);
    access_set_token(access, NULL);
}

void access_set_token(struct access *access, struct secret *token)
{
    secret_release(access->token);
    access->token = token;
}
