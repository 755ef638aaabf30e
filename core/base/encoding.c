#include "base/encoding.h"

#include "base/error.h"
#include "base/text.h"

postern_text encoding_without_mark(postern_text text)
{
    if (text_starts_with(text, "\xEF\xBB\xBF")) return text_slice(text.data + 3, text.data + text.size);
    return text;
}

static bool begins_with(postern_text text, const char *bytes, size_t size)
{
    return text.size >= size && memcmp(text.data, bytes, size) == 0;
}

/* Which of the first `unit` bytes are NUL in each of the first characters (two, if there are so many): as of
 * Latin letters in wider encodings. */
static bool has_nul_at(postern_text text, size_t unit, unsigned mask)
{
    size_t characters = text.size / unit < 2 ? text.size / unit : 2;
    for (size_t i = 0; i < characters * unit; i++)
        if ((text.data[i] == '\0') != (mask >> i % unit & 1)) return false;
    return characters > 0;
}

postern_status encoding_check_beginning(postern_text text, postern_error *error)
{
    const char *name = NULL;
    if (begins_with(text, "\xFF\xFE\0\0", 4) || begins_with(text, "\0\0\xFE\xFF", 4) ||
        has_nul_at(text, 4, 0xe) || has_nul_at(text, 4, 0x7))
        name = "UTF-32";
    else if (begins_with(text, "\xFF\xFE", 2) || begins_with(text, "\xFE\xFF", 2) ||
             has_nul_at(text, 2, 0x2) || has_nul_at(text, 2, 0x1))
        name = "UTF-16";
    if (!name) return POSTERN_OK;
    return error_set(error, POSTERN_E_CONFIG, "the file is no UTF-8 (it looks like %s): save it as UTF-8",
                     name);
}

postern_status encoding_check(postern_text text, postern_error *error)
{
    postern_status status = encoding_check_beginning(text, error);
    if (status < 0 || text_is_utf8(text)) return status;
    size_t line = 1;
    while (text.size > 0) {
        const char *end = memchr(text.data, '\n', text.size);
        postern_text first = text_slice(text.data, end ? end : text.data + text.size);
        if (!text_is_utf8(first)) break;
        text = text_slice(end ? end + 1 : text.data + text.size, text.data + text.size);
        line++;
    }
    return error_set(error, POSTERN_E_CONFIG,
                     "line %zu is no UTF-8 (is the file in Latin-1 or Windows-1252?): save it as UTF-8",
                     line);
}
