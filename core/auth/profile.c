#include "auth/profile.h"

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

size_t auth_profile_role(const struct auth_scheme *scheme, const postern_credential *credential)
{
    return auth_scheme_role(scheme, credential->role ? credential->role : credential->name);
}

/* Every role by one credential, and no credential that is none. */
static bool covers_roles(const postern_auth *profile, const struct auth_scheme *scheme)
{
    size_t given[AUTH_ROLE_LIMIT] = {0};
    for (const postern_credential *const *at = profile->credentials; at && *at; at++) {
        size_t role = auth_profile_role(scheme, *at);
        if (role == SIZE_MAX || given[role]++) return false;
    }
    for (size_t i = 0; scheme->roles[i]; i++)
        if (!given[i]) return false;
    return true;
}

postern_status auth_profile_scheme(const postern_auth *profile, const struct auth_scheme **scheme,
                                   postern_error *error)
{
    const struct auth_scheme *found = auth_scheme_find(profile->scheme);
    if (!found) {
        error_set(error, POSTERN_E_UNSUPPORTED, "this Postern does not know its scheme \"%s\"",
                  profile->scheme);
        error_remedy(error, "install a newer Postern, or an older version of the module");
        return POSTERN_E_UNSUPPORTED;
    }
    const char *fault = NULL;
    if (!covers_roles(profile, found))
        fault = "its credentials are not those of its scheme";
    else if (found->uses_header && (!profile->header || !profile->header[0]))
        fault = "it names no header";
    else if (found->has_token && url_check_path(text_of(profile->token_path)) != URL_FINE)
        fault = "it names no valid path for tokens";
    if (fault) {
        error_set(error, POSTERN_E_INVALID, "%s", fault);
        error_remedy(error, "this is a mistake in the module: report it to whoever made the module");
        return POSTERN_E_INVALID;
    }
    *scheme = found;
    return POSTERN_OK;
}

const postern_credential *auth_profile_credential(const postern_auth *profile, const char *name)
{
    for (const postern_credential *const *at = profile->credentials; at && *at; at++)
        if (strcmp((*at)->name, name) == 0) return *at;
    return NULL;
}

/* "eu-api.example.com", or with any labels in front "*.services.example.com". */
static bool covers_host(const char *known, postern_text host)
{
    if (strncmp(known, "*.", 2) != 0) return text_is(host, known);
    return host.size > strlen(known + 1) && text_ends_with(host, known + 1);
}

bool auth_profile_has_host(const postern_auth *profile, const char *host)
{
    if (!profile->hosts) return true;
    for (const postern_known_host *const *at = profile->hosts; *at; at++)
        if (covers_host((*at)->host, text_of(host))) return true;
    return false;
}
