/* Microsoft Sentinel by the Logs Ingestion API: an array of rows for a stream of a data collection rule. */
#include "presets.h"
#include "shared/cloud/token.h"
#include <stdlib.h>

#define REMEDY_ROLE                                                                                          \
    "give the application the role \"Monitoring Metrics Publisher\" on the data collection rule; it takes "  \
    "up "                                                                                                    \
    "to 30 minutes until a new role works"
#define REMEDY_PLACE                                                                                         \
    "check endpoint, dcr (the immutable id, dcr-...) and stream (Custom-...); the endpoint is the rule's "   \
    "own "                                                                                                   \
    "or a data collection endpoint in the rule's region"
#define REMEDY_TOKEN "check tenant, client_id, client_secret and scope; the token is not for this receiver"

static const struct answer_rule rules[] = {
    {204, 204, OUTCOME_DELIVERED, NULL},
    {200, 299, OUTCOME_RETRY, REMEDY_PLACE}, /* the receiver has one answer for success */
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_TOKEN},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_ROLE},
    {404, 404, OUTCOME_CONFIGURATION, REMEDY_PLACE},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

static bool set_token_url(struct http_instance *sink)
{
    char memory[512];
    struct kit_writer url = kit_writer_in_buffer(memory, sizeof memory);
    cloud_write_entra_url(&url, kit_option_text(sink->host, "authority"),
                          kit_option_text(sink->host, "tenant"));
    sink->token_url = url.failed ? NULL : strndup(url.data, url.size);
    return sink->token_url != NULL;
}

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    postern_text endpoint = without_slashes(kit_option_text(sink->host, "endpoint")),
                 dcr = kit_option_text(sink->host, "dcr"), stream = kit_option_text(sink->host, "stream");
    bool made = set_token_url(sink) &&
                sink_set_url(sink, "%.*s/dataCollectionRules/%.*s/streams/%.*s?api-version=2023-01-01",
                             (int)endpoint.size, endpoint.data, (int)dcr.size, dcr.data, (int)stream.size,
                             stream.data);
    return made ? POSTERN_OK : kit_no_memory(error);
}

/* Columns that every stream of ours declares; the event is one of them, of the type dynamic. */
static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    (void)writing;
    kit_write_string(body, "{\"TimeGenerated\":\"");
    write_timestamp(body, event_time(event));
    write_member(body, "\",", "EventId", event->id);
    write_member(body, ",", "Account", event->account);
    write_member(body, ",", "Source", event->source);
    write_member(body, ",", "LogType", event->type);
    kit_write_string(body, ",\"Event\":");
    write_event_value(body, event);
    kit_write_string(body, "}");
    return NULL;
}

/* An empty array goes the whole way of a call, and leaves nothing. */
static postern_status probe(struct probing *probing)
{
    postern_http_response response;
    postern_status status = probe_send(probing, "[]", &response);
    if (status >= 0) status = probe_expect(probing, "an empty call", &response);
    if (status >= 0)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "the application has a token, and the rule takes calls for the stream");
    return status;
}

static const struct preset preset = {
    .content_type = "application/json",
    .frame = {.open = "[", .between = ",", .after = "", .close = "]"},
    .rules = rules,
    .configure = configure,
    .encode = encode,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "endpoint", NULL,
           "logs ingestion endpoint of the rule, or a data collection endpoint"),
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "dcr", NULL,
           "immutable id of the data collection rule: \"dcr-...\""),
    OPTION(TEMPLATE, 0, "stream", "Custom-Mimecast_CL", "stream of the rule"),
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "tenant", NULL, "id of the directory (tenant)"),
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "client_id", NULL, "id of the application"),
    OPTION(SECRET, POSTERN_OPTION_REQUIRED, "client_secret", NULL, "of the application"),
    OPTION(TEXT, 0, "authority", "login.microsoftonline.com",
           "who gives tokens; other clouds have their own"),
    OPTION(TEXT, 0, "scope", "https://monitor.azure.com/.default",
           "of the token; other clouds have their own"),
    OPTIONS_OF_REQUESTS("976KiB", "10000", GZIP),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 2000, .bytes = 1 << 20, .wait_ms = 2000, .parallel = 2};

const postern_sink sentinel_sink = {
    HTTP_SINK("sentinel", "rows for Microsoft Sentinel", options, &batching, &preset)};
