#include "config/base_url.h"
#include "base/error.h"
#include "base/text.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define HOST_SIZE 254

static const char *const api1_hosts[] = {
    "eu-api.mimecast.com",
    "de-api.mimecast.com",
    "us-api.mimecast.com",
    "usb-api.mimecast.com",
    "uspcom-api.mimecast-pscom-us.com",
    "ca-api.mimecast.com",
    "za-api.mimecast.com",
    "au-api.mimecast.com",
    "je-api.mimecast.com",
    "sandbox-api.mimecast.com",
    NULL,
};
static const char *const api2_hosts[] = {
    "api.services.mimecast.com",
    "us-api.services.mimecast.com",
    "uk-api.services.mimecast.com",
    NULL,
};
#define API2_SUFFIX ".services.mimecast.com"

struct parts {
    bool encrypted;
    char host[HOST_SIZE]; /* lower case; an IPv6 address with its brackets */
    char port[8];         /* with the colon; may be empty */
};

static bool is_listed(const char *const *hosts, const char *host)
{
    for (; *hosts; hosts++)
        if (strcmp(*hosts, host) == 0) return true;
    return false;
}

static bool is_loopback(const char *host)
{
    unsigned a, b, c, d;
    char rest;
    if (strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0) return true;
    return sscanf(host, "%u.%u.%u.%u%c", &a, &b, &c, &d, &rest) == 4 && a == 127 && b < 256 && c < 256 &&
           d < 256;
}

/* ---- Reading the URL ---- */

static postern_status split_host(const char *host, size_t size, struct parts *parts, postern_error *error)
{
    const char *end = host + size, *colon = NULL;
    const char *name_end = size && host[0] == '[' ? memchr(host, ']', size) : NULL;
    if (name_end)
        name_end++;
    else
        name_end = (colon = memchr(host, ':', size)) ? colon : end;
    size_t name_size = (size_t)(name_end - host), port_size = (size_t)(end - name_end);
    if (name_size == 0 || name_size >= HOST_SIZE) return error_set(error, POSTERN_E_CONFIG, "names no host");
    for (size_t i = 0; i < name_size; i++) {
        if (!isalnum((unsigned char)host[i]) && !strchr("-.[]:", host[i]))
            return error_set(error, POSTERN_E_CONFIG, "names no valid host: \"%.*s\"", (int)size, host);
        parts->host[i] = (char)tolower((unsigned char)host[i]);
    }
    long port = port_size > 1 && port_size < 7 && *name_end == ':' ? strtol(name_end + 1, NULL, 10) : 0;
    bool digits = port_size < 2 || strspn(name_end + 1, "0123456789") >= port_size - 1;
    if (port_size > 0 && (!digits || port < 1 || port > 65535))
        return error_set(error, POSTERN_E_CONFIG, "has no valid port: \"%.*s\"", (int)size, host);
    memcpy(parts->port, name_end, port_size);
    return POSTERN_OK;
}

static postern_status split(postern_text url, struct parts *parts, postern_error *error)
{
    *parts = (struct parts){0};
    char text[512];
    if (!text_to_string(url, text, sizeof(text))) return error_set(error, POSTERN_E_CONFIG, "is too long");
    const char *host = strstr(text, "://");
    if (!host) return error_set(error, POSTERN_E_CONFIG, "needs https:// in front: \"https://%s\"", text);
    parts->encrypted = strncasecmp(text, "https://", 8) == 0;
    if (!parts->encrypted && strncasecmp(text, "http://", 7) != 0)
        return error_set(error, POSTERN_E_CONFIG, "must begin with https://");
    host += 3;
    size_t size = strcspn(host, "/?#");
    if (memchr(host, '@', size))
        return error_set(error, POSTERN_E_CONFIG, "must not hold a user name or password");
    const char *rest = host + size;
    if (rest[0] && strcmp(rest, "/") != 0)
        return error_set(error, POSTERN_E_CONFIG, "ends behind the host: leave out \"%s\"", rest);
    return split_host(host, size, parts, error);
}

/* ---- Is it the right host? ---- */

static bool is_known(const char *host, int api)
{
    bool one = is_listed(api1_hosts, host), two = is_listed(api2_hosts, host);
    return api == 1 ? one : api == 2 ? two : one || two;
}

/* For a web or login host such as "us.mimecast.com" or "login-us.mimecast.com": the API host of its region.
 */
static const char *api1_host_of_console(const char *host)
{
    static const char *const prefixes[] = {"login-", "webmail-", "console-", ""};
    postern_text text = text_of(host);
    if (!text_ends_with(text, ".mimecast.com")) return NULL;
    size_t i = 0;
    while (!text_starts_with(text, prefixes[i]))
        i++;
    const char *region = host + strlen(prefixes[i]);
    size_t size = strcspn(region, ".");
    for (const char *const *known = api1_hosts; *known; known++)
        if (strncmp(*known, region, size) == 0 && strcmp(*known + size, "-api.mimecast.com") == 0 &&
            strcmp(region + size, ".mimecast.com") == 0)
            return *known;
    return NULL;
}

static postern_status wrong_api(const char *host, int api, postern_error *error)
{
    if (api == 1 && (is_listed(api2_hosts, host) || text_ends_with(text_of(host), API2_SUFFIX)))
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"%s\", which serves API 2.0; with api = 1 it is the host of your region, such as "
            "\"eu-api.mimecast.com\"",
            host);
    if (api == 2 && is_listed(api1_hosts, host))
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"%s\", which serves API 1.0; with api = 2 it is \"api.services.mimecast.com\", or "
            "\"us-api...\" or \"uk-api...\" to stay in that region",
            host);
    return POSTERN_OK;
}

static postern_status unknown_host(const char *host, int api, postern_error *error)
{
    const char *right = api == 2 ? NULL : api1_host_of_console(host);
    if (right)
        return error_set(error, POSTERN_E_CONFIG,
                         "names \"%s\", a web console and no API; did you mean \"%s\"?", host, right);
    if (api == 2 && text_ends_with(text_of(host), ".mimecast.com") &&
        !text_ends_with(text_of(host), API2_SUFFIX))
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"%s\", which does not serve API 2.0; did you mean \"api.services.mimecast.com\"?", host);
    if (strcmp(host, "api.mimecast.com") == 0)
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"api.mimecast.com\", which only finds the host of a region; name that host, such as "
            "\"eu-api.mimecast.com\"");
    const char *near = text_nearest(text_of(host), api == 2 ? api2_hosts : api1_hosts);
    if (near)
        return error_set(
            error, POSTERN_E_CONFIG,
            "names \"%s\", which is none of Mimecast's hosts; did you mean \"%s\"? If it is right, add "
            "allow_host = \"%s\"",
            host, near, host);
    return error_set(
        error, POSTERN_E_CONFIG,
        "names \"%s\", which is none of Mimecast's hosts (such as \"%s\"); if it is right, add allow_host "
        "= \"%s\"",
        host, api == 2 ? api2_hosts[0] : api1_hosts[0], host);
}

postern_status base_url_check(const char *url, int api, const char *allow_host, char normal[BASE_URL_SIZE],
                              postern_error *error)
{
    struct parts parts;
    postern_status status = split(text_trim(text_of(url)), &parts, error);
    if (status < 0) return status;
    bool loopback = is_loopback(parts.host);
    if (!parts.encrypted && !loopback)
        return error_set(error, POSTERN_E_CONFIG,
                         "is not encrypted: write https:// (http:// only to a loopback address)");
    bool allowed = allow_host && strcasecmp(allow_host, parts.host) == 0;
    if (allow_host && !allowed)
        return error_set(error, POSTERN_E_CONFIG, "names \"%s\", but allow_host is \"%s\"", parts.host,
                         allow_host);
    if (!allowed && !loopback && !is_known(parts.host, api)) {
        status = wrong_api(parts.host, api, error);
        return status < 0 ? status : unknown_host(parts.host, api, error);
    }
    snprintf(normal, BASE_URL_SIZE, "%s://%s%s", parts.encrypted ? "https" : "http", parts.host, parts.port);
    return POSTERN_OK;
}
