#include "parse/url.h"
#include "base/text.h"
#include "parse/file_extension.h"
#include "parse/ip.h"

static bool is_alpha(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* The first of `bytes` in [from, end), or `end`. */
static const char *find_any(const char *from, const char *end, const char *bytes)
{
    for (; from < end; from++)
        for (const char *byte = bytes; *byte; byte++)
            if (*from == *byte) return from;
    return end;
}

static bool is_host(postern_text host)
{
    for (size_t i = 0; i < host.size; i++) {
        unsigned char byte = (unsigned char)host.data[i];
        if (byte <= ' ' || byte == 0x7f || strchr("\"<>\\^`{|}", byte)) return false;
    }
    return host.size > 0;
}

/* 1 to 65535; 0 for "nothing behind the colon" which browsers accept too. */
static int read_port(postern_text digits)
{
    int value = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_digit(digits.data[i])) return URL_UNUSABLE_PORT;
        value = value * 10 + (digits.data[i] - '0');
        if (value > 65535) return URL_UNUSABLE_PORT;
    }
    return value;
}

/* "user:password@host:port" */
static bool read_authority(postern_text authority, struct url_parts *parts)
{
    const char *end = authority.data + authority.size;
    const char *host = authority.data;
    const char *at = authority.size ? memrchr(authority.data, '@', authority.size) : NULL;
    if (at) {
        const char *colon = find_any(authority.data, at, ":");
        parts->username = text_slice(authority.data, colon);
        if (colon < at) parts->password = text_slice(colon + 1, at);
        host = at + 1;
    }
    const char *host_end;
    if (host < end && *host == '[') {
        host_end = find_any(host, end, "]");
        if (host_end == end) return false;
        host_end++;
    } else {
        host_end = find_any(host, end, ":");
    }
    if (host_end < end && *host_end != ':') return false;
    if (host_end < end) parts->port = read_port(text_slice(host_end + 1, end));
    parts->domain = text_slice(host, host_end);
    return is_host(parts->domain);
}

/* The scheme's end (its ':'), or NULL. "host:8080/x" has none: digits behind the colon are a port; nor has
 * "host.tld:x", though a scheme could hold dots.
 */
static const char *find_scheme(const char *from, const char *end)
{
    if (from == end || !is_alpha(*from)) return NULL;
    const char *at = from + 1;
    bool dotted = false;
    for (; at < end && (is_alpha(*at) || is_digit(*at) || *at == '+' || *at == '-' || *at == '.'); at++)
        dotted |= *at == '.';
    if (at == end || *at != ':') return NULL;
    if (dotted) return end - at > 2 && at[1] == '/' && at[2] == '/' ? at : NULL;
    const char *digits = at + 1;
    while (digits < end && is_digit(*digits))
        digits++;
    bool port = digits > at + 1 && (digits == end || *digits == '/' || *digits == '?' || *digits == '#');
    return port ? NULL : at;
}

/* Schemes of which browsers know that a host follows, however it is written, and read '\\' as '/'. */
static bool leads_to_host(postern_text scheme)
{
    static const char *const schemes[] = {"https", "http", "ftp", "wss", "ws"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (text_is_ignoring_case(scheme, schemes[i])) return true;
    return false;
}

/* Without a scheme a dot must show that this is a host: "N/A" is no URL, and "ada@example.com" is an address.
 */
static bool is_bare_host(const struct url_parts *parts)
{
    postern_text domain = parts->domain;
    return !parts->username.data && (domain.data[0] == '[' || memchr(domain.data, '.', domain.size));
}

static bool is_slash(char byte)
{
    return byte == '/' || byte == '\\';
}

/* "//user@host:port" with all its variants. `from` is behind the scheme, if there is one; the path's start,
 * or NULL. */
static const char *read_host(const char *from, const char *end, struct url_parts *parts)
{
    bool has_scheme = parts->scheme.size > 0, as_browsers = !has_scheme || leads_to_host(parts->scheme);
    bool slashes = end - from >= 2 && from[0] == '/' && from[1] == '/';
    if (slashes) from += 2;
    if (has_scheme && as_browsers)
        while (from < end && is_slash(*from))
            from++;
    else if (has_scheme && !slashes) /* "mailto:ada@example.com", but not "Error: no such user" */
        return from < end && (unsigned char)*from > ' ' ? from : NULL;
    const char *path = find_any(from, end, as_browsers ? "/\\?#" : "/?#");
    postern_text authority = text_slice(from, path);
    /* "file:///etc/x" has no host */
    if (!as_browsers && authority.size == 0 && path < end && *path == '/') return path;
    if (!read_authority(authority, parts)) return NULL;
    return has_scheme || slashes || is_bare_host(parts) ? path : NULL;
}

bool url_parse(postern_text text, struct url_parts *parts)
{
    text = text_trim(text);
    if (text.size == 0) return false;
    const char *from = text.data, *end = text.data + text.size;
    struct url_parts found = {0};

    const char *colon = find_scheme(from, end);
    if (colon) {
        found.full = text;
        found.scheme = text_slice(from, colon);
        from = colon + 1;
    }
    const char *path = read_host(from, end, &found);
    if (!path) return false;
    const char *query = find_any(path, end, "?#");
    const char *fragment = find_any(query, end, "#");
    found.path = text_slice(path, query);
    if (query < fragment) found.query = text_slice(query + 1, fragment);
    if (fragment < end) found.fragment = text_slice(fragment + 1, end);
    if (found.path.size && is_slash(*found.path.data)) found.extension = file_extension_of(found.path);
    *parts = found;
    return true;
}

postern_text url_host_address(const struct url_parts *parts)
{
    postern_text host = parts->domain;
    if (host.size > 2 && host.data[0] == '[') host = text_slice(host.data + 1, host.data + host.size - 1);
    bool may_be = host.size && (is_digit(host.data[0]) || memchr(host.data, ':', host.size));
    return may_be && ip_is_valid(host) ? host : (postern_text){NULL, 0};
}
