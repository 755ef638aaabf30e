#include "config/base_url.h"

#include "auth/profile.h"
#include "base/address.h"
#include "base/error.h"
#include "base/text.h"

#include <stdio.h>
#include <strings.h>

/* ---- Reading the URL ---- */

static postern_status explain(postern_text text, enum url_fault fault, postern_error *error)
{
    const char *words = url_fault_words(fault);
    const char *host = text_find(text, "://");
    host = host ? host + 3 : text.data;
    const char *end = text.data + text.size, *rest = host;
    while (rest < end && !memchr("/?#", *rest, 3))
        rest++;
    if (fault == URL_NO_SCHEME)
        return error_set(error, POSTERN_E_CONFIG, "%s: \"https://%.*s\"", words, TEXT_ARGS(text));
    if (fault == URL_BAD_HOST || fault == URL_BAD_PORT)
        return error_set(error, POSTERN_E_CONFIG, "%s: \"%.*s\"", words, TEXT_ARGS(text_slice(host, rest)));
    if (rest < end && fault != URL_USER_INFO && fault != URL_NO_HOST && fault != URL_TOO_LONG)
        return error_set(error, POSTERN_E_CONFIG, "ends behind the host: leave out \"%.*s\"",
                         TEXT_ARGS(text_slice(rest, end)));
    return error_set(error, POSTERN_E_CONFIG, "%s", words);
}

static postern_status read_url(postern_text text, struct url *url, postern_error *error)
{
    enum url_fault fault = url_read(text, url);
    if (fault != URL_FINE) return explain(text, fault, error);
    if (!text_is(url->path, "/") || url->query.data) return explain(text, URL_BAD_BYTE, error);
    return POSTERN_OK;
}

/* ---- Is it the right host? ---- */

static bool is_pattern(const postern_known_host *known)
{
    return known->host[0] == '*';
}

const char *base_url_example(const postern_auth *profile)
{
    for (const postern_known_host *const *at = profile->hosts; at && *at; at++)
        if (!is_pattern(*at)) return (*at)->host;
    return NULL;
}

static bool has_word(postern_text label, postern_text word)
{
    const char *end = label.data + label.size;
    for (const char *from = label.data, *to; from < end; from = to + 1) {
        to = memchr(from, '-', (size_t)(end - from));
        if (!to) to = end;
        if (text_equal(text_slice(from, to), word)) return true;
    }
    return false;
}

/* The one known host below the same domain whose first label shares that word. */
static const postern_known_host *sharing_word(const postern_auth *profile, postern_text domain,
                                              postern_text word)
{
    const postern_known_host *found = NULL;
    for (const postern_known_host *const *at = profile->hosts; *at; at++) {
        postern_text host = text_of((*at)->host);
        postern_text label = {host.data, strcspn(host.data, ".")};
        bool below = host.size > domain.size &&
                     text_equal((postern_text){host.data + host.size - domain.size, domain.size}, domain);
        if (is_pattern(*at) || !below || !has_word(label, word)) continue;
        if (found) return NULL;
        found = *at;
    }
    return found;
}

/* What is meant by the name of a web console or the like: "login-de.example.com" for "de-api.example.com". */
static const postern_known_host *find_relative(const postern_auth *profile, const char *host)
{
    postern_text domain = text_of(host + strcspn(host, "."));
    const char *end = domain.data;
    for (const char *from = host, *to; from < end; from = to + 1) {
        to = memchr(from, '-', (size_t)(end - from));
        if (!to) to = end;
        const postern_known_host *found = sharing_word(profile, domain, text_slice(from, to));
        if (found) return found;
    }
    return NULL;
}

static const postern_known_host *find_nearest(const postern_auth *profile, const char *host)
{
    const char *names[64];
    size_t count = 0;
    for (const postern_known_host *const *at = profile->hosts; *at && count < 63; at++)
        if (!is_pattern(*at)) names[count++] = (*at)->host;
    names[count] = NULL;
    const char *nearest = text_nearest(text_of(host), names);
    for (const postern_known_host *const *at = profile->hosts; nearest && *at; at++)
        if ((*at)->host == nearest) return *at;
    return NULL;
}

static postern_status belongs_elsewhere(const char *host, const postern_auth *profile,
                                        const postern_auth *other, postern_error *error)
{
    const char *example = base_url_example(profile);
    return error_set(error, POSTERN_E_CONFIG, "names \"%s\", which serves %s; for %s it is %s%s%s", host,
                     other->title, profile->title, example ? "a host such as \"" : "another host",
                     example ? example : "", example ? "\"" : "");
}

static postern_status unknown_host(const char *host, const postern_auth *profile, postern_error *error)
{
    const postern_known_host *near = find_relative(profile, host);
    if (!near) near = find_nearest(profile, host);
    if (near)
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"%s\", which is no known host of %s; did you mean \"%s\" (%s)? If it is right, "
            "add allow_host = \"%s\"",
            host, profile->title, near->host, near->region, host);
    const char *example = base_url_example(profile);
    return error_set(
        error, POSTERN_E_CONFIG,
        "names \"%s\", which is no known host of %s%s%s%s; if it is right, add allow_host = \"%s\"", host,
        profile->title, example ? " (such as \"" : "", example ? example : "", example ? "\")" : "", host);
}

/* `allowed` by the user: then it is right unless it is known to be another API's. */
static postern_status check_known(const char *host, bool allowed, const postern_auth *profile,
                                  const postern_auth *const *profiles, postern_error *error)
{
    const postern_auth *owner = NULL;
    for (const postern_auth *const *at = profiles; at && *at && !owner; at++)
        if ((*at)->hosts && auth_profile_has_host(*at, host)) owner = *at;
    if (profile ? auth_profile_has_host(profile, host) : owner || !profiles || !*profiles) return POSTERN_OK;
    if (owner) return belongs_elsewhere(host, profile, owner, error);
    if (allowed) return POSTERN_OK;
    return profile || (*profiles)->hosts ? unknown_host(host, profile ? profile : *profiles, error)
                                         : POSTERN_OK;
}

postern_status base_url_check(const char *text, const postern_auth *profile,
                              const postern_auth *const *profiles, const char *allow_host,
                              char normal[URL_ORIGIN_SIZE], postern_error *error)
{
    struct url url;
    postern_status status = read_url(text_trim(text_of(text)), &url, error);
    if (status < 0) return status;
    bool loopback = host_is_loopback(url.host);
    if (!url.https && !loopback)
        return error_set(error, POSTERN_E_CONFIG,
                         "is not encrypted: write https:// (http:// only to a loopback address)");
    bool allowed = allow_host && strcasecmp(allow_host, url.host) == 0;
    if (allow_host && !allowed)
        return error_set(error, POSTERN_E_CONFIG, "names \"%s\", but allow_host is \"%s\"", url.host,
                         allow_host);
    status = loopback ? POSTERN_OK : check_known(url.host, allowed, profile, profiles, error);
    if (status == POSTERN_OK) url_origin(&url, normal);
    return status;
}
