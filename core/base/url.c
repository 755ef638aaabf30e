#include "base/url.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>

#define LABEL_LIMIT 63
#define NAME_LIMIT  253

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* ---- The host ---- */

/* One label of a name, in lower case. Underscores are no part of a host name by the letter of the standards,
 * but storage services use them. */
static bool is_label(postern_text label)
{
    if (label.size == 0 || label.size > LABEL_LIMIT) return false;
    if (label.data[0] == '-' || label.data[label.size - 1] == '-') return false;
    for (size_t i = 0; i < label.size; i++)
        if (!is_letter(label.data[i]) && !is_digit(label.data[i]) && !strchr("-_", label.data[i]))
            return false;
    return true;
}

/* A last label that some reader takes for a number ("1", "0x7f") makes the whole host an address to it. */
static bool is_numeric(postern_text label)
{
    size_t digits = 0;
    if (text_starts_with(label, "0x")) {
        digits = 2;
        while (digits < label.size && strchr("0123456789abcdef", label.data[digits]))
            digits++;
    } else {
        while (digits < label.size && is_digit(label.data[digits]))
            digits++;
    }
    return digits == label.size;
}

/* A name, or an IPv4 address as four decimal numbers. */
static bool is_name_or_v4(const char *host)
{
    struct in_addr address;
    if (inet_pton(AF_INET, host, &address) == 1) return true;
    if (strlen(host) > NAME_LIMIT) return false;
    for (const char *label = host;;) {
        postern_text text = {label, strcspn(label, ".")};
        if (!is_label(text)) return false;
        if (!label[text.size]) return !is_numeric(text);
        label += text.size + 1;
    }
}

/* "[::1]" into its shortest form. Without a zone: that is this machine's business and no part of an address.
 */
static bool shorten_v6(char host[URL_HOST_SIZE])
{
    struct in6_addr address;
    char shortest[INET6_ADDRSTRLEN];
    size_t size = strlen(host);
    host[size - 1] = '\0';
    if (inet_pton(AF_INET6, host + 1, &address) != 1) return false;
    if (!inet_ntop(AF_INET6, &address, shortest, sizeof shortest)) return false;
    snprintf(host, URL_HOST_SIZE, "[%s]", shortest);
    return true;
}

static enum url_fault read_host(postern_text text, char out[URL_HOST_SIZE])
{
    char host[URL_HOST_SIZE] = {0};
    if (text.size == 0) return URL_NO_HOST;
    if (text.size >= sizeof host || memchr(text.data, 0, text.size)) return URL_BAD_HOST;
    for (size_t i = 0; i < text.size; i++)
        host[i] = lower(text.data[i]);
    host[text.size] = '\0';
    bool in_brackets = text.size > 2 && host[0] == '[' && host[text.size - 1] == ']';
    if (in_brackets ? !shorten_v6(host) : !is_name_or_v4(host)) return URL_BAD_HOST;
    memcpy(out, host, sizeof host);
    return URL_FINE;
}

/* Decimal, without zeros in front. */
static bool read_port(postern_text digits, uint16_t *port)
{
    unsigned value = 0;
    if (digits.size == 0 || digits.size > 5 || digits.data[0] == '0') return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (!is_digit(digits.data[i])) return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    if (value > UINT16_MAX) return false;
    *port = (uint16_t)value;
    return true;
}

enum url_fault url_read_authority(postern_text text, char host[URL_HOST_SIZE], uint16_t *port)
{
    if (text.size == 0) return URL_NO_HOST;
    const char *end = text.data + text.size;
    const char *bracket = text.data[0] == '[' ? memchr(text.data, ']', text.size) : NULL;
    const char *from = bracket ? bracket + 1 : text.data;
    const char *colon = memchr(from, ':', (size_t)(end - from));
    const char *host_end = colon ? colon : end;
    char made[URL_HOST_SIZE];
    enum url_fault fault = read_host(text_slice(text.data, host_end), made);
    if (fault != URL_FINE) return fault;
    if (colon && !read_port(text_slice(colon + 1, end), port)) return URL_BAD_PORT;
    memcpy(host, made, sizeof made);
    return URL_FINE;
}

/* ---- What stands behind it ---- */

/* "." or "..", each dot perhaps written "%2e". */
static bool is_dot_segment(postern_text segment)
{
    size_t dots = 0;
    for (size_t i = 0; i < segment.size; dots++) {
        postern_text rest = {segment.data + i, segment.size - i};
        if (rest.data[0] == '.')
            i++;
        else if (text_starts_with(rest, "%2e") || text_starts_with(rest, "%2E"))
            i += 3;
        else
            return false;
    }
    return dots == 1 || dots == 2;
}

static enum url_fault check_bytes(postern_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (byte == '#') return URL_FRAGMENT;
        if (byte <= ' ' || byte > '~' || byte == '\\') return URL_BAD_BYTE;
    }
    return URL_FINE;
}

/* The '?' or the end. */
static const char *path_end(postern_text text)
{
    const char *mark = text.size ? memchr(text.data, '?', text.size) : NULL;
    return mark ? mark : text.data + text.size;
}

enum url_fault url_check_path(postern_text text)
{
    if (text.size == 0 || text.data[0] != '/') return URL_BAD_BYTE;
    if (text.size > URL_LIMIT) return URL_TOO_LONG;
    enum url_fault fault = check_bytes(text);
    if (fault != URL_FINE) return fault;
    const char *end = path_end(text);
    for (const char *from = text.data + 1, *to; from <= end; from = to + 1) {
        to = memchr(from, '/', (size_t)(end - from));
        if (!to) to = end;
        if (is_dot_segment(text_slice(from, to))) return URL_DOT_SEGMENT;
    }
    return URL_FINE;
}

/* ---- The whole ---- */

/* "https://" or "http://" in front, in any case; `*https` says which. */
static enum url_fault read_scheme(postern_text text, bool *https, size_t *size)
{
    const char *end = text_find(text, "://");
    const char *stop = end;
    for (const char *at = text.data; stop && at < end; at++)
        if (memchr("/?#@", *at, 4)) stop = NULL; /* it stands in a later part */
    if (!stop) return URL_NO_SCHEME;
    postern_text scheme = text_slice(text.data, end);
    *https = text_is_ignoring_case(scheme, "https");
    *size = scheme.size + 3;
    return *https || text_is_ignoring_case(scheme, "http") ? URL_FINE : URL_OTHER_SCHEME;
}

enum url_fault url_read(postern_text text, struct url *url)
{
    struct url made = {0};
    size_t scheme_size = 0;
    if (text.size > URL_LIMIT) return URL_TOO_LONG;
    enum url_fault fault = read_scheme(text, &made.https, &scheme_size);
    if (fault != URL_FINE) return fault;
    const char *from = text.data + scheme_size, *end = text.data + text.size, *rest = from;
    while (rest < end && !memchr("/?#", *rest, 3))
        rest++;
    postern_text authority = text_slice(from, rest), behind = text_slice(rest, end);
    if (authority.size && memchr(authority.data, '@', authority.size)) return URL_USER_INFO;
    made.port = made.https ? 443 : 80;
    fault = url_read_authority(authority, made.host, &made.port);
    if (fault != URL_FINE) return fault;
    const char *mark = path_end(behind);
    bool has_path = behind.size && behind.data[0] == '/';
    fault = has_path ? url_check_path(behind) : check_bytes(behind);
    if (fault != URL_FINE) return fault;
    made.path = has_path ? text_slice(behind.data, mark) : TEXT("/");
    if (mark < end) made.query = text_slice(mark + 1, end);
    *url = made;
    return URL_FINE;
}

const char *url_fault_words(enum url_fault fault)
{
    static const char *const words[] = {
        [URL_FINE] = "is fine",
        [URL_TOO_LONG] = "is too long",
        [URL_NO_SCHEME] = "needs https:// in front",
        [URL_OTHER_SCHEME] = "must begin with https://",
        [URL_USER_INFO] = "must not hold a user name or password",
        [URL_NO_HOST] = "names no host",
        [URL_BAD_HOST] = "names no valid host",
        [URL_BAD_PORT] = "has no valid port",
        [URL_BAD_BYTE] = "holds a character that must not stand in it",
        [URL_DOT_SEGMENT] = "holds \".\" or \"..\" between slashes",
        [URL_FRAGMENT] = "holds a \"#\"",
    };
    return words[fault];
}

bool url_same_origin(const struct url *a, const struct url *b)
{
    return a->https == b->https && a->port == b->port && strcmp(a->host, b->host) == 0;
}

const char *url_authority(const struct url *url, char out[URL_AUTHORITY_SIZE])
{
    if (url->port == (url->https ? 443 : 80))
        snprintf(out, URL_AUTHORITY_SIZE, "%s", url->host);
    else
        snprintf(out, URL_AUTHORITY_SIZE, "%s:%u", url->host, url->port);
    return out;
}

const char *url_origin(const struct url *url, char out[URL_ORIGIN_SIZE])
{
    char authority[URL_AUTHORITY_SIZE];
    snprintf(out, URL_ORIGIN_SIZE, "%s://%s", url->https ? "https" : "http", url_authority(url, authority));
    return out;
}
