/* Mimecast's request signature (API 1.0):
 * base64(HMAC-SHA1(secret, date ":" request id ":" path ":" application key)). */
#ifndef SIMULATOR_SIGNATURE_H
#define SIMULATOR_SIGNATURE_H

#include <stddef.h>

enum { SIGNATURE_SIZE = 29 }; /* 28 characters and NUL */

void signature_make(const void *secret, size_t secret_size, const char *date, const char *request_id,
                    const char *path, const char *app_key, char signature[SIGNATURE_SIZE]);

#endif
