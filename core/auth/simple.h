/* The schemes that put a credential into one header as it is: none, basic, bearer, header, and the token of
 * oauth2. Each is an auth_scheme.sign. */
#ifndef POSTERN_AUTH_SIMPLE_H
#define POSTERN_AUTH_SIMPLE_H

#include "auth/scheme.h"

postern_status sign_none(const struct auth_signing *signing, postern_arena *arena,
                         postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);
postern_status sign_basic(const struct auth_signing *signing, postern_arena *arena,
                          postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);
postern_status sign_bearer(const struct auth_signing *signing, postern_arena *arena,
                           postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);
postern_status sign_header(const struct auth_signing *signing, postern_arena *arena,
                           postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);
postern_status sign_token(const struct auth_signing *signing, postern_arena *arena,
                          postern_pair headers[AUTH_HEADER_LIMIT], size_t *count, postern_error *error);

#endif
