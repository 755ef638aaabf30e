#include "auth/mimecast_v1.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/secret_buffer.h"
#include "base/text.h"
#include "base/timestamp.h"

#include <assert.h>

/* More than any key seen in the wild; a text beyond is no key. */
#define SECRET_KEY_LIMIT ((size_t)4096)

#define SIGNATURE_SIZE 29 /* base64 of 20 bytes, and a NUL */

static postern_status bad_secret_key(postern_error *error)
{
    error_set(error, POSTERN_E_CONFIG, "the secret key is not base64");
    error_remedy(error,
                 "copy the Secret Key from the Mimecast console again, whole, with the '=' at its end");
    return POSTERN_E_CONFIG;
}

static postern_status sign_text(const struct secret *secret_key, postern_text text,
                                char signature[SIGNATURE_SIZE], postern_error *error)
{
    postern_text encoded = secret_reveal(secret_key);
    if (encoded.size == 0 || encoded.size > SECRET_KEY_LIMIT) return bad_secret_key(error);
    unsigned char key[SECRET_KEY_LIMIT / 4 * 3], mac[20];
    ptrdiff_t key_size = base64_decode(encoded, key);
    bool decoded = key_size > 0;
    bool signed_well =
        decoded && digest_hmac_sha1((postern_text){(const char *)key, (size_t)key_size}, text, mac);
    secret_wipe(key, sizeof key);
    if (!decoded) return bad_secret_key(error);
    if (!signed_well)
        return error_set(error, POSTERN_E_MEMORY, "the request cannot be signed: HMAC-SHA1 failed");
    base64_encode(mac, sizeof mac, signature);
    return POSTERN_OK;
}

postern_status sign_mimecast_v1(const struct auth_signing *signing, postern_arena *arena,
                                postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error)
{
    struct secret *const *secrets = signing->credentials->secrets;
    postern_text app_id = secret_reveal(secrets[0]), app_key = secret_reveal(secrets[1]),
                 access_key = secret_reveal(secrets[2]);
    char date[TIMESTAMP_SIZE], signature[SIGNATURE_SIZE];
    timestamp_mc_date(signing->now_ms, date); /* formatted once: what is signed is what is sent */

    /* It holds the application key. */
    _cleanup_(secret_buffer_free) struct buffer to_sign = {.limit = 1 << 16};
    buffer_reserve(&to_sign,
                   TIMESTAMP_SIZE + strlen(signing->request_id) + strlen(signing->path) + app_key.size + 4);
    buffer_printf(&to_sign, "%s:%s:%s:", date, signing->request_id, signing->path);
    buffer_append_text(&to_sign, app_key);
    if (to_sign.failed)
        return error_set(error, POSTERN_E_MEMORY, "the request cannot be signed: out of memory");
    postern_status status = sign_text(secrets[3], buffer_text(&to_sign), signature, error);
    if (status < 0) return status;

    postern_pair made[] = {
        {TEXT("Authorization"), arena_printf(arena, "MC %.*s:%s", TEXT_ARGS(access_key), signature)},
        {TEXT("x-mc-app-id"), arena_copy(arena, app_id)},
        {TEXT("x-mc-date"), arena_copy(arena, text_of(date))},
        {TEXT("x-mc-req-id"), arena_copy(arena, text_of(signing->request_id))},
    };
    static_assert(sizeof made / sizeof *made == AUTH_HEADER_LIMIT, "all of them are handed over");
    for (size_t i = 0; i < AUTH_HEADER_LIMIT; i++)
        if (!made[i].value.data) return error_set(error, POSTERN_E_MEMORY, "the signed headers do not fit");
    memcpy(headers, made, sizeof made);
    *count = AUTH_HEADER_LIMIT;
    return POSTERN_OK;
}
