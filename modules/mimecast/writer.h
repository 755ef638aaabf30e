/* Writes the JSON text of a request into the call's arena. */
#ifndef MIMECAST_WRITER_H
#define MIMECAST_WRITER_H

#include "text.h"

struct text_writer {
    const postern_host *host;
    postern_arena *arena;
    char *data;
    size_t size, capacity;
    bool failed; /* out of memory; stays set */
};

void write_bytes(struct text_writer *writer, postern_text bytes);
void write_string(struct text_writer *writer, const char *string);
/* With quotes; what JSON does not allow is escaped, all else stays as it is. */
void write_json_string(struct text_writer *writer, postern_text text);
/* {"key": for each further member with a comma in front. */
void write_key(struct text_writer *writer, const char *key);

/* The whole text in *text, or POSTERN_E_MEMORY. */
postern_status writer_finish(const struct text_writer *writer, postern_text *text, postern_error *error);

#endif
