#include "text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_grow(void *memory, size_t size)
{
    void *grown = realloc(memory, size ? size : 1);
    if (!grown) {
        fputs("postern-simulator: out of memory\n", stderr);
        abort();
    }
    return grown;
}

void *must_allocate(size_t size)
{
    return memset(must_grow(NULL, size), 0, size);
}

char *text_reserve(struct text *text, size_t size)
{
    size_t needed = text->size + size + 1;
    if (needed > text->capacity) {
        size_t capacity = text->capacity ? text->capacity : 256;
        while (capacity < needed)
            capacity *= 2;
        text->data = must_grow(text->data, capacity);
        text->capacity = capacity;
    }
    return text->data + text->size;
}

void text_append(struct text *text, const void *bytes, size_t size)
{
    char *end = text_reserve(text, size);
    if (size) memcpy(end, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_puts(struct text *text, const char *string)
{
    text_append(text, string, strlen(string));
}

void text_put(struct text *text, char byte)
{
    text_append(text, &byte, 1);
}

void text_integer(struct text *text, int64_t number)
{
    text_printf(text, "%lld", (long long)number);
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char stack[1024];
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(stack, sizeof stack, format, arguments);
    if (size > 0 && (size_t)size < sizeof stack) {
        text_append(text, stack, (size_t)size);
    } else if (size > 0) {
        char *end = text_reserve(text, (size_t)size);
        vsnprintf(end, (size_t)size + 1, format, again);
        text->size += (size_t)size;
    }
    va_end(again);
    va_end(arguments);
}

void text_json(struct text *text, const char *string, size_t size)
{
    text_put(text, '"');
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)string[i];
        if (byte == '"' || byte == '\\') {
            text_put(text, '\\');
            text_put(text, (char)byte);
        } else if (byte == '\n') {
            text_puts(text, "\\n");
        } else if (byte < 0x20) {
            text_printf(text, "\\u%04x", byte);
        } else {
            text_put(text, (char)byte);
        }
    }
    text_put(text, '"');
}

void text_json_puts(struct text *text, const char *string)
{
    text_json(text, string, strlen(string));
}

void text_base64(struct text *text, const void *bytes, size_t size, bool url)
{
    const char *alphabet = url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                               : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)in[i] << 16;
        if (left > 1) group |= (uint32_t)in[i + 1] << 8;
        if (left > 2) group |= in[i + 2];
        text_put(text, alphabet[group >> 18]);
        text_put(text, alphabet[(group >> 12) & 63]);
        if (left > 1 || !url) text_put(text, left > 1 ? alphabet[(group >> 6) & 63] : '=');
        if (left > 2 || !url) text_put(text, left > 2 ? alphabet[group & 63] : '=');
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    if (c == '/' || c == '_') return 63;
    return -1;
}

bool base64_read(const char *string, size_t size, struct text *out)
{
    while (size && string[size - 1] == '=')
        size--;
    if (size % 4 == 1) return false;
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < size; i++) {
        int value = base64_value(string[i]);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        text_put(out, (char)(bits >> count & 0xff));
    }
    return true;
}

void text_clear(struct text *text)
{
    text->size = 0;
    if (text->data) text->data[0] = '\0';
}

void text_free(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
