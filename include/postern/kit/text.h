/* Of postern/kit.h, which is what a module includes: texts, and writing them. */
#ifndef POSTERN_KIT_TEXT_H
#define POSTERN_KIT_TEXT_H

#include <postern/kit/scan.h>
#include <postern/module.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Texts ---- */

static inline postern_text kit_span(const char *data, size_t size)
{
    postern_text text;
    text.data = data;
    text.size = size;
    return text;
}

/* KIT_TEXT("a literal"). Not for initializers of static objects: write {"x", 1} there. */
#define KIT_TEXT(literal) kit_span("" literal, sizeof(literal) - 1)

/* Of a NUL-terminated string; NULL is the empty text. */
static inline postern_text kit_text(const char *string)
{
    return kit_span(string, string ? strlen(string) : 0);
}

/* A copy with a NUL behind it, as C libraries want it, to be freed with free; NULL if out of memory. */
static inline char *kit_string(postern_text text)
{
    char *copy = (char *)malloc(text.size + 1);
    if (!copy) return NULL;
    if (text.size) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

/* The bytes from `from` up to, not including, `end`. */
static inline postern_text kit_between(const char *from, const char *end)
{
    return kit_span(from, (size_t)(end - from));
}

/* Behind the last byte. */
static inline const char *kit_end(postern_text text)
{
    return text.size ? text.data + text.size : text.data;
}

/* FNV-1a of 64 bits, going on from `hash`, which is KIT_HASH_OF_NOTHING at first: the same on every machine.
 * For telling texts apart that nobody chose so as to be alike. */
#define KIT_HASH_OF_NOTHING UINT64_C(14695981039346656037)
static inline uint64_t kit_hash(uint64_t hash, postern_text text)
{
    for (size_t i = 0; i < text.size; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
    return hash;
}

static inline bool kit_equal(postern_text a, postern_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool kit_is(postern_text text, const char *string)
{
    return kit_equal(text, kit_text(string));
}

static inline bool kit_starts_with(postern_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && (size == 0 || memcmp(text.data, prefix, size) == 0);
}

/* ASCII only: no locale is involved. */
static inline char kit_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool kit_is_ignoring_case(postern_text text, const char *lower_case)
{
    size_t size = strlen(lower_case);
    if (text.size != size) return false;
    for (size_t i = 0; i < size; i++)
        if (kit_lower(text.data[i]) != lower_case[i]) return false;
    return true;
}

static inline bool kit_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without blanks and line ends in front and behind. */
static inline postern_text kit_trim(postern_text text)
{
    while (text.size && kit_is_space(text.data[0]))
        text.data++, text.size--;
    while (text.size && kit_is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* The value of a header, trimmed; `name` in lower case. Empty if there is none. */
static inline postern_text kit_header(const postern_pair *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (kit_is(headers[i].name, name)) return kit_trim(headers[i].value);
    return kit_span(NULL, 0);
}

#define KIT_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD, for what is no UTF-8 */

/* The length of the well-formed UTF-8 sequence at `at` (1 to 4); 0 if there is none: a stray byte, an
 * overlong form, a surrogate, over U+10FFFF, or cut off by `end`, which lies behind `at`. */
static inline size_t kit_utf8_sequence(const char *at, const char *end)
{
    unsigned char lead = (unsigned char)*at, second, lowest, highest;
    size_t length, i;
    if (lead < 0x80) return 1; /* nearly always: nothing is worked out before */
    if (lead < 0xc2 || lead > 0xf4) return 0;
    length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if ((size_t)(end - at) < length) return 0;
    second = (unsigned char)at[1];
    lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) return 0;
    for (i = 2; i < length; i++)
        if (((unsigned char)at[i] & 0xc0) != 0x80) return 0;
    return length;
}

/* What such a sequence means. */
static inline uint32_t kit_code_point(const char *at, size_t length)
{
    static const unsigned char payload[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code_point = (unsigned char)at[0] & payload[length];
    size_t i;
    for (i = 1; i < length; i++)
        code_point = code_point << 6 | ((unsigned char)at[i] & 0x3f);
    return code_point;
}

/* What a text from outside must not put raw on a terminal: controls, which steer it, marks of direction and
 * separators of lines, which lie about the order, and what takes no room: the characters of Unicode's
 * category Cf and those to be ignored by default. Joiners are among them: a name is shown as what it is made
 * of. Selectors of emoji (U+FE00 to U+FE0F) change nothing but looks. */
static inline bool kit_is_hidden(uint32_t code_point)
{
    static const uint32_t ranges[][2] = {
        {0x0000, 0x001f}, {0x007f, 0x009f},   {0x00ad, 0x00ad},   {0x034f, 0x034f},   {0x061c, 0x061c},
        {0x115f, 0x1160}, {0x17b4, 0x17b5},   {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2028, 0x202e},
        {0x2060, 0x206f}, {0x3164, 0x3164},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},   {0xfff0, 0xfffb},
        {0xfffe, 0xffff}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
    };
    size_t i;
    for (i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code_point <= ranges[i][1]) return code_point >= ranges[i][0];
    return false;
}

/* ---- Failures ---- */

/* Fills *error (NULL is fine) with printf words, cut to fit; `remedy` says what the user can do, NULL =
 * nothing. Returns `code`, so that it can be returned at once. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
static inline postern_status
kit_fail(postern_error *error, postern_status code, const char *remedy, const char *format, ...)
{
    va_list arguments;
    if (!error) return code;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    snprintf(error->remedy, sizeof error->remedy, "%s", remedy ? remedy : "");
    error->code = code;
    error->retry_after_ms = 0;
    return code;
}

static inline postern_status kit_no_memory(postern_error *error)
{
    return kit_fail(error, POSTERN_E_MEMORY, NULL, "out of memory");
}

/* ---- Writing a text ---- */

/* Appends to memory of a call's arena, or to a buffer of the caller's. Once something did not fit, `failed`
 * stays set and what follows is left out: look at it once, at the end. */
struct kit_writer {
    const postern_host *host; /* NULL: it cannot grow */
    postern_arena *arena;
    char *data;
    size_t size, capacity;
    bool failed;
};

static inline struct kit_writer kit_writer_in_arena(const postern_host *host, postern_arena *arena)
{
    struct kit_writer writer;
    memset(&writer, 0, sizeof writer);
    writer.host = host;
    writer.arena = arena;
    return writer;
}

static inline struct kit_writer kit_writer_in_buffer(char *buffer, size_t capacity)
{
    struct kit_writer writer;
    memset(&writer, 0, sizeof writer);
    writer.data = buffer;
    writer.capacity = capacity;
    return writer;
}

/* Room for `size` more bytes, which count as written; NULL if there is none. What was outgrown stays in the
 * arena: it doubles, so that is at most as much again. */
static inline char *kit_reserve(struct kit_writer *writer, size_t size)
{
    if (!writer->failed && writer->capacity - writer->size < size) {
        size_t capacity = writer->capacity ? writer->capacity * 2 : 256;
        if (capacity < writer->size + size) capacity = writer->size + size;
        char *data =
            writer->host ? (char *)writer->host->allocate(writer->host, writer->arena, capacity) : NULL;
        writer->failed = data == NULL;
        if (data && writer->size) memcpy(data, writer->data, writer->size);
        if (data) writer->data = data;
        if (data) writer->capacity = capacity;
    }
    if (writer->failed) return NULL;
    writer->size += size;
    return writer->data + writer->size - size;
}

static inline void kit_write(struct kit_writer *writer, postern_text text)
{
    char *place = text.size ? kit_reserve(writer, text.size) : NULL;
    if (place) memcpy(place, text.data, text.size);
}

static inline void kit_write_string(struct kit_writer *writer, const char *string)
{
    kit_write(writer, kit_text(string));
}

static inline void kit_write_integer(struct kit_writer *writer, int64_t number)
{
    char digits[24];
    int size = snprintf(digits, sizeof digits, "%lld", (long long)number);
    kit_write(writer, kit_span(digits, size > 0 ? (size_t)size : 0));
}

/* The text as a JSON string, with quotes; what JSON does not allow in one is escaped, all else stays. */
static inline void kit_write_json_string(struct kit_writer *writer, postern_text text)
{
    const char *end = kit_end(text), *plain = text.data;
    kit_write_string(writer, "\"");
    for (const char *at = text.data; (at = kit_find_special(at, end, false)) < end; at++) {
        unsigned char c = (unsigned char)*at;
        char escape[8];
        kit_write(writer, kit_between(plain, at));
        if (c == '"' || c == '\\')
            snprintf(escape, sizeof escape, "\\%c", c);
        else if (c == '\n' || c == '\r' || c == '\t')
            snprintf(escape, sizeof escape, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)c);
        kit_write_string(writer, escape);
        plain = at + 1;
    }
    kit_write(writer, kit_between(plain, end));
    kit_write_string(writer, "\"");
}

/* The whole text in *text, or POSTERN_E_MEMORY. */
static inline postern_status kit_written(const struct kit_writer *writer, postern_text *text,
                                         postern_error *error)
{
    if (writer->failed) return kit_no_memory(error);
    *text = kit_span(writer->data, writer->size);
    return POSTERN_OK;
}

#ifdef __cplusplus
}
#endif
#endif
