#include "parse/public_suffix.h"

#include "base/text.h"
#include "parse/domain.h"
#include <libpsl.h>
#include <pthread.h>

#define NAME_LIMIT ((size_t)253)

/* Loaded once, the first time that it is asked for: the newer of the list that Debian keeps up to date and
 * the one inside the library. Reading it changes nothing in it. */
static const psl_ctx_t *list;

static void load_list(void)
{
    list = psl_latest(NULL);
    if (!list) list = psl_builtin();
}

static const psl_ctx_t *public_suffixes(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_list);
    return list;
}

static bool is_ascii(postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] >= 0x80) return false;
    return true;
}

/* An ideographic full stop is a dot in a name; its other forms are made equal to these two by the lowering.
 */
static void make_dots(char *name)
{
    static const char stop[] = "\xe3\x80\x82";
    char *out = name;
    for (const char *found; (found = strstr(name, stop)); name += sizeof stop - 1) {
        memmove(out, name, (size_t)(found - name));
        out += found - name;
        *out++ = '.';
        name += found - name;
    }
    memmove(out, name, strlen(name) + 1);
}

/* The name in lower case, which is what the list is compared with; false if it has no room. */
static bool lower_name(postern_text host, char buffer[static PUBLIC_SUFFIX_BUFFER])
{
    if (is_ascii(host)) {
        for (size_t i = 0; i < host.size; i++)
            buffer[i] =
                (char)(host.data[i] >= 'A' && host.data[i] <= 'Z' ? host.data[i] | 0x20 : host.data[i]);
        buffer[host.size] = '\0';
        return true;
    }
    char *lower = NULL;
    memcpy(buffer, host.data, host.size);
    buffer[host.size] = '\0';
    if (!text_is_utf8(host) || psl_str_to_utf8lower(buffer, "utf-8", NULL, &lower) != PSL_SUCCESS)
        return false;
    make_dots(lower);
    size_t size = strlen(lower);
    bool fits = size <= NAME_LIMIT;
    if (fits) memcpy(buffer, lower, size + 1);
    psl_free_string(lower);
    return fits;
}

/* A host name of two labels or more. What browsers take for an address ("0x7f.1", "127.0.0x1") is none. */
static bool is_dotted_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot[1] && domain_is_valid(text_of(name)) && !(dot[1] == '0' && dot[2] == 'x');
}

bool public_suffix_split(postern_text host, char buffer[static PUBLIC_SUFFIX_BUFFER],
                         struct public_suffix_parts *parts)
{
    if (host.size && host.data[host.size - 1] == '.') host.size--;
    if (host.size == 0 || host.size > NAME_LIMIT || !lower_name(host, buffer) || !is_dotted_name(buffer))
        return false;
    const char *end = buffer + strlen(buffer);
    const char *registered = psl_registrable_domain(public_suffixes(), buffer);
    struct public_suffix_parts found = {.top_level = text_slice(buffer, end)};
    if (registered) {
        found.registered = text_slice(registered, end);
        found.top_level = text_slice(strchr(registered, '.') + 1, end);
        if (registered > buffer) found.subdomain = text_slice(buffer, registered - 1);
    }
    *parts = found;
    return true;
}
