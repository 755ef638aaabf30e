#include "collect/stream/access.h"

#include "base/smaller.h"

#include <string.h>

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

/* ---- Words of others ---- */

#define SHORTEST_SECRET 6
#define TELLING_PART    12 /* so much of its beginning is as good as the secret */
static const char left_out[] = "...";

/* How much of the secret stands at `at`, if that is too much to be shown; else 0. */
static size_t told_there(const char *at, postern_text secret)
{
    size_t same = 0;
    while (same < secret.size && at[same] && at[same] == secret.data[same])
        same++;
    return same >= smaller_size(secret.size, TELLING_PART) ? same : 0;
}

static void conceal(char *words, const struct secret *secret)
{
    postern_text text = secret ? secret_reveal(secret) : (postern_text){0};
    if (text.size < SHORTEST_SECRET) return;
    char *into = words;
    for (const char *at = words; *at;) {
        size_t told = told_there(at, text);
        if (told) {
            memcpy(into, left_out, sizeof left_out - 1); /* it is shorter than any secret */
            into += sizeof left_out - 1;
            at += told;
        } else {
            *into++ = *at++;
        }
    }
    *into = '\0';
}

void access_conceal(const struct access *access, postern_error *error)
{
    for (size_t i = 0; i < AUTH_ROLE_LIMIT; i++) {
        conceal(error->message, access->credentials.secrets[i]);
        conceal(error->remedy, access->credentials.secrets[i]);
    }
    conceal(error->message, access->token);
    conceal(error->remedy, access->token);
}
