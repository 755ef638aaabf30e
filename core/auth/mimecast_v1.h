/* The scheme "mimecast-v1": requests of API 1.0 are signed with HMAC-SHA1, each with a date and an id of its
 * own. The one file of the core that speaks a vendor's way: modules/mimecast/api.md,
 * "Signing". */
#ifndef POSTERN_AUTH_MIMECAST_V1_H
#define POSTERN_AUTH_MIMECAST_V1_H

#include "auth/scheme.h"

/* The headers Authorization, x-mc-app-id, x-mc-date, x-mc-req-id; secret_key is base64. An auth_scheme.sign.
 */
postern_status sign_mimecast_v1(const struct auth_signing *signing, postern_arena *arena,
                                postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);

#endif
