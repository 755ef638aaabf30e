/* Axiom: an array of events for a dataset, and an answer that counts. */
#include "presets.h"

#define REMEDY_TOKEN "check token: an API token that may ingest into this dataset"
#define REMEDY_PLACE "make the dataset, and check its name, url (your region's) or edge"

static const struct answer_rule rules[] = {
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {404, 404, OUTCOME_CONFIGURATION, REMEDY_PLACE},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text base = sink_base_url(sink), edge = without_slashes(kit_option_text(sink->host, "edge")),
                 dataset = kit_option_text(sink->host, "dataset");
    bool made = edge.size ? sink_set_url(sink, "%.*s/v1/ingest/%.*s", (int)edge.size, edge.data,
                                         (int)dataset.size, dataset.data)
                          : sink_set_url(sink, "%.*s/v1/datasets/%.*s/ingest", (int)base.size, base.data,
                                         (int)dataset.size, dataset.data);
    return made ? POSTERN_OK : kit_no_memory(error);
}

/* Without _time an event would have the time of its arrival. */
static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    char time[KIT_TIMESTAMP_SIZE];
    const postern_pair members[] = {{KIT_TEXT("_time"), kit_timestamp(event_time(event), time)},
                                    {KIT_TEXT("postern_id"), event->id}};
    bool json = (event->flags & POSTERN_EVENT_JSON) != 0;
    (void)writing;
    if (json && !kit_starts_with(kit_trim(event->text), "{")) return "it is no JSON object";
    write_document(body, event, members, sizeof members / sizeof *members);
    return NULL;
}

/* What failed is counted and not named: it is found by halves. What is in them besides is stored again then,
 * with the same postern_id. */
static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    const postern_json_value *json, *failure = NULL;
    if (answer->status < 200 || answer->status > 299) return OUTCOME_BY_TABLE;
    json = answer_json(writing, answer);
    int64_t failed = answer_integer(writing, json, "failed", -1),
            ingested = answer_integer(writing, json, "ingested", -1);
    if (failed < 0 || ingested < 0) {
        answer->remedy = "check url: this is not how Axiom answers";
        return OUTCOME_RETRY;
    }
    if (failed == 0 && (uint64_t)ingested >= writing->request.count) return OUTCOME_DELIVERED;
    if (failed == 0) {
        answer_say(answer, "of %zu events %lld were ingested, and none failed", writing->request.count,
                   (long long)ingested);
        return OUTCOME_RETRY;
    }
    sink->json->next(sink->host, sink->json->get(sink->host, json, KIT_TEXT("failures")), &failure, NULL);
    postern_text words = answer_text(writing, failure, "error");
    answer_say(answer, "%lld of %zu events failed%s%.*s", (long long)failed, writing->request.count,
               words.size ? ", the first: " : "", (int)words.size, words.data);
    return OUTCOME_REFUSED;
}

static const struct preset preset = {
    .content_type = "application/json",
    .frame = {.open = "[", .between = ",", .after = "", .close = "]"},
    .longest = 1000000,
    .too_long = "it is longer than 1,000,000 bytes, the most that Axiom takes",
    .rules = rules,
    .configure = configure,
    .encode = encode,
    .judge = judge,
};

static const postern_option *const options[] = {
    OPTION(TEMPLATE, POSTERN_OPTION_REQUIRED, "dataset", NULL, "where the events go: \"mimecast\""),
    OPTION_TOKEN(POSTERN_OPTION_REQUIRED, "API token, sent as Authorization: Bearer"),
    OPTION(TEXT, 0, "url", "https://api.axiom.co", "of the API: \"https://api.eu.axiom.co\""),
    OPTION(TEXT, 0, "edge", NULL, "URL of an edge deployment, in the place of url"),
    OPTIONS_OF_REQUESTS("1MiB", "5000", GZIP_OR_ZSTD),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 2000, .bytes = 1 << 20, .wait_ms = 1000, .parallel = 2};

const postern_sink axiom_sink = {HTTP_SINK("axiom", "events to Axiom", options, &batching, &preset)};
