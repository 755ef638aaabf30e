/* Elasticsearch and OpenSearch: _bulk with `create` and the event's id, so that a repeat is recognised, and
 * one result for each event. */
#include "elasticsearch.h"
#include "presets.h"
#include "shared/cloud/url.h"

#define ANSWER_FIELDS "errors,items.*.status,items.*.error,items.*.failure_store"

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text url = sink_base_url(sink), pipeline = kit_option_text(sink->host, "pipeline");
    char memory[1024];
    struct kit_writer query = kit_writer_in_buffer(memory, sizeof memory);
    kit_write_string(&query, "?filter_path=" ANSWER_FIELDS);
    if (pipeline.size) kit_write_string(&query, "&pipeline=");
    cloud_write_encoded(&query, pipeline);
    if (query.failed) return kit_fail(error, POSTERN_E_CONFIG, NULL, "pipeline is too long");
    return sink_set_url(sink, "%.*s/_bulk%.*s", (int)url.size, url.data, (int)query.size, query.data)
               ? POSTERN_OK
               : kit_no_memory(error);
}

/* ---- An event: the action and the document, a line each ---- */

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    char memory[INDEX_LIMIT], time[KIT_TIMESTAMP_SIZE];
    postern_text index = elasticsearch_index(writing->sink, event, memory);
    bool json = (event->flags & POSTERN_EVENT_JSON) != 0;
    if (!index.size) return "the name of its index is empty, or longer than 255 bytes";
    if (json && !kit_starts_with(kit_trim(event->text), "{")) return "it is no JSON object";
    kit_write_string(body, "{\"create\":{\"_index\":");
    kit_write_json_string(body, index);
    write_member(body, ",", "_id", event->id);
    kit_write_string(body, "}}\n");
    /* A data stream takes nothing without a time. */
    write_document(body, event,
                   &(postern_pair){KIT_TEXT("@timestamp"), kit_timestamp(event_time(event), time)}, 1);
    return NULL;
}

/* ---- The answer: an item for each event, in their order ---- */

/* What an item's error means; by its type where that says more than the status. */
static const struct {
    const char *type;
    enum outcome outcome;
} by_type[] = {
    {"es_rejected_execution_exception", OUTCOME_RETRY},
    {"circuit_breaking_exception", OUTCOME_RETRY},
    {"unavailable_shards_exception", OUTCOME_RETRY},
    {"cluster_block_exception", OUTCOME_RETRY},
    {"index_not_found_exception", OUTCOME_CONFIGURATION},
    {"index_closed_exception", OUTCOME_CONFIGURATION},
    {"invalid_index_name_exception", OUTCOME_CONFIGURATION},
    {"security_exception", OUTCOME_CONFIGURATION},
    {"validation_exception", OUTCOME_CONFIGURATION},
};

struct item {
    int64_t status;
    postern_text type, reason, failure_store;
};

static enum outcome outcome_of(const struct item *item)
{
    for (size_t i = 0; i < sizeof by_type / sizeof *by_type; i++)
        if (kit_is(item->type, by_type[i].type)) return by_type[i].outcome;
    if (item->status >= 200 && item->status <= 299) return OUTCOME_DELIVERED;
    if (item->status == 409) return OUTCOME_DELIVERED; /* its id is there already */
    if (item->status == 400) return OUTCOME_REFUSED;
    return item->status == 429 || item->status >= 500 || item->status <= 0 ? OUTCOME_RETRY
                                                                           : OUTCOME_CONFIGURATION;
}

static struct item read_item(const struct writing *writing, const postern_json_value *value)
{
    const struct http_instance *sink = writing->sink;
    const postern_json_value *result = NULL;
    sink->json->next(sink->host, value, &result, NULL); /* {"create": ...} */
    const postern_json_value *error = sink->json->get(sink->host, result, KIT_TEXT("error"));
    return (struct item){.status = answer_integer(writing, result, "status", 0),
                         .type = answer_text(writing, error, "type"),
                         .reason = answer_text(writing, error, "reason"),
                         .failure_store = answer_text(writing, result, "failure_store")};
}

static void say_item(struct judged_answer *answer, const struct item *item)
{
    answer->status = (int)item->status;
    answer_say(answer, "%.*s: %.*s", (int)item->type.size, item->type.data, (int)item->reason.size,
               item->reason.data);
}

/* The gravest of what is left: outcomes are in that order. */
static enum outcome take_item(struct writing *writing, struct judged_answer *answer, size_t member,
                              const struct item *item, enum outcome so_far)
{
    enum outcome outcome = outcome_of(item);
    if (outcome == OUTCOME_DELIVERED) settle_accepted(writing, member);
    if (outcome == OUTCOME_REFUSED)
        settle_rejected(writing, member, item->type.size ? "mapping" : "refused", "%.*s: %.*s",
                        (int)item->type.size, item->type.data, (int)item->reason.size, item->reason.data);
    bool is_settled = outcome == OUTCOME_DELIVERED || outcome == OUTCOME_REFUSED;
    if (is_settled || outcome <= so_far) return so_far;
    say_item(answer, item);
    answer->remedy = outcome == OUTCOME_CONFIGURATION ? REMEDY_INDEX : NULL;
    return outcome;
}

static size_t count_items(const struct http_instance *sink, const postern_json_value *items)
{
    const postern_json_value *item = NULL;
    size_t count = 0;
    while (sink->json->next(sink->host, items, &item, NULL))
        count++;
    return count;
}

static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    if (answer->http->status != 200) return OUTCOME_BY_TABLE;
    const postern_json_value *json = answer_json(writing, answer), *value = NULL;
    const postern_json_value *items = sink->json->get(sink->host, json, KIT_TEXT("items"));
    size_t count = count_items(sink, items), member = 0, in_failure_store = 0;
    if (count != writing->request.count) {
        answer_say(answer, "a result for %zu of %zu events", count, writing->request.count);
        answer->remedy = "check that url leads to the receiver itself";
        return OUTCOME_RETRY;
    }
    enum outcome outcome = OUTCOME_DELIVERED;
    for (; sink->json->next(sink->host, items, &value, NULL); member++) {
        struct item item = read_item(writing, value);
        in_failure_store += kit_is(item.failure_store, "used");
        outcome = take_item(writing, answer, member, &item, outcome);
    }
    if (in_failure_store)
        sink_warn(sink,
                  "%zu events went into the failure store: the receiver kept them, but not where they belong",
                  in_failure_store);
    return outcome;
}

static const struct preset preset = {
    .content_type = "application/x-ndjson",
    .frame = {.open = "", .between = "", .after = "\n", .close = ""},
    .configure = configure,
    .encode = encode,
    .judge = judge,
    .probe = elasticsearch_probe,
};

#define COMMON_OPTIONS                                                                                       \
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "url", NULL, "of the cluster: \"https://logs.example.com:9200\""), \
        OPTION(TEMPLATE, 0, "index", "logs-mimecast.events-default", "data stream or index; in lower case"), \
        OPTION(TEXT, 0, "pipeline", NULL, "ingest pipeline that every event goes through"),                  \
        OPTIONS_OF_REQUESTS("8MiB", "5000", GZIP)

static const postern_option *const elasticsearch_options[] = {
    COMMON_OPTIONS, OPTION_API_KEY, OPTIONS_OF_BASIC, OPTION_TOKEN(0, "sent as Authorization: Bearer"), NULL};
static const postern_option *const opensearch_options[] = {COMMON_OPTIONS, OPTIONS_OF_BASIC,
                                                           OPTION_TOKEN(0, "sent as Authorization: Bearer"),
                                                           OPTIONS_OF_SIGV4("es"), NULL};

static const postern_batching batching = {
    .size = sizeof batching, .events = 5000, .bytes = 4 << 20, .wait_ms = 1000};

const postern_sink elasticsearch_sink = {HTTP_SINK("elasticsearch", "events into Elasticsearch, each once",
                                                   elasticsearch_options, &batching, &preset)};
const postern_sink opensearch_sink = {
    HTTP_SINK("opensearch", "events into OpenSearch, each once", opensearch_options, &batching, &preset)};
