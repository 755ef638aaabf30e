#include "message.h"
#include "priority.h"
#include <stdlib.h>
#include <time.h>

#define TRUNCATED " [truncated]"

/* ---- Parts of a header ---- */

/* The field of a template as printable ASCII without blanks, at most `most` bytes; "-" if nothing is left. */
static void write_field(postern_text template, size_t most, const postern_sink_event *event,
                        struct kit_writer *writer)
{
    char buffer[512];
    struct kit_writer field = kit_writer_in_buffer(buffer, sizeof buffer);
    kit_write_template(&field, template, event, false);
    size_t size = field.size < most ? field.size : most;
    for (size_t i = 0; i < size; i++)
        if (buffer[i] < 33 || buffer[i] > 126) buffer[i] = '_';
    kit_write(writer, size ? kit_span(buffer, size) : KIT_TEXT("-"));
}

/* In a value of structured data three characters are escaped; a line end would end a line of a file. */
static void write_value(struct kit_writer *writer, postern_text value)
{
    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];
        if (c == '"' || c == '\\' || c == ']') kit_write_string(writer, "\\");
        kit_write(writer, (unsigned char)c < 32 ? KIT_TEXT(" ") : kit_span(&value.data[i], 1));
    }
}

static void write_parameter(struct kit_writer *writer, postern_text name, postern_text template,
                            const postern_sink_event *event)
{
    char buffer[1024];
    struct kit_writer value = kit_writer_in_buffer(buffer, sizeof buffer);
    kit_write_template(&value, template, event, false);
    if (value.size == 0) return;
    kit_write_string(writer, " ");
    kit_write(writer, name);
    kit_write_string(writer, "=\"");
    write_value(writer, kit_span(buffer, value.size));
    kit_write_string(writer, "\"");
}

static void write_structured_data(const struct message_form *form, const postern_sink_event *event,
                                  struct kit_writer *writer)
{
    static const postern_pair usual[] = {{{"id", 2}, {"%{id}", 5}},
                                         {{"account", 7}, {"%{account}", 10}},
                                         {{"source", 6}, {"%{source}", 9}},
                                         {{"type", 4}, {"%{type}", 7}}};
    postern_pair pair;
    size_t count = 0;
    if (kit_is(form->sd_id, "-")) {
        kit_write_string(writer, "-");
        return;
    }
    kit_write_string(writer, "[");
    kit_write(writer, form->sd_id);
    for (; form->host->option_pair(form->host, "structured_data", count, &pair); count++)
        write_parameter(writer, pair.name, pair.value, event);
    for (size_t i = 0; count == 0 && i < sizeof usual / sizeof *usual; i++)
        write_parameter(writer, usual[i].name, usual[i].value, event);
    kit_write_string(writer, "]");
}

/* ---- Severity ---- */

static bool map_severity(const struct message_form *form, postern_text text, int *severity)
{
    postern_pair pair;
    for (size_t i = 0; form->host->option_pair(form->host, "severity_map", i, &pair); i++) {
        if (!kit_equal(pair.name, text)) continue;
        *severity = severity_of(pair.value);
        return true;
    }
    *severity = severity_of(text);
    return *severity >= 0;
}

static int severity_of_event(const struct message_form *form, const postern_sink_event *event)
{
    char buffer[128];
    int severity;
    struct kit_writer value = kit_writer_in_buffer(buffer, sizeof buffer);
    if (form->severity_field.size == 0 || !(event->flags & POSTERN_EVENT_JSON)) return form->severity;
    kit_write_json_value(&value, kit_json_at(event->text, form->severity_field));
    return map_severity(form, kit_span(buffer, value.size), &severity) ? severity : form->severity;
}

/* ---- Headers ---- */

/* Local time, the day padded with a blank; the month's name is no locale's. */
static void write_time_3164(int64_t ms, struct kit_writer *writer)
{
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[40];
    struct tm local;
    time_t seconds = (time_t)(ms / 1000);
    localtime_r(&seconds, &local);
    snprintf(text, sizeof text, "%s %2d %02d:%02d:%02d", months[local.tm_mon % 12], local.tm_mday,
             local.tm_hour, local.tm_min, local.tm_sec);
    kit_write_string(writer, text);
}

static void write_header_5424(const struct message_form *form, const postern_sink_event *event,
                              int64_t time_ms, struct kit_writer *writer)
{
    char time[KIT_TIMESTAMP_SIZE];
    kit_write_string(writer, "1 ");
    kit_write(writer, kit_timestamp(time_ms, time));
    kit_write_string(writer, " ");
    write_field(form->host_name, 255, event, writer);
    kit_write_string(writer, " ");
    write_field(form->app, 48, event, writer);
    kit_write_string(writer, " ");
    write_field(form->procid, 128, event, writer);
    kit_write_string(writer, " ");
    write_field(form->msgid, 32, event, writer);
    kit_write_string(writer, " ");
    write_structured_data(form, event, writer);
    kit_write_string(writer, form->bom ? " \xef\xbb\xbf" : " ");
}

static void write_header_3164(const struct message_form *form, const postern_sink_event *event,
                              int64_t time_ms, struct kit_writer *writer)
{
    write_time_3164(time_ms, writer);
    kit_write_string(writer, " ");
    write_field(form->host_name, 255, event, writer);
    kit_write_string(writer, " ");
    write_field(form->app, 32, event, writer);
    if (form->procid.size) {
        kit_write_string(writer, "[");
        write_field(form->procid, 128, event, writer);
        kit_write_string(writer, "]");
    }
    kit_write_string(writer, ": ");
}

/* ---- The whole ---- */

/* As much of the text as leaves room for `behind` bytes, and no half character. */
static postern_text cut(postern_text text, size_t room, size_t behind)
{
    size_t size = room > behind ? room - behind : 0;
    if (size >= text.size) return text;
    while (size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return kit_span(text.data, size);
}

/* The event, or what the template makes of it. */
static void write_text(const struct message_form *form, const postern_sink_event *event,
                       struct kit_writer *writer)
{
    kit_write_template(writer, form->prefix, event, false);
    if (form->message.size)
        kit_write_template(writer, form->message, event, false);
    else
        kit_write(writer, event->text);
}

/* As much of the text as there is room for. The whole of it is made first: a writer that is full takes no
 * part of a value. */
static postern_status write_truncated(const struct message_form *form, const postern_sink_event *event,
                                      struct kit_writer *writer)
{
    size_t room = form->limit - writer->size, capacity = form->limit + event->text.size;
    char *buffer = NULL;
    struct kit_writer whole;
    if (room < sizeof TRUNCATED - 1) return POSTERN_E_LIMIT;
    do {
        free(buffer);
        capacity *= 2;
        buffer = malloc(capacity);
        if (!buffer) return POSTERN_E_MEMORY;
        whole = kit_writer_in_buffer(buffer, capacity);
        write_text(form, event, &whole);
    } while (whole.failed);
    kit_write(writer, cut(kit_span(buffer, whole.size), room, sizeof TRUNCATED - 1));
    kit_write_string(writer, TRUNCATED);
    free(buffer);
    return POSTERN_OK;
}

postern_status message_write(const struct message_form *form, const postern_sink_event *event,
                             struct kit_writer *writer)
{
    char priority[16];
    int64_t time_ms = event->time_ms > 0 ? event->time_ms : event->received_ms;
    snprintf(priority, sizeof priority, "<%d>", form->facility * 8 + severity_of_event(form, event));
    kit_write_string(writer, priority);
    if (form->is_5424)
        write_header_5424(form, event, time_ms, writer);
    else
        write_header_3164(form, event, time_ms, writer);
    if (writer->failed) return POSTERN_E_LIMIT;
    struct kit_writer header = *writer;
    write_text(form, event, writer);
    if (!writer->failed) return POSTERN_OK;
    *writer = header;
    return form->truncates ? write_truncated(form, event, writer) : POSTERN_E_LIMIT;
}

void message_too_long(const struct message_form *form, char words[160])
{
    if (form->truncates)
        snprintf(
            words, 160,
            "the message's header is longer than max_size (%zu bytes): raise it here and at the receiver",
            form->limit);
    else
        snprintf(words, 160,
                 "the message is longer than max_size (%zu bytes): raise it here and at the receiver, or set "
                 "too_long = \"truncate\"",
                 form->limit);
}
