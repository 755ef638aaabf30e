#include "resp.h"

static void write_head(struct kit_writer *writer, char kind, size_t number)
{
    kit_write(writer, kit_span(&kind, 1));
    kit_write_integer(writer, (int64_t)number);
    kit_write_string(writer, "\r\n");
}

void resp_write_count(struct kit_writer *writer, size_t words)
{
    write_head(writer, '*', words);
}

void resp_write_word(struct kit_writer *writer, postern_text word)
{
    write_head(writer, '$', word.size);
    kit_write(writer, word);
    kit_write_string(writer, "\r\n");
}

/* The line up to "\r\n", without it. */
static enum resp_reading read_line(postern_text text, postern_text *line)
{
    size_t most = text.size < RESP_LINE_LIMIT ? text.size : RESP_LINE_LIMIT;
    const char *end = most ? memchr(text.data, '\r', most) : NULL;
    if (!end) return most == RESP_LINE_LIMIT ? RESP_INVALID : RESP_PARTIAL;
    if (end + 1 == kit_end(text)) return RESP_PARTIAL;
    if (end[1] != '\n') return RESP_INVALID;
    *line = kit_between(text.data, end);
    return RESP_WHOLE;
}

/* A decimal number, maybe with a sign, that fits. */
static bool read_number(postern_text text, int64_t *number)
{
    bool negative = text.size && text.data[0] == '-';
    int64_t value = 0;
    if (text.size == negative || text.size > 18) return false;
    for (size_t i = negative; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') return false;
        value = value * 10 + (text.data[i] - '0');
    }
    *number = negative ? -value : value;
    return true;
}

/* The text whose length is the reply's number, behind its line. */
static enum resp_reading read_text(postern_text rest, struct resp_reply *reply, size_t *size)
{
    reply->absent = reply->number == -1;
    if (reply->absent) return RESP_WHOLE;
    if (reply->number < 0 || reply->number > (int64_t)RESP_TEXT_LIMIT) return RESP_INVALID;
    size_t length = (size_t)reply->number;
    if (rest.size < length + 2) return RESP_PARTIAL;
    if (memcmp(rest.data + length, "\r\n", 2) != 0) return RESP_INVALID;
    reply->text = kit_span(rest.data, length);
    *size += length + 2;
    return RESP_WHOLE;
}

static enum resp_reading check_array(struct resp_reply *reply)
{
    reply->absent = reply->number == -1;
    return reply->number < -1 || reply->number > RESP_ARRAY_LIMIT ? RESP_INVALID : RESP_WHOLE;
}

enum resp_reading resp_read(postern_text text, struct resp_reply *reply, size_t *size)
{
    postern_text line;
    if (text.size == 0) return RESP_PARTIAL;
    if (!memchr("+-:$*", text.data[0], 5)) return RESP_INVALID;
    enum resp_reading reading = read_line(kit_span(text.data + 1, text.size - 1), &line);
    if (reading != RESP_WHOLE) return reading;
    struct resp_reply read = {.kind = (enum resp_kind)text.data[0]};
    size_t used = line.size + 3;
    bool is_line = read.kind == RESP_STATUS || read.kind == RESP_ERROR;
    if (is_line) read.text = line;
    if (!is_line && !read_number(line, &read.number)) return RESP_INVALID;
    if (read.kind == RESP_TEXT)
        reading = read_text(kit_span(text.data + used, text.size - used), &read, &used);
    if (read.kind == RESP_ARRAY) reading = check_array(&read);
    if (reading != RESP_WHOLE) return reading;
    *reply = read;
    *size = used;
    return RESP_WHOLE;
}
