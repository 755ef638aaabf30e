/* Grafana Loki: a stream for each set of labels, whose entries are in the order of their time. */
#include "loki.h"
#include "presets.h"
#include <stdlib.h>

#define PATH "/loki/api/v1/push"

/* Of a stream in one push. Loki takes nothing that is an hour behind the newest entry of its stream, a repeat
 * neither: a push that spanned more would be refused in part when it is repeated, though it is stored. */
#define MOST_SPAN_NS ((int64_t)30 * 60 * 1000000000)

#define REMEDY_200                                                                                           \
    "Loki answers 204 when it has taken something: check that url leads to it and that taking is not "       \
    "blocked for the tenant"
#define REMEDY_BLOCKED "the tenant may not write for now: ask who runs Loki; the events wait in the journal"
#define REMEDY_TENANT                                                                                        \
    "check tenant (Loki with auth_enabled wants one) and the credentials; the events wait in the journal"
#define REMEDY_PATH "check url: there is no " PATH " there; the events wait in the journal"

static const struct answer_rule rules[] = {
    {204, 204, OUTCOME_DELIVERED, NULL},
    {260, 260, OUTCOME_CONFIGURATION, REMEDY_BLOCKED},
    {200, 299, OUTCOME_RETRY, REMEDY_200},
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_TENANT},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_TENANT},
    {404, 405, OUTCOME_CONFIGURATION, REMEDY_PATH},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text base = sink_base_url_before(sink, PATH);
    struct loki *own = sink->own = calloc(1, sizeof *own);
    if (!own || !sink_set_url(sink, "%.*s" PATH, (int)base.size, base.data)) return kit_no_memory(error);
    return loki_read_labels(sink, own, error);
}

/* ---- What is sent ---- */

static void group(const struct http_instance *sink, const postern_sink_event *event, struct kit_writer *key)
{
    kit_write_template(key, kit_option_text(sink->host, "tenant"), event, false);
}

static void add_tenant(const struct sender *sender, struct headers *headers)
{
    struct kit_writer tenant = kit_writer_in_arena(sender->sink->host, sender->call->arena);
    postern_text text = kit_option_text(sender->sink->host, "tenant");
    if (sender->event) header_write_template(&tenant, text, sender->event);
    headers_set_written(headers, "X-Scope-OrgID", &tenant);
}

static void write_stream(const struct http_instance *sink, const postern_sink_event *event,
                         struct kit_writer *writer)
{
    const struct loki *own = sink->own;
    char buffer[LOKI_VALUE_ROOM];
    kit_write_string(writer, "{");
    for (size_t i = 0; i < own->label_count; i++) {
        postern_text value = loki_label_value(&own->labels[i], event, buffer);
        if (!value.size) continue;
        if (writer->size && !writer->failed && writer->data[writer->size - 1] != '{')
            kit_write_string(writer, ",");
        kit_write_json_string(writer, own->labels[i].name);
        kit_write_string(writer, ":");
        kit_write_json_string(writer, value);
    }
    kit_write_string(writer, "}");
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    const struct loki *own = writing->sink->own;
    const struct bundle *request = &writing->request;
    if ((int64_t)event->text.size > kit_option_integer(writing->sink->host, "max_line"))
        return "it is longer than max_line, and Loki would throw it away";
    if (request->opens_part) {
        kit_write_string(body, request->count ? "]},{\"stream\":" : "{\"stream\":");
        write_stream(writing->sink, event, body);
    }
    kit_write_string(body, request->opens_part ? ",\"values\":[[\"" : ",[\"");
    kit_write_integer(body, loki_time(event));
    kit_write_string(body, "\",");
    kit_write_json_string(body, event->text);
    kit_write_string(body, ",{");
    write_member(body, "", "postern_id", event->id);
    for (size_t i = 0; i < own->metadata_count; i++) {
        char name[1025];
        snprintf(name, sizeof name, "%.*s", (int)own->metadata[i].name.size, own->metadata[i].name.data);
        write_member_template(body, ",", name, own->metadata[i].value, event);
    }
    kit_write_string(body, "}]");
    return NULL;
}

/* ---- What is asked before ---- */

/* A proxy that lets nothing else through answers 404; it says nothing about the rest. */
static postern_status probe(struct probing *probing)
{
    postern_text base = sink_base_url_before(probing->sender.sink, PATH);
    postern_http_response response;
    postern_status status = probe_get(probing, &response, "%.*s/ready", (int)base.size, base.data);
    if (status < 0) return status;
    if (response.status == 200)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "Loki is ready");
    else if (response.status == 503) {
        char words[320];
        answer_quote(response.body, words, sizeof words);
        return kit_fail(probing->sender.error, POSTERN_E_RETRY, "wait until Loki has started",
                        "Loki is not ready: %s", words);
    } else
        probe_unanswered(probing, "whether Loki is ready", &response);
    return POSTERN_OK;
}

static const struct preset preset = {
    .content_type = "application/json",
    .frame = {.open = "{\"streams\":[", .between = "", .after = "", .close = "]}]}"},
    .rules = rules,
    .configure = configure,
    .group = group,
    .part = write_stream,
    .rank = loki_time,
    .span = MOST_SPAN_NS,
    .encode = encode,
    .common_headers = add_tenant,
    .judge = loki_judge,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of Loki: \"https://loki.example.com:3100\"; " PATH " is added"),
    OPTION(TEMPLATE, 0, "tenant", NULL, "sent as X-Scope-OrgID; events of different tenants go apart"),
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "labels", NULL,
           "of the streams, in the place of account, source, type and service_name; with the places "
           "%{account}, %{source}, %{stream} and %{type}"),
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "metadata", NULL,
           "structured metadata beside postern_id, with places"),
    OPTION_IN(SIZE, "max_line", "256KiB", 1024, 256 << 20,
              "longest event; a longer one is a dead letter; as limits_config.max_line_size at the receiver"),
    OPTION_TOKEN(0, "sent as Authorization: Bearer"),
    OPTIONS_OF_BASIC,
    OPTIONS_OF_REQUESTS("4MiB", "10000", GZIP),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 4 << 20, .wait_ms = 1000};

const postern_sink loki_sink = {HTTP_SINK("loki", "streams for Grafana Loki", options, &batching, &preset)};
