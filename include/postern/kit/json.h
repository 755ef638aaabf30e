/* Of postern/kit.h, which is what a module includes: values out of an event's JSON text. */
#ifndef POSTERN_KIT_JSON_H
#define POSTERN_KIT_JSON_H

#include <postern/kit/text.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Values out of an event's text ---- */

/* For JSON that is known to be well-formed, as the text of an event with POSTERN_EVENT_JSON is. They need
 * neither memory nor json/1, and never read behind the end of any text. */

static inline const char *kit_json_blanks(const char *at, const char *end)
{
    while (at < end && kit_is_space(*at))
        at++;
    return at;
}

/* Behind the string that begins at `at`. */
static inline const char *kit_json_after_string(const char *at, const char *end)
{
    for (at++; (at = kit_find_special(at, end, false)) < end && *at != '"'; at++)
        if (*at == '\\') at++;
    return at < end ? at + 1 : end;
}

/* Behind the value that begins at `at`. */
static inline const char *kit_json_after(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        char c = *at;
        bool closes = c == '}' || c == ']';
        if (depth == 0 && (closes || c == ',' || kit_is_space(c))) break;
        at = c == '"' ? kit_json_after_string(at, end) : at + 1;
        depth += c == '{' || c == '[';
        depth -= closes;
        if (closes && depth == 0) break;
    }
    return at;
}

/* Four hex digits; 0 if there are no four. */
static inline uint32_t kit_json_unit(const char *at, const char *end)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++, at++) {
        char c = at < end ? kit_lower(*at) : '\0';
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return 0;
        unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

/* The code point of the escape \uXXXX whose digits begin at *at, which it steps over, with the second half
 * of a pair; U+FFFD for half of a pair. */
static inline uint32_t kit_json_code_point(const char **at, const char *end)
{
    uint32_t unit = kit_json_unit(*at, end), low = 0;
    *at += end - *at < 4 ? end - *at : 4;
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u')
        low = kit_json_unit(*at + 2, end);
    if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
    *at += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

/* The code point as UTF-8: 1 to 4 bytes. */
static inline size_t kit_utf8(uint32_t code_point, char bytes[4])
{
    size_t length = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length; i-- > 1; code_point >>= 6)
        bytes[i] = (char)(0x80 | (code_point & 0x3f));
    bytes[0] = (char)(leads[length] | code_point);
    return length;
}

/* What stands in a string at *at, inside its quotes, which it steps over: a byte as it is, or what an escape
 * means; 1 to 4 bytes. */
static inline size_t kit_json_piece(const char **at, const char *end, char bytes[4])
{
    static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    bytes[0] = *(*at)++;
    if (bytes[0] != '\\' || *at == end) return 1;
    bytes[0] = *(*at)++;
    if (bytes[0] == 'u') return kit_utf8(kit_json_code_point(at, end), bytes);
    const char *name = (const char *)memchr(names, bytes[0], sizeof names - 1);
    if (name) bytes[0] = meanings[name - names];
    return 1;
}

/* True if the key (escapes in it) is how `path` begins; *size is then how much of it. */
static inline bool kit_json_begins(postern_text path, postern_text key, size_t *size)
{
    const char *at = key.data, *end = kit_end(key);
    char bytes[4];
    for (*size = 0; at < end;) {
        size_t length = kit_json_piece(&at, end, bytes);
        if (!path.data || path.size - *size < length) return false;
        if (memcmp(path.data + *size, bytes, length) != 0) return false;
        *size += length;
    }
    return true;
}

/* The value of the member that the path begins with, which is taken off the path. One whose name is the whole
 * path goes before one that holds the rest. */
static inline postern_text kit_json_step(postern_text object, postern_text *path)
{
    const char *end = kit_end(object), *at = object.data;
    postern_text found = kit_span(NULL, 0);
    size_t taken = 0, size;
    if (!kit_starts_with(object, "{")) return found;
    for (at = kit_json_blanks(at + 1, end); at < end && *at == '"'; at = kit_json_blanks(at, end)) {
        const char *behind = kit_json_after_string(at, end);
        if (behind - at < 2) break;
        bool begins = kit_json_begins(*path, kit_between(at + 1, behind - 1), &size);
        at = kit_json_blanks(behind, end);
        at = kit_json_blanks(at < end ? at + 1 : end, end); /* the colon */
        behind = kit_json_after(at, end);
        bool whole = begins && size == path->size;
        bool inside = begins && !whole && path->data[size] == '.' && at < end && *at == '{';
        if (whole || (inside && !taken)) found = kit_between(at, behind);
        if (whole || (inside && !taken)) taken = whole ? size : size + 1;
        if (whole) break;
        at = kit_json_blanks(behind, end);
        if (at < end) at++; /* the comma */
    }
    *path = kit_span(path->data + taken, path->size - taken);
    return found;
}

/* The source text of the value at a path ("email.from"): a member of a member, or one whose name holds the
 * dots; not into lists. Empty if there is none. */
static inline postern_text kit_json_at(postern_text json, postern_text path)
{
    json = kit_trim(json);
    while (path.size && json.size)
        json = kit_json_step(json, &path);
    return json;
}

/* Writes a text without its quotes and escapes, a number as it stands, true or false; of any other value
 * nothing. */
static inline void kit_write_json_value(struct kit_writer *writer, postern_text value)
{
    const char *at = value.data, *end = kit_end(value);
    char bytes[4];
    if (value.size == 0 || *at == '{' || *at == '[' || *at == 'n') return;
    if (*at != '"') kit_write(writer, value);
    if (*at != '"' || value.size < 2) return;
    for (at++, end--; at < end;) {
        size_t size = kit_json_piece(&at, end, bytes);
        kit_write(writer, kit_span(bytes, size));
    }
}

#ifdef __cplusplus
}
#endif
#endif
