#include "auth/simple.h"

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"

static postern_status one_header(postern_text name, postern_text value, postern_pair *headers, size_t *count,
                                 postern_error *error)
{
    if (!value.data) return error_set(error, POSTERN_E_MEMORY, "the headers that authenticate do not fit");
    headers[0] = (postern_pair){name, value};
    *count = 1;
    return POSTERN_OK;
}

postern_status sign_none(const struct auth_signing *signing, postern_arena *arena,
                         postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    (void)signing, (void)arena, (void)headers, (void)error;
    *count = 0;
    return POSTERN_OK;
}

/* RFC 7617. */
postern_status sign_basic(const struct auth_signing *signing, postern_arena *arena,
                          postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    static const char before[] = "Basic ";
    postern_text user = secret_reveal(signing->credentials->secrets[0]);
    postern_text password = secret_reveal(signing->credentials->secrets[1]);
    if (memchr(user.data, ':', user.size)) {
        error_set(error, POSTERN_E_CONFIG, "the user name holds a colon");
        error_remedy(error, "with the scheme \"basic\" a user name cannot hold one: use another user");
        return POSTERN_E_CONFIG;
    }
    postern_text both = arena_printf(arena, "%.*s:%.*s", TEXT_ARGS(user), TEXT_ARGS(password));
    char *value = both.data ? arena_allocate(arena, sizeof before + 4 * ((both.size + 2) / 3)) : NULL;
    if (!value) return one_header(TEXT("Authorization"), (postern_text){0}, headers, count, error);
    memcpy(value, before, sizeof before);
    base64_encode((const unsigned char *)both.data, both.size, value + sizeof before - 1);
    return one_header(TEXT("Authorization"), text_of(value), headers, count, error);
}

/* RFC 6750. */
static postern_status bearer(const struct secret *token, postern_arena *arena, postern_pair *headers,
                             size_t *count, postern_error *error)
{
    postern_text text = secret_reveal(token);
    postern_text value = arena_printf(arena, "Bearer %.*s", TEXT_ARGS(text));
    return one_header(TEXT("Authorization"), value, headers, count, error);
}

postern_status sign_bearer(const struct auth_signing *signing, postern_arena *arena,
                           postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    return bearer(signing->credentials->secrets[0], arena, headers, count, error);
}

postern_status sign_header(const struct auth_signing *signing, postern_arena *arena,
                           postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    postern_text value = arena_copy(arena, secret_reveal(signing->credentials->secrets[0]));
    return one_header(text_of(signing->header), value, headers, count, error);
}

postern_status sign_token(const struct auth_signing *signing, postern_arena *arena,
                          postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    if (!signing->token) return error_set(error, POSTERN_E_RETRY, "there is no access token yet");
    return bearer(signing->token, arena, headers, count, error);
}
