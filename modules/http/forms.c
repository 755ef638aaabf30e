#include "preset.h"

int64_t event_time(const postern_sink_event *event)
{
    return event->time_ms ? event->time_ms : event->received_ms;
}

/* Split so that a time before 1970 has a fraction that counts forward, as every other. */
static int64_t split_ms(int64_t ms, int *fraction)
{
    int64_t seconds = ms / 1000 - (ms % 1000 < 0);
    *fraction = (int)(ms - seconds * 1000);
    return seconds;
}

void write_timestamp(struct kit_writer *writer, int64_t ms)
{
    char text[KIT_TIMESTAMP_SIZE];
    kit_write(writer, kit_timestamp(ms, text));
}

void write_epoch_seconds(struct kit_writer *writer, int64_t ms)
{
    char text[40];
    int fraction;
    int64_t seconds = split_ms(ms, &fraction);
    snprintf(text, sizeof text, "%lld.%03d", (long long)seconds, fraction);
    kit_write_string(writer, text);
}

void write_event_value(struct kit_writer *writer, const postern_sink_event *event)
{
    if (event->flags & POSTERN_EVENT_JSON)
        kit_write(writer, event->text);
    else
        kit_write_json_string(writer, event->text);
}

void write_member(struct kit_writer *writer, const char *before, const char *name, postern_text value)
{
    if (!value.size) return;
    kit_write_string(writer, before);
    kit_write_json_string(writer, kit_text(name));
    kit_write_string(writer, ":");
    kit_write_json_string(writer, value);
}

/* The places are filled in behind the writer's end, and the result quoted in front of them. */
void write_member_template(struct kit_writer *writer, const char *before, const char *name, postern_text text,
                           const postern_sink_event *event)
{
    char filled[2048];
    struct kit_writer value = kit_writer_in_buffer(filled, sizeof filled);
    kit_write_template(&value, text, event, false);
    write_member(writer, before, name, kit_span(filled, value.size));
}

void writer_cut(struct kit_writer *writer, size_t size)
{
    writer->size = size;
    writer->failed = false;
}
