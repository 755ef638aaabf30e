#include "writer.h"
#include "reading.h"
#include <stdio.h>

/* Room for `size` more bytes. What was outgrown stays in the arena: it doubles, so that is at most as much
 * again. */
static char *reserve(struct text_writer *writer, size_t size)
{
    if (writer->failed) return NULL;
    if (writer->capacity - writer->size < size) {
        size_t capacity = writer->capacity ? writer->capacity * 2 : 256;
        if (capacity < writer->size + size) capacity = writer->size + size;
        char *data = writer->host->allocate(writer->host, writer->arena, capacity);
        writer->failed = !data;
        if (!data) return NULL;
        if (writer->size) memcpy(data, writer->data, writer->size);
        writer->data = data;
        writer->capacity = capacity;
    }
    char *place = writer->data + writer->size;
    writer->size += size;
    return place;
}

void write_bytes(struct text_writer *writer, postern_text bytes)
{
    char *place = reserve(writer, bytes.size);
    if (place && bytes.size) memcpy(place, bytes.data, bytes.size);
}

void write_string(struct text_writer *writer, const char *string)
{
    write_bytes(writer, (postern_text){string, strlen(string)});
}

/* The escape of a byte that may not stand in a JSON string; NULL if it may. */
static const char *escape_of(unsigned char c, char buffer[8])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        if (c >= 0x20) return NULL;
        snprintf(buffer, 8, "\\u%04x", c);
        return buffer;
    }
}

void write_json_string(struct text_writer *writer, postern_text text)
{
    const char *plain = text.data, *end = text_end(text);
    char buffer[8];
    write_string(writer, "\"");
    for (const char *at = text.data; at < end; at++) {
        const char *escape = escape_of((unsigned char)*at, buffer);
        if (!escape) continue;
        write_bytes(writer, text_between(plain, at));
        write_string(writer, escape);
        plain = at + 1;
    }
    write_bytes(writer, text_between(plain, end));
    write_string(writer, "\"");
}

void write_key(struct text_writer *writer, const char *key)
{
    bool first = writer->size == 0 || writer->data[writer->size - 1] == '{';
    if (!first) write_string(writer, ",");
    write_json_string(writer, (postern_text){key, strlen(key)});
    write_string(writer, ":");
}

postern_status writer_finish(const struct text_writer *writer, postern_text *text, postern_error *error)
{
    if (writer->failed) return fail(error, POSTERN_E_MEMORY, NULL, "out of memory for the request");
    *text = (postern_text){writer->data, writer->size};
    return POSTERN_OK;
}
