#include "http_sink.h"

/* What was cut off may have left a part of a character at the end. */
size_t whole_characters(const char *text, size_t size)
{
    size_t lead = size;
    while (lead && size - lead < 4 && ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
        lead--;
    if (lead == 0) return size;
    unsigned char c = (unsigned char)text[lead - 1];
    size_t needed = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    return lead - 1 + needed > size ? lead - 1 : size;
}

void print_words(char *words, size_t size, const char *format, va_list arguments)
{
    vsnprintf(words, size, format, arguments);
    words[whole_characters(words, strlen(words))] = '\0';
    for (char *at = words; *at; at++)
        if ((unsigned char)*at < ' ') *at = ' ';
}

void answer_quote(postern_text body, char *words, size_t size)
{
    size_t used = 0;
    body = kit_trim(body);
    for (size_t i = 0; i < body.size && used + 1 < size; i++) {
        bool blank = (unsigned char)body.data[i] <= ' ';
        if (blank && used && words[used - 1] == ' ') continue;
        words[used++] = blank ? ' ' : body.data[i];
    }
    words[whole_characters(words, used)] = '\0';
    if (used == 0) snprintf(words, size, "without a word");
}
