#include "framing.h"

#define LENGTH_ROOM 21 /* of a number of 64 bits and a blank */

size_t framing_most(postern_text message)
{
    return message.size * 2 + LENGTH_ROOM;
}

static size_t write_counted(postern_text message, char *place)
{
    int size = snprintf(place, LENGTH_ROOM + 1, "%zu ", message.size);
    memcpy(place + size, message.data, message.size);
    return (size_t)size + message.size;
}

static size_t write_line(postern_text message, char *place)
{
    char *at = place;
    for (size_t i = 0; i < message.size; i++) {
        char c = message.data[i];
        if (c == '\n' || c == '\r') {
            *at++ = '\\';
            c = c == '\n' ? 'n' : 'r';
        }
        *at++ = c;
    }
    *at++ = '\n';
    return (size_t)(at - place);
}

size_t framing_write(enum framing framing, postern_text message, char *place)
{
    return framing == FRAMING_NEWLINE ? write_line(message, place) : write_counted(message, place);
}
