/* OTLP over HTTP: events as log records, in bytes or as JSON. */
#include "otlp.h"
#include "presets.h"
#include <stdlib.h>

#define PATH "/v1/logs"

#define REMEDY_PATH                                                                                          \
    "check url: the receiver has no " PATH " there, or it takes no logs; the events wait in the journal"
#define REMEDY_ENCODING "set encoding to the other one, or compression = \"none\"; see the receiver's words"

static const struct answer_rule rules[] = {
    {404, 405, OUTCOME_CONFIGURATION, REMEDY_PATH},
    {415, 415, OUTCOME_CONFIGURATION, REMEDY_ENCODING},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

/* ---- Settings ---- */

static bool set_attribute(struct otlp_attributes *attributes, postern_text name, postern_text value)
{
    size_t i = 0;
    while (i < attributes->count && !kit_equal(attributes->list[i].name, name))
        i++;
    if (i == OTLP_MOST_ATTRIBUTES) return false;
    attributes->list[i] = (postern_pair){name, value};
    if (i == attributes->count) attributes->count++;
    return true;
}

/* The user's, behind ours or in the place of those that have the same name. */
static postern_status read_attributes(const struct http_instance *sink, const char *option,
                                      struct otlp_attributes *attributes, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; sink->host->option_pair(sink->host, option, i, &pair); i++) {
        if (kit_is(pair.name, "log.record.uid"))
            return kit_fail(error, POSTERN_E_CONFIG, "leave it out",
                            "%s: log.record.uid is the event's id, by which a repeat is known", option);
        if (!set_attribute(attributes, pair.name, pair.value))
            return kit_fail(error, POSTERN_E_CONFIG, NULL, "%s: there are more than %d", option,
                            OTLP_MOST_ATTRIBUTES);
    }
    return POSTERN_OK;
}

/* In JSON the frame holds what stands around the parts. */
static void choose_encoding(struct http_instance *sink, struct otlp *own)
{
    own->json = kit_is(kit_option_text(sink->host, "encoding"), "json");
    sink->content_type = own->json ? "application/json" : "application/x-protobuf";
    if (!own->json) return;
    sink->frame.open = "{\"resourceLogs\":[";
    sink->frame.close = "]}]}]}";
}

static bool set_url(struct http_instance *sink)
{
    postern_text url = sink_base_url_before(sink, PATH);
    return sink_set_url(sink, "%.*s" PATH, (int)url.size, url.data);
}

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    struct otlp *own = sink->own = calloc(1, sizeof *own);
    if (!own || !set_url(sink)) return kit_no_memory(error);
    choose_encoding(sink, own);
    own->as_map = kit_is(kit_option_text(sink->host, "body"), "map");
    own->bisects = kit_is(kit_option_text(sink->host, "partial"), "bisect");
    own->metrics = sink->host->service(sink->host, POSTERN_SERVICE_METRICS);
    if (own->metrics)
        own->refused = own->metrics->counter(sink->host, "otlp_refused_records_total",
                                             "records that the receiver refused and did not name", NULL, 0);
    set_attribute(&own->resource, KIT_TEXT("service.name"), kit_option_text(sink->host, "service"));
    set_attribute(&own->resource, KIT_TEXT("postern.account"), KIT_TEXT("%{account}"));
    set_attribute(&own->record, KIT_TEXT("postern.source"), KIT_TEXT("%{source}"));
    set_attribute(&own->record, KIT_TEXT("postern.type"), KIT_TEXT("%{type}"));
    postern_status status = read_attributes(sink, "resource", &own->resource, error);
    return status < 0 ? status : read_attributes(sink, "attributes", &own->record, error);
}

/* Events of one resource stand together under it. */
static void write_part(const struct http_instance *sink, const postern_sink_event *event,
                       struct kit_writer *key)
{
    const struct otlp *own = sink->own;
    for (size_t i = 0; i < own->resource.count; i++) {
        kit_write_template(key, own->resource.list[i].value, event, false);
        kit_write_string(key, "\n");
    }
}

static const struct preset preset = {
    .frame = {.open = "", .between = "", .after = "", .close = ""},
    .rules = rules,
    .configure = configure,
    .part = write_part,
    .encode = otlp_encode,
    .finish = otlp_finish,
    .judge = otlp_judge,
    .probe = otlp_probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL,
           "of the receiver: \"https://collector.example.com:4318\"; /v1/logs is added"),
    OPTION_OF("encoding", "protobuf", "how requests are written", "protobuf", "json"),
    OPTION_OF("body", "text", "the event as its text, or taken apart as a map of values", "text", "map"),
    OPTION(TEMPLATE, 0, "service", "postern", "service.name of the resource"),
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "resource", NULL,
           "further attributes of the resource, with places; an empty one takes ours away"),
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "attributes", NULL,
           "further attributes of each record, with places; an empty one takes ours away"),
    OPTION(TEMPLATE, 0, "severity", "Information",
           "of a record: a word such as \"warning\", or a number from 1 to 24"),
    OPTION_OF("partial", "accept",
              "when some records are refused and not named: count them, or send halves until they are found",
              "accept", "bisect"),
    OPTION_IN(INTEGER, "tries_after_500", "10", 0, 1000000,
              "how often a 500 is tried again before the sink stops and asks for help"),
    OPTION_TOKEN(0, "sent as Authorization: Bearer"),
    OPTIONS_OF_BASIC,
    OPTIONS_OF_OAUTH,
    OPTIONS_OF_REQUESTS("4MiB", "10000", GZIP_OR_ZSTD),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 4 << 20, .wait_ms = 1000, .parallel = 2};

const postern_sink otlp_sink = {
    HTTP_SINK("otlp", "log records for any receiver of OTLP over HTTP", options, &batching, &preset)};
