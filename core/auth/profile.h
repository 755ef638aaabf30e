/* Authentication profiles of modules (postern_auth): whether the core can do what one asks for, and how it is
 * spoken of. Pure. */
#ifndef POSTERN_AUTH_PROFILE_H
#define POSTERN_AUTH_PROFILE_H

#include "auth/scheme.h"

/* POSTERN_E_UNSUPPORTED if the scheme is not known here; POSTERN_E_INVALID if the profile lacks what its
 * scheme needs. *scheme is set on success. */
postern_status auth_profile_scheme(const postern_auth *profile, const struct auth_scheme **scheme,
                                   postern_error *error);
/* The credential that the user writes under this name; NULL if the profile has none. */
const postern_credential *auth_profile_credential(const postern_auth *profile, const char *name);
/* Its place among the scheme's credentials. */
size_t auth_profile_role(const struct auth_scheme *scheme, const postern_credential *credential);
/* True if the host is one of the profile's; a profile without a list has every host. */
bool auth_profile_has_host(const postern_auth *profile, const char *host);

#endif
