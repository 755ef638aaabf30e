/* Reading a message of Protocol Buffers: one field after the other. */
#include "message.h"

static bool take_varint(postern_text *text, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < text->size && i < MESSAGE_VARINT_SIZE; i++) {
        unsigned char byte = (unsigned char)text->data[i];
        *value |= (uint64_t)(byte & 0x7f) << 7 * i;
        if (byte & 0x80) continue;
        *text = kit_span(text->data + i + 1, text->size - i - 1);
        return true;
    }
    return false;
}

static bool take_fixed(postern_text *text, size_t size, uint64_t *value)
{
    if (text->size < size) return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value |= (uint64_t)(unsigned char)text->data[i] << 8 * i;
    *text = kit_span(text->data + size, text->size - size);
    return true;
}

static bool take_bytes(postern_text *text, postern_text *bytes)
{
    uint64_t size;
    if (!take_varint(text, &size) || size > text->size) return false;
    *bytes = kit_span(text->data, (size_t)size);
    *text = kit_span(text->data + size, text->size - (size_t)size);
    return true;
}

bool message_take(postern_text *text, struct message_value *value)
{
    postern_text rest = *text;
    uint64_t tag;
    *value = (struct message_value){.number = 0};
    if (!take_varint(&rest, &tag) || tag >> 3 == 0 || tag >> 3 >= 1u << 29) return false;
    value->number = (uint32_t)(tag >> 3);
    bool good = false;
    switch (tag & 7) {
    case 0:
        good = take_varint(&rest, &value->integer);
        break;
    case 1:
        good = take_fixed(&rest, 8, &value->integer);
        break;
    case MESSAGE_BYTES:
        good = take_bytes(&rest, &value->bytes);
        break;
    case 5:
        good = take_fixed(&rest, 4, &value->integer);
        break;
    default:
        break; /* groups are of another time */
    }
    if (good) *text = rest;
    return good;
}
