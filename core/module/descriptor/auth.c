/* Checks an authentication profile that a module declares. */
#include "module/descriptor/parts.h"
#include <string.h>

/* Words of `account` itself: a credential of such a name could never be given. */
static bool is_word_of_accounts(const char *name)
{
    static const char *const words[] = {"api", "auth", "base_url", "allow_host"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i], name)) return true;
    return false;
}

static postern_status check_credential(const struct inspection *at, const postern_auth *auth,
                                       const postern_credential *credential)
{
    postern_status status =
        check_size(at, "credential", credential->size, SIZE_THROUGH(postern_credential, help));
    if (status == POSTERN_OK)
        status =
            check_flags(at, "credential", credential->name, credential->flags, POSTERN_CREDENTIAL_PUBLIC);
    if (status < 0) return status;
    if (!is_name(credential->name, "_"))
        return malformed(at, "authentication profile", auth->name, "has a credential without a valid name");
    if (is_word_of_accounts(credential->name))
        return malformed(at, "credential", credential->name,
                         "has the name of a key that accounts have by themselves");
    if (credential->syntax > POSTERN_SYNTAX_ANY)
        return unknown(at, "credential", credential->name, "is of unknown syntax");
    if (!is_line(credential->title) || !is_line(credential->help))
        return malformed(at, "credential", credential->name, "has no title or no help of one line");
    for (const postern_credential *const *other = auth->credentials; *other != credential; other++)
        if (!strcmp((*other)->name, credential->name))
            return malformed(at, "credential", credential->name, "comes twice");
    return POSTERN_OK;
}

static postern_status check_hosts(const struct inspection *at, const postern_auth *auth)
{
    for (const postern_known_host *const *known = auth->hosts; known && *known; known++) {
        postern_status status =
            check_size(at, "known host", (*known)->size, SIZE_THROUGH(postern_known_host, region));
        if (status == POSTERN_OK) status = check_flags(at, "known host", (*known)->host, (*known)->flags, 0);
        if (status < 0) return status;
        const char *host = (*known)->host;
        if (host && !strncmp(host, "*.", 2)) host += 2;
        if (!is_name(host, ".-") || !is_line((*known)->region))
            return malformed(at, "known host", (*known)->host, "is no host name, or has no region");
    }
    return POSTERN_OK;
}

postern_status check_auth(const struct inspection *at, const postern_auth *auth)
{
    postern_status status =
        check_size(at, "authentication profile", auth->size, SIZE_THROUGH(postern_auth, refused_help));
    if (status == POSTERN_OK) status = check_flags(at, "authentication profile", auth->name, auth->flags, 0);
    if (status < 0) return status;
    if (!is_name(auth->name, "./_-"))
        return malformed(at, "authentication profile", auth->name, "has no valid name");
    if (!is_line(auth->title) || !is_name(auth->scheme, "-"))
        return malformed(at, "authentication profile", auth->name, "has no title or no scheme");
    for (const postern_credential *const *credential = auth->credentials;
         status == POSTERN_OK && credential && *credential; credential++)
        status = check_credential(at, auth, *credential);
    return status == POSTERN_OK ? check_hosts(at, auth) : status;
}
