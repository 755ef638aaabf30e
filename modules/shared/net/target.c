#include "shared/net/target.h"
#include <stdlib.h>

/* sun_path holds 108 bytes with the NUL. */
#define PATH_LIMIT 107

static postern_status refuse(postern_error *error, const struct net_target *target, const char *why)
{
    return kit_fail(error, POSTERN_E_CONFIG, NULL, "\"%s\" %s", target->name, why);
}

static bool copy(char *to, size_t room, postern_text text)
{
    if (text.size >= room || (text.size && memchr(text.data, '\0', text.size))) return false;
    if (text.size) memcpy(to, text.data, text.size);
    to[text.size] = '\0';
    return true;
}

static postern_status refuse_scheme(postern_error *error, const struct net_target *target,
                                    const struct net_scheme *schemes)
{
    char words[120] = "";
    size_t size = 0;
    for (const struct net_scheme *scheme = schemes; scheme->word && size < sizeof words; scheme++)
        size +=
            (size_t)snprintf(words + size, sizeof words - size, "%s%s://", size ? ", " : "", scheme->word);
    return kit_fail(error, POSTERN_E_CONFIG, NULL, "\"%s\" must begin with one of %s", target->name, words);
}

static bool is_port(const char *text)
{
    char *end;
    unsigned long number = strtoul(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number >= 1 && number <= 65535;
}

/* "host", "host:port", "[::1]" or "[::1]:port". */
static postern_status read_place(postern_text text, struct net_target *target, postern_error *error)
{
    postern_text host = text, port = kit_text(target->scheme->port);
    bool bracketed = text.size && text.data[0] == '[';
    const char *close = bracketed ? memchr(text.data, ']', text.size) : NULL;
    if (bracketed && !close) return refuse(error, target, "holds a \"[\" without its \"]\"");
    const char *rest = bracketed ? close + 1 : text.data;
    const char *colon = text.size ? memchr(rest, ':', (size_t)(kit_end(text) - rest)) : NULL;
    if (colon && memchr(colon + 1, ':', (size_t)(kit_end(text) - colon - 1)))
        return refuse(error, target, "holds an IPv6 address without brackets: write [2001:db8::1]:514");
    if (colon) port = kit_between(colon + 1, kit_end(text));
    if (colon) host = kit_between(text.data, colon);
    if (bracketed && close + 1 != kit_end(host)) return refuse(error, target, "is no host and port");
    if (bracketed) host = kit_between(text.data + 1, close);
    if (host.size == 0 || !copy(target->host, sizeof target->host, host))
        return refuse(error, target, "names no host, or one that is too long");
    if (memchr(host.data, '/', host.size) || memchr(host.data, '@', host.size))
        return refuse(error, target, "must be a host and a port, with nothing else");
    if (!copy(target->port, sizeof target->port, port) || !is_port(target->port))
        return refuse(error, target, "has a port that is no number from 1 to 65535");
    return POSTERN_OK;
}

static postern_status read_path(postern_text text, struct net_target *target, postern_error *error)
{
    if (text.size == 0 || text.data[0] != '/') return refuse(error, target, "must name an absolute path");
    if (text.size > PATH_LIMIT || !copy(target->host, sizeof target->host, text))
        return refuse(error, target, "is too long for a socket's path");
    target->port[0] = '\0';
    return POSTERN_OK;
}

postern_status net_target_read(postern_text text, const struct net_scheme *schemes, struct net_target *target,
                               postern_error *error)
{
    struct net_target read = {0};
    if (!copy(read.name, sizeof read.name, text))
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "a target is longer than 319 bytes");
    for (read.scheme = schemes; read.scheme->word; read.scheme++) {
        size_t size = strlen(read.scheme->word);
        if (!kit_starts_with(text, read.scheme->word) || strncmp(read.name + size, "://", 3) != 0) continue;
        postern_text place = kit_text(read.name + size + 3);
        postern_status status = read.scheme->transport == NET_UNIX ? read_path(place, &read, error)
                                                                   : read_place(place, &read, error);
        if (status >= 0) *target = read;
        return status;
    }
    return refuse_scheme(error, &read, schemes);
}
