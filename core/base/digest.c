#include "base/digest.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

struct digest {
    EVP_MD_CTX *context;
};

struct digest *digest_new(void)
{
    struct digest *digest = calloc(1, sizeof *digest);
    if (!digest) return NULL;
    digest->context = EVP_MD_CTX_new();
    if (!digest->context || !EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL)) {
        digest_free(digest);
        return NULL;
    }
    return digest;
}

void digest_reset(struct digest *digest)
{
    /* NULL keeps the algorithm: far cheaper than naming it again. */
    EVP_DigestInit_ex(digest->context, NULL, NULL);
}

void digest_update(struct digest *digest, const void *data, size_t size)
{
    EVP_DigestUpdate(digest->context, data, size);
}

void digest_final(struct digest *digest, unsigned char out[32])
{
    EVP_DigestFinal_ex(digest->context, out, NULL);
}

void digest_free(struct digest *digest)
{
    if (!digest) return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_freep(struct digest **digest)
{
    digest_free(*digest);
}

void digest_sha256(postern_text data, unsigned char out[32])
{
    EVP_Digest(data.size ? data.data : "", data.size, out, NULL, EVP_sha256(), NULL);
}

static bool hmac(const EVP_MD *algorithm, postern_text key, postern_text data, unsigned char *out)
{
    return key.size <= INT32_MAX &&
           HMAC(algorithm, key.size ? key.data : "", (int)key.size,
                (const unsigned char *)(data.size ? data.data : ""), data.size, out, NULL);
}

bool digest_hmac_sha1(postern_text key, postern_text data, unsigned char out[20])
{
    return hmac(EVP_sha1(), key, data, out);
}

bool digest_hmac_sha256(postern_text key, postern_text data, unsigned char out[32])
{
    return hmac(EVP_sha256(), key, data, out);
}

void digest_hex(const unsigned char *data, size_t size, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < size; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}

void base64_encode(const unsigned char *data, size_t size, char *out)
{
    EVP_EncodeBlock((unsigned char *)out, data, (int)size);
}

ptrdiff_t base64_decode(postern_text text, unsigned char *out)
{
    size_t padding = 0;
    if (text.size % 4 != 0 || text.size > INT32_MAX) return -1;
    while (padding < 2 && padding < text.size && text.data[text.size - 1 - padding] == '=')
        padding++;
    /* EVP_DecodeBlock skips white space at the ends; a key holds none. */
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/';
        if (!letter && i < text.size - padding) return -1;
    }
    if (text.size == 0) return 0;
    int size = EVP_DecodeBlock(out, (const unsigned char *)text.data, (int)text.size);
    return size < 0 ? -1 : size - (ptrdiff_t)padding;
}
