/* The name of an object: a template of the user's, with placeholders of the event and of the content. */
#include "shared/cloud/time.h"
#include "store.h"

/* The event's own time; of one that has none, when it was received. */
static int64_t own_time(const postern_sink_event *event)
{
    return event->time_ms ? event->time_ms : event->received_ms;
}

static void event_date(struct kit_writer *writer, const postern_sink_event *event,
                       const struct key_parts *parts)
{
    char day[KIT_DAY_SIZE];
    (void)parts;
    kit_write(writer, kit_day(own_time(event), day));
}

/* As "20261127". */
static void event_day(struct kit_writer *writer, const postern_sink_event *event,
                      const struct key_parts *parts)
{
    char text[CLOUD_TIME_SIZE];
    (void)parts;
    cloud_compact_time(own_time(event), text);
    kit_write(writer, kit_span(text, 8));
}

static void event_hour(struct kit_writer *writer, const postern_sink_event *event,
                       const struct key_parts *parts)
{
    char hour[KIT_DAY_SIZE];
    (void)parts;
    kit_write(writer, kit_hour(own_time(event), hour));
}

static void batch(struct kit_writer *writer, const postern_sink_event *event, const struct key_parts *parts)
{
    char digits[24];
    (void)event;
    snprintf(digits, sizeof digits, "%020llu", (unsigned long long)parts->batch);
    kit_write_string(writer, digits);
}

static void token(struct kit_writer *writer, const postern_sink_event *event, const struct key_parts *parts)
{
    (void)event;
    kit_write(writer, parts->token);
}

static void part(struct kit_writer *writer, const postern_sink_event *event, const struct key_parts *parts)
{
    (void)event;
    kit_write(writer, parts->part);
}

static void suffix(struct kit_writer *writer, const postern_sink_event *event, const struct key_parts *parts)
{
    (void)event;
    kit_write_string(writer, parts->suffix);
}

enum { OF_ALL, OF_OBJECTS, OF_GROWING };

/* What keys know beside the placeholders of every template. */
static const struct placeholder {
    const char *name;
    int of;
    void (*write)(struct kit_writer *writer, const postern_sink_event *event, const struct key_parts *parts);
} placeholders[] = {
    {"event_date", OF_ALL, event_date}, {"event_day", OF_ALL, event_day}, {"event_hour", OF_ALL, event_hour},
    {"batch", OF_OBJECTS, batch},       {"token", OF_OBJECTS, token},     {"part", OF_GROWING, part},
    {"suffix", OF_ALL, suffix},
};

static const struct placeholder *find(postern_text name)
{
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++)
        if (kit_is(name, placeholders[i].name)) return &placeholders[i];
    return NULL;
}

/* Those of every template, but for the id: an object for each event is nobody's wish. */
static bool is_common(postern_text name)
{
    static const char *const common[] = {"account", "source", "stream", "type", "date", "hour"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        if (kit_is(name, common[i])) return true;
    return name.size > 1 && name.data[0] == '.';
}

/* The next placeholder's name behind `*at`, which moves behind its brace; what lies before it in *before.
 * False at the end. */
static bool next_placeholder(const char **at, const char *end, postern_text *before, postern_text *name)
{
    const char *open = *at;
    while (open < end && !(open[0] == '%' && end - open > 1 && open[1] == '{'))
        open++;
    const char *close = open < end ? memchr(open, '}', (size_t)(end - open)) : NULL;
    *before = kit_between(*at, close ? open : end);
    *at = close ? close + 1 : end;
    if (close) *name = kit_between(open + 2, close);
    return close != NULL;
}

/* Parts that are "." or ".." change their place on the way. */
static bool has_dots_alone(postern_text template)
{
    for (const char *at = template.data, *end = kit_end(template), *slash; at <= end; at = slash + 1) {
        slash = at < end ? memchr(at, '/', (size_t)(end - at)) : NULL;
        if (!slash) slash = end;
        postern_text part = kit_between(at, slash);
        if (kit_is(part, ".") || kit_is(part, "..") || part.size == 0) return true;
    }
    return false;
}

static bool may_stand(postern_text name, bool appends)
{
    const struct placeholder *own = find(name);
    return own ? own->of != (appends ? OF_OBJECTS : OF_GROWING) : is_common(name);
}

postern_status key_check(postern_text template, bool appends, postern_error *error)
{
    const char *at = template.data, *end = kit_end(template), *wanted = appends ? "part" : "token";
    postern_text before, name;
    int wanted_count = 0;
    while (next_placeholder(&at, end, &before, &name)) {
        if (!may_stand(name, appends))
            return kit_fail(error, POSTERN_E_CONFIG,
                            appends ? "there are account, source, stream, type, date, hour, event_date, "
                                      "event_day, event_hour, part, suffix and .member"
                                    : "there are account, source, stream, type, date, hour, event_date, "
                                      "event_day, event_hour, batch, token, suffix and .member",
                            "key: there is no placeholder %%{%.*s}", (int)name.size, name.data);
        wanted_count += kit_is(name, wanted);
    }
    if (appends && wanted_count > 1) /* each would grow with the blob's number */
        return kit_fail(error, POSTERN_E_CONFIG, "put %{part} into the last part of the key alone",
                        "key holds %%{part} more than once");
    if (!wanted_count)
        return kit_fail(error, POSTERN_E_CONFIG,
                        appends ? "put %{part} into the last part of the key"
                                : "put %{token} into the last part of the key",
                        appends ? "key must hold %%{part}: a full blob has a successor"
                                : "key must hold %%{token}: without it objects would overwrite each other");
    if (has_dots_alone(template))
        return kit_fail(error, POSTERN_E_CONFIG, "write the key without a slash in front",
                        "key has a part between slashes that is empty or consists of dots");
    return POSTERN_OK;
}

postern_text key_fixed(postern_text template)
{
    const char *at = template.data;
    postern_text before, name;
    next_placeholder(&at, kit_end(template), &before, &name);
    while (before.size && before.data[before.size - 1] != '/')
        before.size--;
    return before;
}

static void write_value(struct kit_writer *writer, postern_text name, const postern_sink_event *event,
                        const struct key_parts *parts)
{
    const struct placeholder *own = find(name);
    size_t from = writer->size;
    if (own)
        own->write(writer, event, parts);
    else
        kit_write_placeholder(writer, name, event);
    if (!own) kit_make_safe(writer, from);
}

void key_write(struct kit_writer *writer, postern_text template, const postern_sink_event *event,
               const struct key_parts *parts)
{
    const char *at = template.data, *end = kit_end(template);
    postern_text before, name;
    for (bool more = true; more;) {
        more = next_placeholder(&at, end, &before, &name);
        kit_write(writer, before);
        if (more) write_value(writer, name, event, parts);
    }
}
