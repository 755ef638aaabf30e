#include "http/target.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "http/host_policy.h"
#include <curl/curl.h>
#include <sys/socket.h>

static void url_cleanup(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void text_cleanup(char **text)
{
    curl_free(*text);
}

/* A part of the URL as malloc'ed text; NULL if it has none. */
static char *part(CURLU *url, CURLUPart which)
{
    _cleanup_(text_cleanup) char *text = NULL;
    if (curl_url_get(url, which, &text, which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0) != CURLUE_OK)
        return NULL;
    return strdup(text);
}

static char *host_part(CURLU *url)
{
    char *host = part(url, CURLUPART_HOST);
    size_t size = host ? strlen(host) : 0;
    if (size > 2 && host[0] == '[') { /* an IPv6 address */
        memmove(host, host + 1, size - 2);
        host[size - 2] = '\0';
    }
    return host;
}

static char *make_key(const struct http_target *target)
{
    char *key = NULL;
    if (asprintf(&key, "%s:%s", target->host, target->port) < 0) return NULL;
    for (char *c = key; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    return key;
}

static postern_status check_scheme(CURLU *url, struct http_target *target, postern_error *error)
{
    _cleanup_(freep) char *scheme = part(url, CURLUPART_SCHEME);
    target->https = scheme && strcmp(scheme, "https") == 0;
    if (target->https || (scheme && strcmp(scheme, "http") == 0 && host_is_loopback(target->host)))
        return POSTERN_OK;
    error_set(error, POSTERN_E_CONFIG, "the URL of %s is not https", target->host);
    error_remedy(error, "write https:// (plain http is for loopback addresses only)");
    return POSTERN_E_CONFIG;
}

postern_status target_parse(const char *text, struct http_target *target, postern_error *error)
{
    _cleanup_(url_cleanup) CURLU *url = curl_url();
    if (!url) return error_no_memory(error, NULL);
    if (curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
        return error_set(error, POSTERN_E_CONFIG, "the URL to ask is not a valid one");
    _cleanup_(freep) char *user = part(url, CURLUPART_USER);
    _cleanup_(freep) char *password = part(url, CURLUPART_PASSWORD);
    if (user || password)
        return error_set(error, POSTERN_E_CONFIG, "the URL to ask holds a user name or password");

    _cleanup_(target_free) struct http_target made = {.host = host_part(url),
                                                      .path = part(url, CURLUPART_PATH)};
    if (!made.host || !made.path) return error_set(error, POSTERN_E_CONFIG, "the URL to ask has no host");
    postern_status status = check_scheme(url, &made, error);
    if (status < 0) return status;
    made.port = part(url, CURLUPART_PORT);
    made.key = made.port ? make_key(&made) : NULL;
    if (!made.key) return error_no_memory(error, NULL);
    *target = made;
    made = (struct http_target){0};
    return POSTERN_OK;
}

postern_status target_check_public(const struct http_target *target, postern_error *error)
{
    struct sockaddr_storage address;
    bool private = !target->https || host_is_loopback(target->host) ||
                   (address_parse(target->host, &address) && address_is_private((struct sockaddr *)&address));
    if (!private) return POSTERN_OK;
    error_set(error, POSTERN_E_RETRY, "the download's host %s is not a public one", target->host);
    error_remedy(error, "downloads come over https from public addresses; check the account's base_url");
    return POSTERN_E_RETRY;
}

void target_free(struct http_target *target)
{
    free(target->host);
    free(target->port);
    free(target->path);
    free(target->key);
    *target = (struct http_target){0};
}

void proxy_display_name(const char *proxy, char *out, size_t capacity)
{
    _cleanup_(url_cleanup) CURLU *url = curl_url();
    bool parsed = url && curl_url_set(url, CURLUPART_URL, proxy,
                                      CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    _cleanup_(freep) char *host = parsed ? part(url, CURLUPART_HOST) : NULL;
    _cleanup_(text_cleanup) char *port = NULL;
    if (parsed) curl_url_get(url, CURLUPART_PORT, &port, 0);
    /* Without a port libcurl takes 1080, or 443 for an https proxy. */
    snprintf(out, capacity, "%s%s%s", host ? host : "?", port ? ":" : "", port ? port : "");
}

void location_display_name(const char *text, postern_text location, char *out, size_t capacity)
{
    _cleanup_(url_cleanup) CURLU *url = curl_url();
    _cleanup_(freep) char *relative = text_duplicate(location);
    if (capacity) out[0] = '\0';
    if (!url || !relative || location.size == 0) return;
    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK) return;
    if (curl_url_set(url, CURLUPART_URL, relative, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return;
    _cleanup_(freep) char *host = part(url, CURLUPART_HOST);
    _cleanup_(freep) char *path = part(url, CURLUPART_PATH);
    if (host) snprintf(out, capacity, "%s%s", host, path ? path : "");
}
