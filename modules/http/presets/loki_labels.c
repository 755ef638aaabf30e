/* The labels of a stream: few, and never what differs from event to event. */
#include "loki.h"

#define REMEDY_LABELS                                                                                        \
    "a stream has few labels of few values, such as { account = \"%{account}\" }; what is of one event "     \
    "alone belongs into metadata"

/* Ours, unless the user gives some. */
static const postern_pair usual[] = {
    {{"account", 7}, {"%{account}", 10}},
    {{"source", 6}, {"%{source}", 9}},
    {{"type", 4}, {"%{type}", 7}},
    {{"service_name", 12}, {"mimecast", 8}},
};

/* Places whose values are few. A time, an id or a field of the event would make a stream of nearly every
 * event, which is how this receiver is brought to its knees. */
static const char *const places[] = {"%{account}", "%{source}", "%{stream}", "%{type}"};

static bool is_few(postern_text value)
{
    const char *end = kit_end(value);
    for (const char *at = value.data; at < end; at++) {
        postern_text rest = kit_between(at, end);
        bool known = !kit_starts_with(rest, "%{");
        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
            known = known || kit_starts_with(rest, places[i]);
        if (!known) return false;
    }
    return true;
}

static bool is_letter(char c)
{
    return kit_lower(c) >= 'a' && kit_lower(c) <= 'z';
}

static bool is_name(postern_text name)
{
    bool good = name.size && name.size <= 1024 && !kit_starts_with(name, "__");
    for (size_t i = 0; good && i < name.size; i++) {
        char c = name.data[i];
        good = is_letter(c) || c == '_' || (i && c >= '0' && c <= '9');
    }
    return good;
}

static postern_status check_name(const char *option, postern_text name, postern_error *error)
{
    if (is_name(name)) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, "letters, digits and _, and no digit in front",
                    "%s: \"%.*s\" is no name for the receiver", option, (int)name.size, name.data);
}

static postern_status check_label(const postern_pair *pair, postern_error *error)
{
    postern_status status = check_name("labels", pair->name, error);
    if (status < 0) return status;
    if (kit_is(pair->name, "replay"))
        return kit_fail(error, POSTERN_E_CONFIG, "call it otherwise",
                        "labels: replay is the label of events that are sent again on request");
    if (is_few(pair->value)) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_CONFIG, REMEDY_LABELS,
                    "labels: %.*s = \"%.*s\" would make too many streams", (int)pair->name.size,
                    pair->name.data, (int)pair->value.size, pair->value.data);
}

static postern_status read_metadata(const struct http_instance *sink, struct loki *own, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, "metadata", i, &pair); i++) {
        postern_status status = check_name("metadata", pair.name, error);
        if (status < 0) return status;
        if (kit_is(pair.name, "postern_id"))
            return kit_fail(error, POSTERN_E_CONFIG, "leave it out",
                            "metadata: postern_id is the event's id, by which a repeat is known");
        if (i == sizeof own->metadata / sizeof *own->metadata)
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "metadata: more than %zu", i);
        own->metadata[own->metadata_count++] = pair;
    }
    return POSTERN_OK;
}

postern_status loki_read_labels(const struct http_instance *sink, struct loki *own, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, "labels", i, &pair); i++) {
        postern_status status = check_label(&pair, error);
        if (status < 0) return status;
        if (i == LOKI_MOST_LABELS - 1) /* replay is one, too */
            return kit_fail(error, POSTERN_E_CONFIG, REMEDY_LABELS, "labels: more than %zu", i);
        own->labels[own->label_count++] = pair;
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual && own->label_count == i; i++)
        own->labels[own->label_count++] = usual[i];
    own->labels[own->label_count++] = (postern_pair){KIT_TEXT("replay"), kit_span(NULL, 0)};
    return read_metadata(sink, own, error);
}

postern_text loki_label_value(const postern_pair *label, const postern_sink_event *event,
                              char buffer[LOKI_VALUE_ROOM])
{
    if (kit_is(label->name, "replay")) return kit_text(event->flags & POSTERN_EVENT_REPLAY ? "1" : "");
    return fill_template(buffer, LOKI_VALUE_ROOM, label->value, event);
}
