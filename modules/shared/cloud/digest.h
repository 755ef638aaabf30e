/* SHA-256, HMAC-SHA256 and how their bytes are written: hexadecimal and base64. */
#ifndef SHARED_CLOUD_DIGEST_H
#define SHARED_CLOUD_DIGEST_H

#include <postern/kit.h>

#define CLOUD_DIGEST_SIZE 32
#define CLOUD_HEX_SIZE    (2 * CLOUD_DIGEST_SIZE + 1)

/* Each of these is false, with the output untouched or partly written, only if out of memory. */
bool cloud_sha256(postern_text text, unsigned char digest[CLOUD_DIGEST_SIZE]);
/* In lower case, NUL-terminated. */
bool cloud_sha256_hex(postern_text text, char hex[CLOUD_HEX_SIZE]);
/* `digest` may be where `key` lies. */
bool cloud_hmac_sha256(postern_text key, postern_text text, unsigned char digest[CLOUD_DIGEST_SIZE]);

/* `hex` has room for 2 * size + 1. */
void cloud_hex(const unsigned char *bytes, size_t size, char *hex);

void cloud_write_base64(struct kit_writer *writer, postern_text bytes);
/* The alphabet for URLs, without padding: of JSON web tokens. */
void cloud_write_base64url(struct kit_writer *writer, postern_text bytes);
/* False, with *size untouched, if `text` is no base64 (of the first alphabet, padded) or what it means is
 * longer than `capacity`. */
bool cloud_read_base64(postern_text text, unsigned char *bytes, size_t capacity, size_t *size);

#endif
