#include "base/show.h"
#include "base/smaller.h"
#include "base/text.h"
#include "base/visible.h"
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

/* Gathers what goes out, so that lines of several threads do not mix on an unbuffered stream. */
struct shown {
    FILE *to;
    struct buffer *into; /* instead, if it is not NULL */
    size_t size;
    char bytes[4096];
};

static void flush(struct shown *shown)
{
    if (shown->into)
        buffer_append(shown->into, shown->bytes, shown->size);
    else if (shown->size)
        fwrite(shown->bytes, 1, shown->size, shown->to);
    shown->size = 0;
}

static void put(struct shown *shown, const char *bytes, size_t size)
{
    while (size) {
        if (shown->size == sizeof shown->bytes) flush(shown);
        size_t room = sizeof shown->bytes - shown->size, part = smaller_size(size, room);
        memcpy(shown->bytes + shown->size, bytes, part);
        shown->size += part;
        bytes += part;
        size -= part;
    }
}

static void put_times(struct shown *shown, char byte, size_t count)
{
    for (; count; count--)
        put(shown, &byte, 1);
}

static void put_visible(struct shown *shown, postern_text text, enum visible_form form, size_t indent)
{
    if (text.size == 0) return; /* its data may be NULL */
    for (const char *at = text.data, *end = at + text.size; at < end;) {
        char piece[VISIBLE_SIZE];
        size_t columns, size = visible_next(&at, end, form, piece, &columns);
        put(shown, piece, size);
        if (piece[0] == '\n' && at < end) put_times(shown, ' ', indent);
    }
}

/* ---- Formats ---- */

struct conversion {
    bool left, zeros, has_precision;
    size_t width, precision;
    char length; /* 'l', 'q' for "ll", 'z' or 0 */
};

static void put_text(struct shown *shown, const struct conversion *conversion, const char *string)
{
    if (!string) string = "(none)";
    postern_text text = {string,
                         conversion->has_precision ? strnlen(string, conversion->precision) : strlen(string)};
    size_t columns = conversion->width ? visible_columns(text) : 0;
    size_t blanks = conversion->width > columns ? conversion->width - columns : 0;
    if (!conversion->left) put_times(shown, ' ', blanks);
    put_visible(shown, text, VISIBLE_LINE, 0);
    if (conversion->left) put_times(shown, ' ', blanks);
}

static void put_number(struct shown *shown, const struct conversion *conversion, bool negative,
                       uint64_t number)
{
    char digits[24], *at = digits + sizeof digits;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    size_t size = (size_t)(digits + sizeof digits - at) + negative;
    size_t rest = conversion->width > size ? conversion->width - size : 0;
    if (!conversion->left && !conversion->zeros) put_times(shown, ' ', rest);
    if (negative) put(shown, "-", 1);
    if (!conversion->left && conversion->zeros) put_times(shown, '0', rest);
    put(shown, at, (size_t)(digits + sizeof digits - at));
    if (conversion->left) put_times(shown, ' ', rest);
}

static void put_signed(struct shown *shown, const struct conversion *conversion, long long number)
{
    put_number(shown, conversion, number < 0, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
}

/* A list of arguments that a function can take from. */
struct arguments {
    va_list list;
};

static long long take_signed(struct arguments *arguments, char length)
{
    return length == 'q'   ? va_arg(arguments->list, long long)
           : length == 'l' ? va_arg(arguments->list, long)
           : length == 'z' ? va_arg(arguments->list, ssize_t)
                           : va_arg(arguments->list, int);
}

static unsigned long long take_unsigned(struct arguments *arguments, char length)
{
    return length == 'q'   ? va_arg(arguments->list, unsigned long long)
           : length == 'l' ? va_arg(arguments->list, unsigned long)
           : length == 'z' ? va_arg(arguments->list, size_t)
                           : va_arg(arguments->list, unsigned);
}

static size_t read_number(const char **at, struct arguments *arguments)
{
    size_t number = 0;
    if (**at == '*') return ++*at, (size_t)va_arg(arguments->list, int);
    for (; **at >= '0' && **at <= '9'; ++*at)
        number = number * 10 + (size_t)(**at - '0');
    return number;
}

static char read_length(const char **at)
{
    if (**at != 'l' && **at != 'z') return 0;
    char length = *(*at)++;
    if (length != 'l' || **at != 'l') return length;
    ++*at;
    return 'q';
}

/* Reads what stands behind a '%', up to the letter. */
static struct conversion read_conversion(const char **at, struct arguments *arguments)
{
    struct conversion conversion = {0};
    for (; **at == '-' || **at == '0'; ++*at)
        *(**at == '-' ? &conversion.left : &conversion.zeros) = true;
    conversion.width = read_number(at, arguments);
    if (**at == '.') {
        ++*at;
        conversion.has_precision = true;
        conversion.precision = read_number(at, arguments);
    }
    conversion.length = read_length(at);
    return conversion;
}

/* False for a letter that is not known: nothing behind it could be read. The guard lets none into the tree.
 */
static bool put_conversion(struct shown *shown, const char **at, struct arguments *arguments)
{
    struct conversion conversion = read_conversion(at, arguments);
    char letter = **at;
    if (letter) ++*at;
    if (letter == 's')
        put_text(shown, &conversion, va_arg(arguments->list, const char *));
    else if (letter == 'd')
        put_signed(shown, &conversion, take_signed(arguments, conversion.length));
    else if (letter == 'u')
        put_number(shown, &conversion, false, take_unsigned(arguments, conversion.length));
    else if (letter == '%')
        put(shown, "%", 1);
    else if (letter == 'c')
        put_text(shown, &conversion, (char[]){(char)va_arg(arguments->list, int), 0});
    else
        return false;
    return true;
}

static void put_format(struct shown *shown, const char *format, va_list list)
{
    struct arguments arguments;
    va_copy(arguments.list, list);
    const char *at = format;
    do {
        size_t plain = strcspn(at, "%");
        put(shown, at, plain);
        at += plain;
    } while (*at++ == '%' && put_conversion(shown, &at, &arguments));
    va_end(arguments.list);
    flush(shown);
}

void show_arguments(FILE *to, const char *format, va_list arguments)
{
    put_format(&(struct shown){.to = to}, format, arguments);
}

void show(FILE *to, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    show_arguments(to, format, arguments);
    va_end(arguments);
}

void show_into(struct buffer *into, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_format(&(struct shown){.into = into}, format, arguments);
    va_end(arguments);
}

/* ---- Whole texts ---- */

void show_lines(FILE *to, int indent, postern_text text)
{
    struct shown shown = {.to = to};
    put_visible(&shown, text, VISIBLE_LINES, (size_t)indent);
    flush(&shown);
}

void show_json(FILE *to, postern_text json)
{
    struct shown shown = {.to = to};
    put_visible(&shown, json, VISIBLE_JSON, 0);
    flush(&shown);
}
