#include "message.h"

enum wire { VARINT = 0, FIXED64 = 1, BYTES = MESSAGE_BYTES, FIXED32 = 5 };

size_t message_varint_size(uint64_t value)
{
    size_t size = 1;
    while (value >>= 7)
        size++;
    return size;
}

char *message_put_varint(char *to, uint64_t value)
{
    for (; value > 0x7f; value >>= 7)
        *to++ = (char)(0x80 | (value & 0x7f));
    *to++ = (char)value;
    return to;
}

static void write_varint(struct kit_writer *out, uint64_t value)
{
    char *place = kit_reserve(out, message_varint_size(value));
    if (place) message_put_varint(place, value);
}

static void write_tag(struct kit_writer *out, struct message_field field, enum wire wire)
{
    write_varint(out, (uint64_t)field.number << 3 | wire);
}

static void write_fixed64(struct kit_writer *out, uint64_t value)
{
    char *place = kit_reserve(out, 8);
    for (size_t i = 0; place && i < 8; i++)
        place[i] = (char)(value >> 8 * i);
}

/* ---- What encloses: in bytes it has its length in front, for which one byte is kept ---- */

static size_t open_bytes(struct kit_writer *out, struct message_field field)
{
    write_tag(out, field, BYTES);
    kit_reserve(out, 1);
    return out->size;
}

static void close_bytes(struct kit_writer *out, size_t opened)
{
    if (out->failed) return;
    size_t size = out->size - opened, more = message_varint_size(size) - 1;
    if (more && !kit_reserve(out, more)) return;
    if (more) memmove(out->data + opened + more, out->data + opened, size);
    message_put_varint(out->data + opened - 1, size);
}

/* Whether a comma is due can be seen: nothing but what opens ends in a bracket. */
static void write_comma(struct kit_writer *out)
{
    bool first = !out->size || strchr("{[", out->data[out->size - 1]) != NULL;
    if (!out->failed && !first) kit_write_string(out, ",");
}

static void write_name(struct kit_writer *out, struct message_field field, const char *behind)
{
    write_comma(out);
    kit_write_json_string(out, kit_text(field.name));
    kit_write_string(out, behind);
}

size_t message_open(const struct message_writer *writer, struct message_field field)
{
    if (!writer->json) return open_bytes(writer->out, field);
    write_name(writer->out, field, ":{");
    return 0;
}

void message_close(const struct message_writer *writer, size_t opened)
{
    if (writer->json)
        kit_write_string(writer->out, "}");
    else
        close_bytes(writer->out, opened);
}

void message_list_open(const struct message_writer *writer, struct message_field field)
{
    if (writer->json) write_name(writer->out, field, ":[");
}

size_t message_item_open(const struct message_writer *writer, struct message_field field)
{
    if (!writer->json) return open_bytes(writer->out, field);
    write_comma(writer->out);
    kit_write_string(writer->out, "{");
    return 0;
}

void message_list_close(const struct message_writer *writer)
{
    if (writer->json) kit_write_string(writer->out, "]");
}

/* ---- Values ---- */

void message_text(const struct message_writer *writer, struct message_field field, postern_text text)
{
    if (writer->json) {
        write_name(writer->out, field, ":");
        kit_write_json_string(writer->out, text);
        return;
    }
    write_tag(writer->out, field, BYTES);
    write_varint(writer->out, text.size);
    kit_write(writer->out, text);
}

/* As it stands, but for escapes of half a surrogate pair, which many receivers refuse. */
static void copy_json_string(struct kit_writer *out, postern_text json)
{
    const char *plain = json.data, *end = kit_end(json), *at = json.data;
    while (at < end) {
        if (*at++ != '\\' || at == end) continue;
        const char *escape = at - 1;
        if (*at++ != 'u') continue;
        if (kit_json_code_point(&at, end) != 0xfffd) continue;
        kit_write(out, kit_between(plain, escape));
        kit_write_string(out, KIT_REPLACEMENT);
        plain = at;
    }
    kit_write(out, kit_between(plain, end));
}

void message_json_string(const struct message_writer *writer, struct message_field field, postern_text json)
{
    if (writer->json) {
        write_name(writer->out, field, ":");
        copy_json_string(writer->out, json);
        return;
    }
    size_t opened = open_bytes(writer->out, field);
    kit_write_json_value(writer->out, json);
    close_bytes(writer->out, opened);
}

void message_double(const struct message_writer *writer, struct message_field field, postern_text digits,
                    double value)
{
    uint64_t bits;
    if (writer->json) {
        write_name(writer->out, field, ":");
        kit_write(writer->out, digits);
        return;
    }
    memcpy(&bits, &value, sizeof bits);
    write_tag(writer->out, field, FIXED64);
    write_fixed64(writer->out, bits);
}

void message_boolean(const struct message_writer *writer, struct message_field field, bool value)
{
    if (writer->json) {
        write_name(writer->out, field, value ? ":true" : ":false");
        return;
    }
    write_tag(writer->out, field, VARINT);
    write_varint(writer->out, value);
}

/* JSON has no numbers of 64 bits: they are texts. */
static void write_digits(struct kit_writer *out, struct message_field field, int64_t value)
{
    write_name(out, field, ":\"");
    kit_write_integer(out, value);
    kit_write_string(out, "\"");
}

void message_int64(const struct message_writer *writer, struct message_field field, int64_t value)
{
    if (writer->json) {
        write_digits(writer->out, field, value);
        return;
    }
    write_tag(writer->out, field, VARINT);
    write_varint(writer->out, (uint64_t)value);
}

void message_enum(const struct message_writer *writer, struct message_field field, unsigned value)
{
    if (writer->json) {
        write_name(writer->out, field, ":");
        kit_write_integer(writer->out, value);
        return;
    }
    write_tag(writer->out, field, VARINT);
    write_varint(writer->out, value);
}

/* A time up to the year 2262, which fits into 63 bits. */
void message_fixed64(const struct message_writer *writer, struct message_field field, uint64_t value)
{
    if (writer->json) {
        write_digits(writer->out, field, (int64_t)value);
        return;
    }
    write_tag(writer->out, field, FIXED64);
    write_fixed64(writer->out, value);
}
