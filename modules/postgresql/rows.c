/* Lines of COPY in its text form: columns with tabs between, \N for none, a backslash before what would end
 * either. */
#include "postgresql_sink.h"

struct rows {
    struct connection *connection;
    uint64_t replaced;
    postern_status status;
    postern_error *error;
};

static void flush(struct rows *rows)
{
    struct connection *connection = rows->connection;
    if (rows->status >= 0 && connection->row_bytes)
        rows->status = connection_copy(connection, connection->rows, connection->row_bytes, rows->error);
    connection->row_bytes = 0;
}

static void put(struct rows *rows, const char *bytes, size_t size)
{
    struct connection *connection = rows->connection;
    while (size && rows->status >= 0) {
        size_t room = sizeof connection->rows - connection->row_bytes, part = size < room ? size : room;
        memcpy(connection->rows + connection->row_bytes, bytes, part);
        connection->row_bytes += part;
        bytes += part;
        size -= part;
        if (connection->row_bytes == sizeof connection->rows) flush(rows);
    }
}

static void put_string(struct rows *rows, const char *string)
{
    put(rows, string, strlen(string));
}

/* What must not stand in a line of COPY as it is; a server's text holds no NUL at all. */
static const char *instead_of(char c)
{
    switch (c) {
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\0':
        return KIT_REPLACEMENT;
    default:
        return NULL;
    }
}

static void put_text(struct rows *rows, postern_text text)
{
    const char *plain = text.data, *end = kit_end(text);
    for (const char *at = plain; at < end; at++) {
        if ((unsigned char)*at > '\r' && *at != '\\') continue; /* nearly always */
        const char *instead = instead_of(*at);
        if (!instead) continue;
        put(rows, plain, (size_t)(at - plain));
        put_string(rows, instead);
        rows->replaced += *at == '\0';
        plain = at + 1;
    }
    if (end > plain) put(rows, plain, (size_t)(end - plain));
}

static void put_time(struct rows *rows, int64_t ms)
{
    char text[KIT_TIMESTAMP_SIZE];
    kit_timestamp(ms, text);
    /* Not known; or a year that nobody meant, which the server may not have. */
    bool is_none = ms == 0 || strncmp(text, "0000", 4) == 0;
    put_string(rows, is_none ? "\\N" : text);
}

static void put_json(struct rows *rows, postern_text text)
{
    size_t bad;
    do {
        size_t good = json_good_part(text, &bad);
        put_text(rows, kit_span(text.data, good));
        if (bad) put_string(rows, "\\\\ufffd");
        rows->replaced += bad > 0;
        text = kit_span(text.data + good + bad, text.size - good - bad);
    } while (bad);
}

/* A ready line (CEF and the like) is a JSON string where the column takes JSON alone. */
static void put_as_string(struct rows *rows, postern_text text)
{
    char escape[16];
    put_string(rows, "\"");
    for (const char *at = text.data, *end = kit_end(text); at < end; at++) {
        if ((unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') {
            put(rows, at, 1);
            continue;
        }
        rows->replaced += *at == '\0';
        snprintf(escape, sizeof escape, "\\\\u%04x", *at ? (unsigned)(unsigned char)*at : 0xfffdu);
        put_string(rows, escape);
    }
    put_string(rows, "\"");
}

static void put_event(struct rows *rows, const postern_sink_event *event)
{
    const struct settings *settings = &rows->connection->sink->settings;
    bool is_json = (event->flags & POSTERN_EVENT_JSON) != 0;
    if (!is_json && strcmp(settings->event_type, "text") != 0)
        put_as_string(rows, event->text);
    else if (settings->repairs_json)
        put_json(rows, event->text);
    else
        put_text(rows, event->text);
}

static void put_column(struct rows *rows, enum column column, const postern_sink_event *event)
{
    const postern_text *const texts[COLUMN_COUNT] = {
        [COLUMN_ID] = &event->id,         [COLUMN_ACCOUNT] = &event->account,
        [COLUMN_SOURCE] = &event->source, [COLUMN_STREAM] = &event->stream,
        [COLUMN_TYPE] = &event->type,
    };
    if (column == COLUMN_RECEIVED)
        put_time(rows, event->received_ms);
    else if (column == COLUMN_TIME)
        put_time(rows, event->time_ms);
    else if (column == COLUMN_EVENT)
        put_event(rows, event);
    else
        put_text(rows, *texts[column]);
}

postern_status rows_send(struct connection *connection, const postern_batch *batch, size_t first, size_t end,
                         uint64_t *replaced, postern_error *error)
{
    struct rows rows = {.connection = connection, .error = error};
    connection->row_bytes = 0;
    for (size_t i = first; i < end && rows.status >= 0; i++) {
        const char *between = "";
        for (int column = 0; column < COLUMN_COUNT; column++) {
            if (!connection->sink->settings.names[column]) continue;
            put_string(&rows, between);
            put_column(&rows, (enum column)column, batch->events[i]);
            between = "\t";
        }
        put_string(&rows, "\n");
    }
    flush(&rows);
    *replaced = rows.replaced;
    return rows.status;
}
