/* A growing text. The simulator is a test tool: if memory ends, it ends. */
#ifndef SIMULATOR_TEXT_H
#define SIMULATOR_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *data; /* NUL-terminated once anything was appended */
    size_t size, capacity;
};

void text_append(struct text *text, const void *bytes, size_t size);
void text_puts(struct text *text, const char *string);
void text_put(struct text *text, char byte);
void text_integer(struct text *text, int64_t number);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A JSON string in quotes; escapes only what must be escaped. */
void text_json(struct text *text, const char *string, size_t size);
void text_json_puts(struct text *text, const char *string);
/* Base64 without line ends; `url` selects the URL-safe alphabet without padding. */
void text_base64(struct text *text, const void *bytes, size_t size, bool url);
/* Room for `size` more bytes at data + size; the caller adds to size. */
char *text_reserve(struct text *text, size_t size);
void text_clear(struct text *text);
void text_free(struct text *text);

/* Decodes either alphabet, padding optional; appends to `out`. False on any other byte. */
bool base64_read(const char *string, size_t size, struct text *out);
/* malloc and realloc that never fail. */
void *must_allocate(size_t size);
void *must_grow(void *memory, size_t size);

#endif
