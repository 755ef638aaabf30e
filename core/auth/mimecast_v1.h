/* Request signing of Mimecast's API 1.0. Source: mimecast-api.md A1. */
#ifndef POSTERN_AUTH_MIMECAST_V1_H
#define POSTERN_AUTH_MIMECAST_V1_H

#include "base/arena.h"
#include "base/secret.h"

struct api1_credentials {
    const struct secret *app_id, *app_key, *access_key,
        *secret_key; /* trimmed and checked by the configuration; secret_key still base64 */
};

/* The four headers Authorization, x-mc-app-id, x-mc-date, x-mc-req-id for one try. `uri_path` is the path
 * only. `headers` takes 4. The values live in the arena, which the caller wipes with the exchange. */
postern_status api1_sign(const struct api1_credentials *credentials, const char *uri_path, int64_t now_ms,
                         const char *request_id, postern_arena *arena, postern_pair headers[4],
                         postern_error *error);

#endif
