#include "parse/public_suffix.h"

#include "base/fnv1a.h"
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

/* Where the parts of a name begin; at its end if there is none. */
struct beginnings {
    size_t registered, top_level;
};

static struct beginnings look_up(const char *name)
{
    const char *registered = psl_registrable_domain(public_suffixes(), name);
    if (!registered) return (struct beginnings){strlen(name), 0};
    return (struct beginnings){(size_t)(registered - name), (size_t)(strchr(registered, '.') + 1 - name)};
}

static bool find_beginnings(const char *name, size_t size, struct public_suffix_memo *memo,
                            struct beginnings *found)
{
    size_t place =
        fnv1a(FNV1A_START, (postern_text){name, size}) % (sizeof memo->names / sizeof *memo->names);
    bool fits = memo && size <= sizeof memo->names->name;
    if (fits && memo->names[place].size == size && memcmp(memo->names[place].name, name, size) == 0) {
        *found = (struct beginnings){memo->names[place].registered_at, memo->names[place].top_level_at};
        return true;
    }
    if (!is_dotted_name(name)) return false;
    *found = look_up(name);
    if (!fits) return true;
    memo->names[place].size = (uint8_t)size;
    memo->names[place].registered_at = (uint8_t)found->registered;
    memo->names[place].top_level_at = (uint8_t)found->top_level;
    memcpy(memo->names[place].name, name, size);
    return true;
}

bool public_suffix_split(postern_text host, char buffer[static PUBLIC_SUFFIX_BUFFER],
                         struct public_suffix_memo *memo, struct public_suffix_parts *parts)
{
    if (host.size && host.data[host.size - 1] == '.') host.size--;
    if (host.size == 0 || host.size > NAME_LIMIT || !lower_name(host, buffer)) return false;
    size_t size = strlen(buffer);
    struct beginnings begin;
    if (!find_beginnings(buffer, size, memo, &begin)) return false;
    const char *end = buffer + size;
    *parts = (struct public_suffix_parts){.registered = text_slice(buffer + begin.registered, end),
                                          .top_level = text_slice(buffer + begin.top_level, end)};
    if (begin.registered > 0 && begin.registered < size)
        parts->subdomain = text_slice(buffer, buffer + begin.registered - 1);
    return true;
}
