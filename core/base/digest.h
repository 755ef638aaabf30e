/* Hashes, over OpenSSL. */
#ifndef POSTERN_BASE_DIGEST_H
#define POSTERN_BASE_DIGEST_H

#include <postern/module.h>

struct digest; /* a SHA-256 under way */
struct digest *digest_new(void);
void digest_reset(struct digest *digest);
void digest_update(struct digest *digest, const void *data, size_t size);
void digest_final(struct digest *digest, unsigned char out[32]); /* then digest_reset before the next */
void digest_free(struct digest *digest);
void digest_freep(struct digest **digest);

void digest_sha256(postern_text data, unsigned char out[32]);
/* HMAC-SHA1, for the signature of API 1.0. */
bool digest_hmac_sha1(postern_text key, postern_text data, unsigned char out[20]);
/* HMAC-SHA256, for pseudonyms and fingerprints. */
bool digest_hmac_sha256(postern_text key, postern_text data, unsigned char out[32]);
/* Lower-case hex; `out` holds 2 * size + 1 bytes. */
void digest_hex(const unsigned char *data, size_t size, char *out);
/* Standard base64 with padding. Encode: `out` holds 4 * ((size + 2) / 3) + 1 bytes. Decode: strict; returns
 * the size or -1; `out` holds text.size / 4 * 3 bytes. */
void base64_encode(const unsigned char *data, size_t size, char *out);
ptrdiff_t base64_decode(postern_text text, unsigned char *out);

#endif
