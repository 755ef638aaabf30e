#include "collect/stream/access.h"

#include "base/smaller.h"
#include "base/text.h"

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

/* How much of the secret stands at the beginning of the text, if that is too much to be shown; else 0. */
static size_t told_there(postern_text text, postern_text secret)
{
    size_t same = 0;
    while (same < secret.size && same < text.size && text.data[same] == secret.data[same])
        same++;
    return same >= smaller_size(secret.size, TELLING_PART) ? same : 0;
}

/* Empty if it is none or too short to be one. */
static postern_text reveal(const struct secret *secret)
{
    postern_text text = secret ? secret_reveal(secret) : (postern_text){0};
    return text.size < SHORTEST_SECRET ? (postern_text){0} : text;
}

static bool is_told(postern_text text, const struct secret *secret)
{
    postern_text sought = reveal(secret);
    for (; sought.size && text.size; text.data++, text.size--)
        if (told_there(text, sought)) return true;
    return false;
}

static void conceal(char *words, const struct secret *secret)
{
    postern_text sought = reveal(secret);
    if (!sought.size) return;
    char *into = words;
    for (const char *at = words, *end = words + strlen(words); at < end;) {
        size_t told = told_there(text_slice(at, end), sought);
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

bool access_is_told(const struct access *access, postern_text text)
{
    bool told = is_told(text, access->token);
    for (size_t i = 0; !told && i < AUTH_ROLE_LIMIT; i++)
        told = is_told(text, access->credentials.secrets[i]);
    return told;
}
