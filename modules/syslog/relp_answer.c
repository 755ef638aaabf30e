#include "relp_answer.h"

/* At most nine digits, and what must stand behind them; the text goes on behind that. */
static enum relp_reading read_number(postern_text *text, uint32_t *number)
{
    uint32_t value = 0;
    size_t digits = 0;
    while (digits < text->size && text->data[digits] >= '0' && text->data[digits] <= '9') {
        if (digits == 9) return RELP_INVALID;
        value = value * 10 + (uint32_t)(text->data[digits++] - '0');
    }
    if (digits == text->size) return RELP_PARTIAL;
    if (digits == 0) return RELP_INVALID;
    *number = value;
    *text = kit_span(text->data + digits, text->size - digits);
    return RELP_WHOLE;
}

static bool take(postern_text *text, char expected)
{
    if (text->size == 0 || text->data[0] != expected) return false;
    *text = kit_span(text->data + 1, text->size - 1);
    return true;
}

#define COMMAND_LIMIT 32

/* Letters up to a blank. */
static enum relp_reading read_command(postern_text *text, postern_text *command)
{
    size_t size = 0;
    while (size < text->size && text->data[size] >= 'a' && text->data[size] <= 'z' && size <= COMMAND_LIMIT)
        size++;
    if (size > COMMAND_LIMIT) return RELP_INVALID;
    if (size == text->size) return RELP_PARTIAL;
    if (size == 0) return RELP_INVALID;
    *command = kit_span(text->data, size);
    *text = kit_span(text->data + size, text->size - size);
    return RELP_WHOLE;
}

/* "200 OK", a line end, and then what is offered. */
static void read_code(struct relp_answer *answer)
{
    postern_text rest = answer->data;
    uint32_t code;
    if (!kit_is(answer->command, "rsp") || read_number(&rest, &code) == RELP_INVALID) return;
    if (rest.size == answer->data.size) { /* digits alone */
        if (rest.size != 3) return;
        code = (uint32_t)((rest.data[0] - '0') * 100 + (rest.data[1] - '0') * 10 + (rest.data[2] - '0'));
        rest = kit_span(kit_end(rest), 0);
    }
    const char *end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
    answer->code = code < 1000 ? (int)code : 0;
    answer->text = kit_trim(end ? kit_between(rest.data, end) : rest);
}

enum relp_reading relp_answer_read(postern_text text, struct relp_answer *answer, size_t *size)
{
    struct relp_answer read = {0};
    postern_text rest = text;
    uint32_t length;
    enum relp_reading reading = read_number(&rest, &read.number);
    if (reading != RELP_WHOLE) return reading;
    if (!take(&rest, ' ')) return RELP_INVALID;
    if ((reading = read_command(&rest, &read.command)) != RELP_WHOLE) return reading;
    if (!take(&rest, ' ')) return RELP_INVALID;
    if ((reading = read_number(&rest, &length)) != RELP_WHOLE) return reading;
    if (length > RELP_ANSWER_LIMIT) return RELP_INVALID;
    if (length > 0 && !take(&rest, ' ')) return RELP_INVALID;
    if (rest.size <= length) return RELP_PARTIAL;
    read.data = kit_span(rest.data, length);
    rest = kit_span(rest.data + length, rest.size - length);
    if (!take(&rest, '\n')) return RELP_INVALID;
    read_code(&read);
    *answer = read;
    *size = text.size - rest.size;
    return RELP_WHOLE;
}
