#include "shared/broker/address.h"

#define VALUE_LIMIT 1024

static void write_word(struct kit_writer *writer, postern_text value, char escape)
{
    if (value.size == 0) kit_write_string(writer, "_");
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
                     c == '-';
        char coded[4];
        if (!plain) snprintf(coded, sizeof coded, "%c%02X", escape, (unsigned)c);
        kit_write(writer, plain ? kit_span(value.data + i, 1) : kit_span(coded, 3));
    }
}

static void write_value(struct kit_writer *writer, postern_text name, const postern_sink_event *event,
                        char escape)
{
    char bytes[VALUE_LIMIT];
    struct kit_writer value = kit_writer_in_buffer(bytes, sizeof bytes);
    kit_write_placeholder(&value, name, event);
    write_word(writer, kit_span(value.data, value.size), escape);
    writer->failed = writer->failed || value.failed;
}

void broker_write_address(struct kit_writer *writer, postern_text template, const postern_sink_event *event,
                          char escape)
{
    const char *at = template.data, *end = kit_end(template);
    while (at < end) {
        const char *open = memmem(at, (size_t)(end - at), "%{", 2);
        const char *close = open ? memchr(open, '}', (size_t)(end - open)) : NULL;
        kit_write(writer, kit_between(at, close ? open : end));
        if (close) write_value(writer, kit_between(open + 2, close), event, escape);
        at = close ? close + 1 : end;
    }
}

bool broker_template_has(postern_text template, const char *placeholder)
{
    return template.size && memmem(template.data, template.size, placeholder, strlen(placeholder)) != NULL;
}
