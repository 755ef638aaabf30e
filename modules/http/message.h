/* Messages of Protocol Buffers, in either of their forms: as bytes, or as the JSON that stands for them. Who
 * writes a message says each field once, with its number and its name. As proto3 wants it, a field that has
 * its default value is left out by who writes it. */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <postern/kit.h>

struct message_field {
    uint32_t number;  /* in bytes */
    const char *name; /* in JSON */
};

struct message_writer {
    struct kit_writer *out;
    bool json;
};

/* ---- Writing ---- */

/* A message in a field. What is written next stands in it, until it is closed; `opened` is what open said. */
size_t message_open(const struct message_writer *writer, struct message_field field);
void message_close(const struct message_writer *writer, size_t opened);
/* A field that is repeated: between open and close its messages, each an item, which is closed as a message.
 */
void message_list_open(const struct message_writer *writer, struct message_field field);
size_t message_item_open(const struct message_writer *writer, struct message_field field);
void message_list_close(const struct message_writer *writer);

void message_text(const struct message_writer *writer, struct message_field field, postern_text text);
/* A string of a JSON text, with its quotes. */
void message_json_string(const struct message_writer *writer, struct message_field field, postern_text json);
/* A number of a JSON text. */
void message_double(const struct message_writer *writer, struct message_field field, postern_text digits,
                    double value);
void message_boolean(const struct message_writer *writer, struct message_field field, bool value);
void message_int64(const struct message_writer *writer, struct message_field field, int64_t value);
void message_enum(const struct message_writer *writer, struct message_field field, unsigned value);
void message_fixed64(const struct message_writer *writer, struct message_field field, uint64_t value);

/* ---- Bytes ---- */

#define MESSAGE_VARINT_SIZE 10 /* at most */
#define MESSAGE_BYTES       2u /* the wire type of what has a length */

size_t message_varint_size(uint64_t value);
/* Returns what lies behind it. */
char *message_put_varint(char *to, uint64_t value);

/* A field as it was read. */
struct message_value {
    uint32_t number;
    uint64_t integer;   /* of a varint or a fixed one */
    postern_text bytes; /* of what has a length; data is NULL else */
};

/* Takes the first field off the text. False if there is none: then the text is empty, unless what follows is
 * no field of a message. */
bool message_take(postern_text *text, struct message_value *value);

#endif
