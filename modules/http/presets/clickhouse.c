/* ClickHouse over HTTP: rows as lines of JSON, with a token by which a repeated insert is recognised. */
#include "presets.h"
#include "shared/cloud/url.h"

#define NEEDED_COLUMNS 2 /* without an id or the event itself a row is worth nothing */

#define REMEDY_TABLE                                                                                         \
    "check database and table, and that the table has the columns id, time, account, source, type, event"
#define REMEDY_USER "check username and password, and that this user may insert into the table"

/* Exceptions by their number. */
static const struct {
    int64_t number;
    enum outcome outcome;
    const char *remedy;
} exceptions[] = {
    {60, OUTCOME_CONFIGURATION, REMEDY_TABLE},
    {81, OUTCOME_CONFIGURATION, REMEDY_TABLE},
    {16, OUTCOME_CONFIGURATION, REMEDY_TABLE},
    {115, OUTCOME_CONFIGURATION, "this server is too old for a setting: see settings"},
    {516, OUTCOME_CONFIGURATION, REMEDY_USER},
    {192, OUTCOME_CONFIGURATION, REMEDY_USER},
    {193, OUTCOME_CONFIGURATION, REMEDY_USER}, /* an older server's word for a wrong password */
    {194, OUTCOME_CONFIGURATION, REMEDY_USER}, /* and for none */
    {497, OUTCOME_CONFIGURATION, REMEDY_USER},
    {27, OUTCOME_REFUSED, NULL},
    {41, OUTCOME_REFUSED, NULL},
    {53, OUTCOME_REFUSED, NULL},
    {117, OUTCOME_REFUSED, NULL},
    {26, OUTCOME_REFUSED, NULL},
    {6, OUTCOME_REFUSED, NULL},
    {38, OUTCOME_REFUSED, NULL},
    {70, OUTCOME_REFUSED, NULL},
    {72, OUTCOME_REFUSED, NULL},
    {131, OUTCOME_REFUSED, NULL},
    {349, OUTCOME_REFUSED, NULL},
    {469, OUTCOME_REFUSED, NULL},
};

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    char memory[2048];
    struct kit_writer query = kit_writer_in_buffer(memory, sizeof memory);
    postern_text url = sink_base_url(sink), table = kit_option_text(sink->host, "table");
    postern_pair setting;
    kit_write_string(&query, "database=");
    cloud_write_encoded(&query, kit_option_text(sink->host, "database"));
    kit_write_string(&query, "&query=INSERT%20INTO%20");
    cloud_write_encoded(&query, table);
    kit_write_string(
        &query,
        "%20FORMAT%20JSONEachRow&input_format_skip_unknown_fields=1&date_time_input_format=best_effort"
        "&wait_end_of_query=1");
    for (size_t i = 0; sink->host->option_pair(sink->host, "settings", i, &setting); i++) {
        kit_write_string(&query, "&");
        cloud_write_form(&query, &setting, 1);
    }
    if (query.failed) return kit_fail(error, POSTERN_E_CONFIG, NULL, "settings are too long");
    return sink_set_url(sink, "%.*s/?%.*s", (int)url.size, url.data, (int)query.size, query.data)
               ? POSTERN_OK
               : kit_no_memory(error);
}

/* The same events have the same token, whatever befell the insert before. */
static void write_query(struct writing *writing, struct kit_writer *url)
{
    int64_t wanted = kit_option_integer(writing->sink->host, "deduplicate");
    if (wanted) kit_write_string(url, "&insert_deduplication_token=");
    if (wanted) write_token(writing, url);
}

static void add_headers(const struct sender *sender, struct headers *headers)
{
    postern_text password = kit_option_text(sender->sink->host, "password");
    headers_set(headers, KIT_TEXT("X-ClickHouse-User"), kit_option_text(sender->sink->host, "username"));
    if (password.size) headers_set(headers, KIT_TEXT("X-ClickHouse-Key"), password);
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    (void)writing;
    kit_write_string(body, "{\"id\":");
    kit_write_json_string(body, event->id);
    kit_write_string(body, ",\"time\":\"");
    write_timestamp(body, event_time(event));
    kit_write_string(body, "\"");
    write_member(body, ",", "account", event->account);
    write_member(body, ",", "source", event->source);
    write_member(body, ",", "type", event->type);
    write_member(body, ",", "event", event->text);
    kit_write_string(body, "}");
    return NULL;
}

/* "... : (at row 17)": the row that is refused, from 1; 0 = it is not named. */
static size_t row_of(postern_text words)
{
    static const char mark[] = "at row ";
    const char *found = words.size ? memmem(words.data, words.size, mark, sizeof mark - 1) : NULL;
    size_t row = 0;
    for (const char *at = found ? found + sizeof mark - 1 : NULL;
         at && at < kit_end(words) && *at >= '0' && *at <= '9' && row < 1000000; at++)
        row = row * 10 + (size_t)(*at - '0');
    return row;
}

/* "Code: 60. DB::Exception: ..."; a newer server says it in a header as well. */
static int64_t exception_of(const postern_http_response *response)
{
    postern_text number =
        kit_header(response->headers, response->header_count, "x-clickhouse-exception-code");
    const char *mark =
        response->body.size ? memmem(response->body.data, response->body.size, "Code: ", 6) : NULL;
    int64_t code = 0;
    if (!number.size && mark) number = kit_between(mark + 6, kit_end(response->body));
    for (size_t i = 0; i < number.size && number.data[i] >= '0' && number.data[i] <= '9' && code < 100000;
         i++)
        code = code * 10 + (number.data[i] - '0');
    return code;
}

static enum outcome refused_row(struct writing *writing, const struct judged_answer *answer)
{
    size_t row = row_of(answer->http->body);
    if (row == 0 || row > writing->request.count) return OUTCOME_REFUSED;
    settle_rejected(writing, row - 1, "refused", "%s", answer->words);
    return OUTCOME_AGAIN; /* an insert that failed has stored nothing */
}

static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    int64_t exception = exception_of(answer->http);
    if (!exception) return OUTCOME_BY_TABLE;
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        if (exceptions[i].number != exception) continue;
        answer->remedy = exceptions[i].remedy;
        return exceptions[i].outcome == OUTCOME_REFUSED ? refused_row(writing, answer)
                                                        : exceptions[i].outcome;
    }
    return answer->status == 413 ? OUTCOME_TOO_LARGE
                                 : OUTCOME_RETRY; /* too many parts, no memory, read-only ... */
}

/* ---- What is asked before ---- */

static postern_status ask(struct probing *probing, const char *what, const char *query, postern_text table,
                          postern_http_response *response)
{
    const struct http_instance *sink = probing->sender.sink;
    struct kit_writer url = kit_writer_in_arena(sink->host, probing->sender.call->arena);
    kit_write(&url, sink_base_url(sink));
    kit_write_string(&url, "/?database=");
    cloud_write_encoded(&url, kit_option_text(sink->host, "database"));
    kit_write_string(&url, "&query=");
    cloud_write_encoded(&url, kit_text(query));
    cloud_write_encoded(&url, table);
    cloud_write_encoded(&url, KIT_TEXT(" FORMAT JSON"));
    if (url.failed) return kit_no_memory(probing->sender.error);
    const struct parcel parcel = {.method = "GET", .url = kit_span(url.data, url.size)};
    postern_status status = probe_ask(probing, &parcel, response);
    int64_t exception = status < 0 ? 0 : exception_of(response);
    char words[320];
    if (status < 0 || (!exception && response->status == 200)) return status;
    for (size_t i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        if (exceptions[i].number != exception) continue;
        answer_quote(response->body, words, sizeof words);
        return kit_fail(probing->sender.error, POSTERN_E_CONFIG, exceptions[i].remedy,
                        "%s: the receiver answers %d: %s", what, (int)response->status, words);
    }
    return probe_expect(probing, what, response);
}

static bool has_column(const struct sender *sender, const postern_http_response *response, const char *name)
{
    const postern_json *json = sender->sink->json;
    const postern_json_value *row = NULL, *rows = json->get(sender->sink->host, read_json(sender, response),
                                                            KIT_TEXT("data"));
    while (json->next(sender->sink->host, rows, &row, NULL))
        if (kit_is(read_text(sender, row, "name"), name)) return true;
    return false;
}

/* What a column that is not there would hold is left out by the receiver, without a word. */
static postern_status look_at_columns(struct probing *probing, const postern_http_response *response)
{
    static const char *const columns[] = {"id", "event", "time", "account", "source", "type"};
    char memory[128];
    struct kit_writer missing = kit_writer_in_buffer(memory, sizeof memory);
    size_t gravest = sizeof columns / sizeof *columns;
    for (size_t i = sizeof columns / sizeof *columns; i-- > 0;) {
        if (has_column(&probing->sender, response, columns[i])) continue;
        kit_write_string(&missing, missing.size ? ", " : "");
        kit_write_string(&missing, columns[i]);
        gravest = i;
    }
    if (gravest < NEEDED_COLUMNS)
        return kit_fail(probing->sender.error, POSTERN_E_CONFIG, REMEDY_TABLE,
                        "the table lacks the columns %.*s", (int)missing.size, memory);
    if (missing.size)
        kit_say(probing->report, POSTERN_LOG_WARNING, "add them, or do without what they would hold",
                "the table lacks the columns %.*s", (int)missing.size, memory);
    else
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "the table has all columns");
    return POSTERN_OK;
}

static postern_status probe(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    postern_text base = sink_base_url(sender->sink), none = {0};
    postern_http_response response;
    postern_status status = probe_get(probing, &response, "%.*s/ping", (int)base.size, base.data);
    if (status >= 0) status = probe_expect(probing, "ping", &response);
    if (status >= 0) status = ask(probing, "its version", "SELECT version() AS version", none, &response);
    if (status < 0) return status;
    const postern_json_value *row = NULL,
                             *rows = sender->sink->json->get(sender->sink->host, read_json(sender, &response),
                                                             KIT_TEXT("data"));
    sender->sink->json->next(sender->sink->host, rows, &row, NULL);
    postern_text version = read_text(sender, row, "version");
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "ClickHouse %.*s", (int)version.size, version.data);
    status =
        ask(probing, "its table", "DESCRIBE TABLE ", kit_option_text(sender->sink->host, "table"), &response);
    return status < 0 ? status : look_at_columns(probing, &response);
}

static const struct preset preset = {
    .content_type = "application/x-ndjson",
    .frame = {.open = "", .between = "", .after = "\n", .close = ""},
    .lets_in = true,
    .configure = configure,
    .query = write_query,
    .encode = encode,
    .common_headers = add_headers,
    .judge = judge,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of the server: \"https://clickhouse.example.com:8443\""),
    OPTION(TEXT, 0, "database", "default", "database of the table"),
    OPTION(TEXT, 0, "table", "mimecast", "table with the columns id, time, account, source, type, event"),
    OPTION(TEXT, 0, "username", "default", "sent as X-ClickHouse-User"),
    OPTION(SECRET, 0, "password", NULL, "sent as X-ClickHouse-Key"),
    OPTION(BOOLEAN, 0, "deduplicate", "true",
           "send insert_deduplication_token; servers before 22.2 do not know it"),
    OPTION(MAP, 0, "settings", NULL, "further settings of the insert, sent with the URL"),
    OPTIONS_OF_REQUESTS("16MiB", "100000", GZIP_OR_ZSTD),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 20000, .bytes = 8 << 20, .wait_ms = 2000};

const postern_sink clickhouse_sink = {
    HTTP_SINK("clickhouse", "rows for ClickHouse", options, &batching, &preset)};
