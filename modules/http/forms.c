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

postern_text fill_template(char *memory, size_t size, postern_text text, const postern_sink_event *event)
{
    struct kit_writer value = kit_writer_in_buffer(memory, size);
    kit_write_template(&value, text, event, false);
    return kit_span(memory, value.failed ? whole_characters(memory, value.size) : value.size);
}

void write_member_template(struct kit_writer *writer, const char *before, const char *name, postern_text text,
                           const postern_sink_event *event)
{
    char filled[TEMPLATE_ROOM];
    write_member(writer, before, name, fill_template(filled, sizeof filled, text, event));
}

/* Returns what is to stand in front of what follows: "{" or ",". */
static const char *write_lacking(struct kit_writer *writer, postern_text object, const postern_pair *members,
                                 size_t count)
{
    const char *before = "{";
    for (size_t i = 0; i < count; i++) {
        if (!members[i].value.size || (object.size && kit_json_at(object, members[i].name).size)) continue;
        kit_write_string(writer, before);
        kit_write_json_string(writer, members[i].name);
        kit_write_string(writer, ":");
        kit_write_json_string(writer, members[i].value);
        before = ",";
    }
    return before;
}

void write_object(struct kit_writer *writer, postern_text object, const postern_pair *members, size_t count)
{
    object = kit_trim(object);
    postern_text rest = kit_trim(kit_between(object.data + 1, kit_end(object)));
    const char *before = write_lacking(writer, object, members, count);
    if (*before == '{' || !kit_is(rest, "}")) kit_write_string(writer, before);
    kit_write(writer, rest);
}

void write_document(struct kit_writer *writer, const postern_sink_event *event, const postern_pair *members,
                    size_t count)
{
    if (event->flags & POSTERN_EVENT_JSON) {
        write_object(writer, event->text, members, count);
        return;
    }
    kit_write_string(writer, write_lacking(writer, kit_span(NULL, 0), members, count));
    kit_write_string(writer, "\"message\":");
    kit_write_json_string(writer, event->text);
    kit_write_string(writer, "}");
}

void writer_cut(struct kit_writer *writer, size_t size)
{
    writer->size = size;
    writer->failed = false;
}
