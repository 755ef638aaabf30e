#include "signature.h"
#include "text.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

void signature_make(const void *secret, size_t secret_size, const char *date, const char *request_id,
                    const char *path, const char *app_key, char signature[SIGNATURE_SIZE])
{
    struct text to_sign = {0};
    text_printf(&to_sign, "%s:%s:%s:%s", date, request_id, path, app_key);
    unsigned char digest[20];
    unsigned size = 0;
    HMAC(EVP_sha1(), secret, (int)secret_size, (const unsigned char *)to_sign.data, to_sign.size, digest,
         &size);
    text_clear(&to_sign);
    text_base64(&to_sign, digest, size, false);
    memcpy(signature, to_sign.data, SIGNATURE_SIZE);
    text_free(&to_sign);
}
