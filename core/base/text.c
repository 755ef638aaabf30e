#include "base/text.h"

#include "base/short_copy.h"
#include "base/smaller.h"
#include <postern/kit.h>
#include <stdlib.h>
#include <strings.h>

bool text_equal(postern_text a, postern_text b)
{
    return a.size == b.size && equal_short(a.data, b.data, a.size);
}

bool text_is(postern_text text, const char *string)
{
    return text_equal(text, text_of(string));
}

bool text_is_ignoring_case(postern_text text, const char *string)
{
    return text.size == strlen(string) && (text.size == 0 || strncasecmp(text.data, string, text.size) == 0);
}

bool text_starts_with(postern_text text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && (size == 0 || memcmp(text.data, prefix, size) == 0);
}

bool text_ends_with(postern_text text, const char *suffix)
{
    size_t size = strlen(suffix);
    return text.size >= size && (size == 0 || memcmp(text.data + text.size - size, suffix, size) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

postern_text text_trim(postern_text text)
{
    while (text.size && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

const char *text_find(postern_text text, const char *needle)
{
    return text.size ? memmem(text.data, text.size, needle, strlen(needle)) : NULL;
}

const char *text_find_ignoring_case(postern_text text, const char *needle)
{
    size_t size = strlen(needle);
    for (size_t i = 0; i + size <= text.size; i++)
        if (strncasecmp(text.data + i, needle, size) == 0) return text.data + i;
    return NULL;
}

bool text_to_string(postern_text text, char *buffer, size_t capacity)
{
    size_t size = text.size < capacity ? text.size : capacity - 1;
    if (size) memcpy(buffer, text.data, size);
    buffer[size] = '\0';
    return size == text.size;
}

char *text_duplicate(postern_text text)
{
    char *copy = malloc(text.size + 1);
    if (!copy) return NULL;
    if (text.size) memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

bool text_is_utf8(postern_text text)
{
    size_t size;
    for (const char *at = text.data, *end = kit_end(text); at < end; at += size) {
        if ((unsigned char)*at < 0x80 && (at = kit_find_beyond_ascii(at, end)) == end) return true;
        if ((size = kit_utf8_sequence(at, end)) == 0) return false;
    }
    return true;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    return smaller_size(smaller_size(a, b), c);
}

/* Edit distance (insert, delete, replace), over texts of at most 63 characters. */
static size_t edit_distance(postern_text a, const char *b)
{
    size_t row[64];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            size_t replaced = diagonal + (a.data[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smallest(row[j] + 1, row[j - 1] + 1, replaced);
        }
    }
    return row[width];
}

const char *text_nearest(postern_text wanted, const char *const *names)
{
    const char *best = NULL;
    size_t best_distance = wanted.size / 3 + 2;
    if (wanted.size == 0 || wanted.size > 63) return NULL;
    for (; *names; names++) {
        if (strlen(*names) > 63) continue;
        size_t distance = edit_distance(wanted, *names);
        if (distance < best_distance) {
            best = *names;
            best_distance = distance;
        }
    }
    return best;
}

size_t text_cut(postern_text text, size_t limit)
{
    if (text.size <= limit) return text.size;
    size_t size = limit;
    while (size > 0 && limit - size < 3 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return size;
}
