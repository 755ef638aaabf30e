#include "preset.h"
#include <strings.h>

static bool is_same_name(postern_text a, postern_text b)
{
    return a.size == b.size && (a.size == 0 || strncasecmp(a.data, b.data, a.size) == 0);
}

void headers_set(struct headers *headers, postern_text name, postern_text value)
{
    size_t i = 0;
    while (i < headers->count && !is_same_name(headers->list[i].name, name))
        i++;
    if (i == MOST_HEADERS) {
        headers->failed = true;
        return;
    }
    headers->list[i] = (postern_pair){name, value};
    if (i == headers->count) headers->count++;
}

void headers_set_written(struct headers *headers, const char *name, const struct kit_writer *value)
{
    headers->failed = headers->failed || value->failed;
    if (!value->failed && value->size)
        headers_set(headers, kit_text(name), kit_span(value->data, value->size));
}

/* What stands in the template itself is the user's: a mistake there is named by whoever sends it. */
void header_write_template(struct kit_writer *value, postern_text text, const postern_sink_event *event)
{
    size_t from = value->size;
    bool constant = !text.size || !memmem(text.data, text.size, "%{", 2);
    kit_write_template(value, text, event, false);
    for (size_t i = from; !constant && !value->failed && i < value->size; i++)
        if ((unsigned char)value->data[i] < ' ' || value->data[i] == 0x7f) value->data[i] = ' ';
}
