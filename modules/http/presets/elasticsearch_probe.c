/* What a test asks Elasticsearch or OpenSearch: who it is, its health, the index, our rights. */
#include "elasticsearch.h"
#include "shared/cloud/url.h"

#define REMEDY_RIGHTS "give these credentials the privileges create_doc and auto_configure for it"
#define ENCODED_SIZE  (3 * INDEX_LIMIT)

static postern_status look_who_it_is(struct probing *probing, bool *is_opensearch)
{
    const struct sender *sender = &probing->sender;
    const struct http_instance *sink = sender->sink;
    postern_text base = sink_base_url(sink);
    postern_http_response response;
    bool answered;
    postern_status status = probe_get(probing, &response, "%.*s/", (int)base.size, base.data);
    if (status >= 0) status = probe_expect_if_allowed(probing, "who it is", &response, &answered);
    if (status < 0 || !answered) return status;
    const postern_json_value *json = read_json(sender, &response),
                             *version = sink->json->get(sink->host, json, KIT_TEXT("version"));
    postern_text number = read_text(sender, version, "number"),
                 cluster = read_text(sender, json, "cluster_name");
    *is_opensearch = kit_is(read_text(sender, version, "distribution"), "opensearch");
    if (number.size)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "%s %.*s, cluster %.*s",
                *is_opensearch ? "OpenSearch" : "Elasticsearch", (int)number.size, number.data,
                (int)cluster.size, cluster.data);
    else
        kit_say(probing->report, POSTERN_LOG_WARNING, "check that url leads to the cluster itself",
                "it does not say which Elasticsearch or OpenSearch it is");
    return POSTERN_OK;
}

static postern_status look_at_health(struct probing *probing)
{
    postern_text base = sink_base_url(probing->sender.sink);
    postern_http_response response;
    bool answered;
    postern_status status = probe_get(probing, &response, "%.*s/_cluster/health", (int)base.size, base.data);
    if (status >= 0) status = probe_expect_if_allowed(probing, "cluster health", &response, &answered);
    if (status < 0 || !answered) return status;
    postern_text health = read_text(&probing->sender, read_json(&probing->sender, &response), "status");
    bool red = kit_is(health, "red");
    kit_say(probing->report, red ? POSTERN_LOG_WARNING : POSTERN_LOG_INFO,
            red ? "some shards are missing; what goes to them waits" : NULL, "cluster health: %.*s",
            (int)health.size, health.data);
    return POSTERN_OK;
}

static bool has_any(const struct sender *sender, const postern_json_value *json, const char *member)
{
    const struct http_instance *sink = sender->sink;
    const postern_json_value *item = NULL;
    return sink->json->next(sink->host, sink->json->get(sink->host, json, kit_text(member)), &item, NULL);
}

/* *absent: it said that there is none. */
static postern_status look_at_index(struct probing *probing, postern_text index, bool *absent)
{
    const struct sender *sender = &probing->sender;
    postern_text base = sink_base_url(sender->sink);
    char memory[ENCODED_SIZE];
    struct kit_writer encoded = kit_writer_in_buffer(memory, sizeof memory);
    postern_http_response response;
    bool answered = true;
    cloud_write_encoded(&encoded, index);
    postern_status status = probe_get(probing, &response, "%.*s/_resolve/index/%.*s", (int)base.size,
                                      base.data, (int)encoded.size, memory);
    if (status >= 0 && response.status == 404) return *absent = true, POSTERN_OK;
    if (status >= 0) status = probe_expect_if_allowed(probing, "its index", &response, &answered);
    if (status < 0 || !answered) return status;
    const postern_json_value *json = read_json(sender, &response);
    bool is_stream = has_any(sender, json, "data_streams");
    *absent = !is_stream && !has_any(sender, json, "indices") && !has_any(sender, json, "aliases");
    if (!*absent)
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "%s %.*s is there",
                is_stream ? "data stream" : "index", (int)index.size, index.data);
    return POSTERN_OK;
}

/* Everybody may ask for his own rights, where there are any. */
static postern_status look_at_rights(struct probing *probing, postern_text index, bool absent)
{
    const struct sender *sender = &probing->sender;
    const struct http_instance *sink = sender->sink;
    struct kit_writer url = kit_writer_in_arena(sink->host, sender->call->arena), body = url;
    postern_http_response response;
    bool answered;
    kit_write(&url, sink_base_url(sink));
    kit_write_string(&url, "/_security/user/_has_privileges");
    kit_write_string(&body, "{\"index\":[{\"names\":[");
    kit_write_json_string(&body, index);
    kit_write_string(&body, "],\"privileges\":[\"create_doc\",\"auto_configure\"]}]}");
    if (url.failed || body.failed) return kit_no_memory(sender->error);
    const struct parcel parcel = {.method = "POST",
                                  .content_type = "application/json",
                                  .url = kit_span(url.data, url.size),
                                  .body = kit_span(body.data, body.size)};
    postern_status status = probe_ask(probing, &parcel, &response);
    if (status >= 0) status = probe_expect_if_allowed(probing, "its rights", &response, &answered);
    if (status < 0 || !answered) return status;
    const postern_json_value *rights = sink->json->get(
        sink->host, sink->json->get(sink->host, read_json(sender, &response), KIT_TEXT("index")), index);
    bool may_write =
             sink->json->boolean(sink->host, sink->json->get(sink->host, rights, KIT_TEXT("create_doc"))),
         may_make =
             sink->json->boolean(sink->host, sink->json->get(sink->host, rights, KIT_TEXT("auto_configure")));
    if (!may_write || (absent && !may_make))
        return kit_fail(sender->error, POSTERN_E_CONFIG, REMEDY_RIGHTS, "these credentials may not %s %.*s",
                        may_write ? "make" : "write to", (int)index.size, index.data);
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "these credentials may write to %.*s%s", (int)index.size,
            index.data, absent ? " and make it" : "");
    return POSTERN_OK;
}

postern_status elasticsearch_probe(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    char memory[INDEX_LIMIT];
    bool is_opensearch = false, absent = false;
    postern_text index = elasticsearch_index(sender->sink, sender->event, memory);
    postern_status status = look_who_it_is(probing, &is_opensearch);
    if (status >= 0) status = look_at_health(probing);
    if (status < 0 || !index.size) return status;
    status = look_at_index(probing, index, &absent);
    if (status >= 0 && absent) status = elasticsearch_look_for_template(probing, index);
    if (status >= 0 && !is_opensearch)
        status = look_at_rights(probing, index, absent); /* OpenSearch has no such question */
    return status;
}
