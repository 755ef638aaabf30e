/* A request of OTLP: resources, and an event as a log record. */
#include "otlp.h"

/* The fields of an ExportLogsServiceRequest, from the outside in. */
static const struct message_field resource_logs = {1, "resourceLogs"}, scope_logs = {2, "scopeLogs"},
                                  log_records = {2, "logRecords"};
static const struct message_field resource = {1, "resource"}, scope = {1, "scope"}, name = {1, "name"};
static const struct message_field time_of = {1, "timeUnixNano"}, observed = {11, "observedTimeUnixNano"},
                                  severity_number = {2, "severityNumber"},
                                  severity_text = {3, "severityText"}, body_of = {5, "body"};
static const struct message_field of_resource = {1, "attributes"}, of_record = {6, "attributes"},
                                  key = {1, "key"}, value = {2, "value"}, string_value = {1, "stringValue"};

/* ---- Values ---- */

/* Memory for one value after the other; what was written before is overwritten. */
static postern_text fill_in(struct writing *writing, postern_text text, const postern_sink_event *event)
{
    struct kit_writer *scratch = writing->own;
    scratch->size = 0;
    kit_write_template(scratch, text, event, false);
    return kit_span(scratch->data, scratch->size);
}

static void write_attribute(const struct message_writer *writer, struct message_field attributes,
                            postern_text called, postern_text text)
{
    if (!text.size) return;
    size_t attribute = message_item_open(writer, attributes);
    message_text(writer, key, called);
    size_t inside = message_open(writer, value);
    message_text(writer, string_value, text);
    message_close(writer, inside);
    message_close(writer, attribute);
}

static void write_attributes(struct writing *writing, const struct message_writer *writer,
                             struct message_field field, const struct otlp_attributes *attributes,
                             const postern_sink_event *event)
{
    for (size_t i = 0; i < attributes->count; i++)
        write_attribute(writer, field, attributes->list[i].name,
                        fill_in(writing, attributes->list[i].value, event));
}

/* ---- Severity ---- */

#define HIGHEST_SEVERITY 24

/* Words for it, in lower case, those of syslog too. */
static const struct {
    const char *word;
    unsigned number;
} severities[] = {
    {"trace", 1},     {"debug", 5},  {"info", 9},     {"information", 9}, {"informational", 9},
    {"notice", 10},   {"warn", 13},  {"warning", 13}, {"error", 17},      {"err", 17},
    {"critical", 18}, {"crit", 18},  {"alert", 19},   {"fatal", 21},      {"emergency", 21},
    {"emerg", 21},    {"panic", 21},
};

static unsigned severity_of(postern_text text)
{
    unsigned number = 0;
    if (!text.data) return 0; /* nothing was filled in */
    for (size_t i = 0; i < sizeof severities / sizeof *severities; i++)
        if (kit_is_ignoring_case(text, severities[i].word)) return severities[i].number;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || number > HIGHEST_SEVERITY) return 0;
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    return number <= HIGHEST_SEVERITY ? number : 0;
}

static void write_severity(struct writing *writing, const struct message_writer *writer,
                           const postern_sink_event *event)
{
    postern_text text = fill_in(writing, kit_option_text(writing->sink->host, "severity"), event);
    unsigned number = severity_of(text);
    if (number) message_enum(writer, severity_number, number);
    if (text.size) message_text(writer, severity_text, text);
}

/* ---- A record ---- */

#define LAST_MS (INT64_MAX / 1000000) /* in the year 2262 */

static void write_time(const struct message_writer *writer, struct message_field field, int64_t ms)
{
    if (ms > 0 && ms <= LAST_MS) message_fixed64(writer, field, (uint64_t)ms * 1000000);
}

static void write_body(const struct message_writer *writer, const postern_sink_event *event, bool as_map)
{
    size_t inside = message_open(writer, body_of);
    if (as_map && (event->flags & POSTERN_EVENT_JSON))
        otlp_write_json(writer, event->text);
    else
        message_text(writer, string_value, event->text);
    message_close(writer, inside);
}

static void write_record(struct writing *writing, const struct message_writer *writer,
                         const postern_sink_event *event)
{
    const struct otlp *own = writing->sink->own;
    size_t record = message_item_open(writer, log_records);
    write_time(writer, time_of, event_time(event));
    write_severity(writing, writer, event);
    write_body(writer, event, own->as_map);
    message_list_open(writer, of_record);
    write_attribute(writer, of_record, KIT_TEXT("log.record.uid"), event->id);
    write_attributes(writing, writer, of_record, &own->record, event);
    message_list_close(writer);
    write_time(writer, observed, event->received_ms);
    message_close(writer, record);
}

/* ---- Its part: the events of one resource ---- */

/* In bytes the lengths of what encloses the records come at the end: until then there is room for them. */
#define LENGTH_ROOM 5
#define HEAD_ROOM   (1 + LENGTH_ROOM)

#define TAG(field) (char)((field).number << 3 | MESSAGE_BYTES)

static void open_enclosure(const struct message_writer *writer, struct message_field field)
{
    if (writer->json) {
        message_list_open(writer, field);
        message_item_open(writer, field);
        return;
    }
    char *head = kit_reserve(writer->out, HEAD_ROOM);
    if (head) memset(head, 0, HEAD_ROOM);
    if (head) head[0] = TAG(field);
}

static void open_part(struct writing *writing, const struct message_writer *writer,
                      const postern_sink_event *event)
{
    const struct otlp *own = writing->sink->own;
    if (writer->json)
        message_item_open(writer, resource_logs); /* its list is the frame's */
    else
        open_enclosure(writer, resource_logs);
    size_t of_events = message_open(writer, resource);
    message_list_open(writer, of_resource);
    write_attributes(writing, writer, of_resource, &own->resource, event);
    message_list_close(writer);
    message_close(writer, of_events);
    open_enclosure(writer, scope_logs);
    size_t inside = message_open(writer, scope);
    message_text(writer, name, KIT_TEXT("postern"));
    message_close(writer, inside);
    message_list_open(writer, log_records);
}

/* Made with the first event of a batch. */
static bool has_scratch(struct writing *writing)
{
    const postern_host *host = writing->sink->host;
    if (writing->own) return true;
    struct kit_writer *scratch = host->allocate(host, writing->call->arena, sizeof *scratch);
    if (scratch) *scratch = kit_writer_in_arena(host, writing->call->arena);
    writing->own = scratch;
    return scratch != NULL;
}

const char *otlp_encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    const struct otlp *own = writing->sink->own;
    const struct message_writer writer = {.out = body, .json = own->json};
    const struct bundle *request = &writing->request;
    if (has_scratch(writing)) {
        if (request->opens_part && request->count && own->json) kit_write_string(body, "]}]}");
        if (request->opens_part) open_part(writing, &writer, event);
        write_record(writing, &writer, event);
    }
    const struct kit_writer *scratch = writing->own;
    if (!scratch || scratch->failed) writing->status = kit_no_memory(writing->error);
    return NULL;
}

static const char *behind_field(const char *at, const char *end)
{
    postern_text rest = kit_between(at, end);
    struct message_value field;
    return message_take(&rest, &field) ? rest.data : end;
}

static char *put_head(char *to, struct message_field field, size_t size)
{
    *to++ = TAG(field);
    return message_put_varint(to, size);
}

static char *move(char *to, const char *from, const char *end)
{
    memmove(to, from, (size_t)(end - from));
    return to + (end - from);
}

/* Each head becomes shorter, so that what was read is overwritten and nothing else. */
void otlp_finish(struct writing *writing, struct kit_writer *body)
{
    const struct otlp *own = writing->sink->own;
    const char *at = body->data, *end = body->data + body->size;
    char *to = body->data;
    while (!own->json && at < end) {
        const char *of_events = at + HEAD_ROOM, *head = behind_field(of_events, end);
        const char *inside = head + HEAD_ROOM, *behind = behind_field(inside, end);
        while (behind < end && *behind == TAG(log_records))
            behind = behind_field(behind, end);
        size_t inner = (size_t)(behind - inside);
        size_t outer = (size_t)(head - of_events) + 1 + message_varint_size(inner) + inner;
        to = move(put_head(to, resource_logs, outer), of_events, head);
        to = move(put_head(to, scope_logs, inner), inside, behind);
        at = behind;
    }
    if (!own->json) body->size = (size_t)(to - body->data);
}
