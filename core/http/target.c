#include "http/target.h"
#include "base/address.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include <stdio.h>
#include <stdlib.h>

static postern_status unusable(enum url_fault fault, postern_error *error)
{
    if (fault != URL_OTHER_SCHEME)
        return error_set(error, POSTERN_E_CONFIG, "the URL to ask is not a valid one: it %s",
                         url_fault_words(fault));
    error_set(error, POSTERN_E_CONFIG, "the URL to ask is not https");
    error_remedy(error, "write https:// (plain http is for loopback addresses only)");
    return POSTERN_E_CONFIG;
}

/* Without the brackets of an IPv6 address. */
static postern_text bare_host(const struct url *url)
{
    postern_text host = text_of(url->host);
    return host.data[0] == '[' ? (postern_text){host.data + 1, host.size - 2} : host;
}

static bool is_named(const char *const *hosts, postern_text host)
{
    for (; hosts && *hosts; hosts++)
        if (text_is_ignoring_case(host, *hosts)) return true;
    return false;
}

postern_status target_parse(const char *text, const char *const *allow_http, struct http_target *target,
                            postern_error *error)
{
    struct url url;
    enum url_fault fault = url_read(text_of(text), &url);
    if (fault != URL_FINE) return unusable(fault, error);
    bool allowed_http = !url.https && is_named(allow_http, bare_host(&url));
    if (!url.https && !allowed_http && !host_is_loopback(url.host)) {
        error_set(error, POSTERN_E_CONFIG, "the URL of %s is not https", url.host);
        error_remedy(error, "write https:// (plain http is for loopback addresses only)");
        return POSTERN_E_CONFIG;
    }
    struct http_target made = {.https = url.https,
                               .allowed_http = allowed_http,
                               .host = text_duplicate(bare_host(&url)),
                               .path = text_duplicate(url.path)};
    if (asprintf(&made.key, "%s:%u", url.host, url.port) < 0) made.key = NULL;
    if (!made.host || !made.path || !made.key) {
        target_free(&made);
        return error_no_memory(error, NULL);
    }
    *target = made;
    return POSTERN_OK;
}

postern_status target_check_public(const struct http_target *target, postern_error *error)
{
    if (target->https && !host_is_private(target->host)) return POSTERN_OK;
    error_set(error, POSTERN_E_RETRY, "the download's host %s is not a public one", target->host);
    error_remedy(error, "downloads come over https from public addresses; check the account's base_url");
    return POSTERN_E_RETRY;
}

void target_free(struct http_target *target)
{
    free(target->host);
    free(target->path);
    free(target->key);
    *target = (struct http_target){0};
}

void proxy_display_name(const char *proxy, char *out, size_t capacity)
{
    const char *from = strstr(proxy, "://");
    from = from ? from + 3 : proxy;
    const char *end = from + strcspn(from, "/?#");
    const char *at = memrchr(from, '@', (size_t)(end - from)); /* the password may hold one too */
    char host[URL_HOST_SIZE];
    uint16_t port = 0;
    if (url_read_authority(text_slice(at ? at + 1 : from, end), host, &port) != URL_FINE)
        snprintf(out, capacity, "?");
    else if (port) /* without one libcurl takes 1080, or 443 for an https proxy */
        snprintf(out, capacity, "%s:%u", host, port);
    else
        snprintf(out, capacity, "%s", host);
}

#define LOCATION_SIZE 4096 /* a longer one is shown as nothing */

void location_display_name(const char *text, postern_text location, char *out, size_t capacity)
{
    struct url asked, url;
    char whole[LOCATION_SIZE];
    if (capacity) out[0] = '\0';
    if (text_starts_with(location, "//")) { /* another host, with the scheme that was asked */
        int size = snprintf(whole, sizeof whole, "https:%.*s", TEXT_ARGS(location));
        if (size < 0 || (size_t)size >= sizeof whole) return;
        location = (postern_text){whole, (size_t)size};
    }
    if (url_read(location, &url) == URL_FINE) {
        snprintf(out, capacity, "%s%.*s", url.host, TEXT_ARGS(url.path));
    } else if (url_check_path(location) == URL_FINE && url_read(text_of(text), &asked) == URL_FINE) {
        const char *mark = memchr(location.data, '?', location.size);
        size_t size = mark ? (size_t)(mark - location.data) : location.size;
        snprintf(out, capacity, "%s%.*s", asked.host, (int)size, location.data);
    }
}
