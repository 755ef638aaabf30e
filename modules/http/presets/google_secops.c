/* Google SecOps (Chronicle) by the Chronicle API: raw lines of a log type, or events of the Unified Data
 * Model. */
#include "google_place.h"
#include "presets.h"
#include "shared/cloud/digest.h"
#include <stdlib.h>

#define SCOPE      "https://www.googleapis.com/auth/cloud-platform"
#define NAME_LIMIT 1024 /* of the instance's URL, and of the forwarder's name */
#define TYPE_LIMIT 128

#define REMEDY_KEY "check service_account: the key may be deleted, or its account disabled"
#define REMEDY_ROLE                                                                                          \
    "give the service account a role with chronicle.logs.import (format = \"raw\") or "                      \
    "chronicle.events.import (\"udm\"), in the project that the instance belongs to"
#define REMEDY_PLACE                                                                                         \
    "check location, host_prefix or endpoint, project and customer: there is no such instance there"
#define REMEDY_TYPE "check log_type: the instance does not know it"
#define REMEDY_LIST                                                                                          \
    "let the service account list log types (chronicle.logTypes.list), so that a wrong place and a wrong "   \
    "event are told apart"
#define REMEDY_ANSWER "check endpoint: this is not how the Chronicle API answers"

static const struct answer_rule rules[] = {
    {401, 401, OUTCOME_CONFIGURATION, REMEDY_KEY},
    {403, 403, OUTCOME_CONFIGURATION, REMEDY_ROLE},
    {404, 404, OUTCOME_CONFIGURATION, REMEDY_PLACE},
    {0, 0, OUTCOME_BY_TABLE, NULL},
};

struct secops {
    bool udm;
    char parent[NAME_LIMIT];    /* the instance's URL */
    char forwarder[NAME_LIMIT]; /* its whole name; empty = none */
    /* Under the sink's lock: the instance was found, and knew this log type. */
    bool was_right;
    char right_type[TYPE_LIMIT];
};

static postern_text option(const struct http_instance *sink, const char *name)
{
    return kit_option_text(sink->host, name);
}

/* ---- Where it goes ---- */

static void write_base(const struct http_instance *sink, struct kit_writer *url)
{
    postern_text endpoint = without_slashes(option(sink, "endpoint")), prefix = option(sink, "host_prefix");
    kit_write(url, endpoint);
    if (endpoint.size) return;
    kit_write_string(url, "https://");
    kit_write(url, prefix.size ? prefix : option(sink, "location"));
    kit_write_string(url, "-chronicle.googleapis.com");
}

/* "projects/P/locations/L/instances/C" */
static void write_instance(const struct http_instance *sink, struct kit_writer *name)
{
    static const char *const parts[] = {"projects/", "project",     "/locations/",
                                        "location",  "/instances/", "customer"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i += 2) {
        kit_write_string(name, parts[i]);
        kit_write(name, option(sink, parts[i + 1]));
    }
}

/* Whole, or the id alone. */
static void write_forwarder(const struct http_instance *sink, struct kit_writer *name)
{
    postern_text forwarder = option(sink, "forwarder");
    if (!forwarder.size) return;
    if (!memchr(forwarder.data, '/', forwarder.size)) {
        write_instance(sink, name);
        kit_write_string(name, "/forwarders/");
    }
    kit_write(name, forwarder);
}

static bool write_names(const struct http_instance *sink, struct secops *own)
{
    struct kit_writer parent = kit_writer_in_buffer(own->parent, sizeof own->parent - 1),
                      forwarder = kit_writer_in_buffer(own->forwarder, sizeof own->forwarder - 1);
    write_base(sink, &parent);
    kit_write_string(&parent, "/");
    kit_write(&parent, option(sink, "api_version"));
    kit_write_string(&parent, "/");
    write_instance(sink, &parent);
    write_forwarder(sink, &forwarder);
    return !parent.failed && !forwarder.failed;
}

static postern_status configure(struct http_instance *sink, postern_error *error)
{
    struct secops *own = calloc(1, sizeof *own);
    if (!own) return kit_no_memory(error);
    sink->own = own;
    own->udm = kit_is(option(sink, "format"), "udm");
    postern_text type = option(sink, "log_type");
    if (!write_names(sink, own))
        return kit_fail(error, POSTERN_E_CONFIG, NULL,
                        "endpoint, project, customer or forwarder is longer than %d bytes", NAME_LIMIT);
    if (own->udm) sink->frame.open = "{\"inlineSource\":{\"events\":[";
    bool made =
        own->udm ? sink_set_url(sink, "%s/events:import", own->parent)
                 : sink_set_url(sink, "%s/logTypes/%.*s/logs:import", own->parent, (int)type.size, type.data);
    sink->scope = strdup(SCOPE);
    return made && sink->scope ? POSTERN_OK : kit_no_memory(error);
}

/* ---- A line of a log type ---- */

/* Labels that every line has: what it came from, and the id by which a repeat is known. */
static const struct {
    const char *name, *template;
} labels[] = {
    {"account", "%{account}"},
    {"source", "%{source}"},
    {"type", "%{type}"},
    {"postern_id", "%{id}"},
};

static void write_label(struct kit_writer *body, postern_text name, postern_text text,
                        const postern_sink_event *event)
{
    char filled[TEMPLATE_ROOM];
    postern_text value = fill_template(filled, sizeof filled, text, event);
    if (!value.size) return;
    if (body->size && body->data[body->size - 1] != '{') kit_write_string(body, ",");
    kit_write_json_string(body, name);
    kit_write_string(body, ":{\"value\":");
    kit_write_json_string(body, value);
    kit_write_string(body, "}");
}

static bool is_users(const postern_host *host, const char *name)
{
    postern_pair pair;
    for (size_t i = 0; host->option_pair(host, "labels", i, &pair); i++)
        if (kit_is(pair.name, name)) return true;
    return false;
}

static void write_labels(const postern_host *host, const postern_sink_event *event, struct kit_writer *body)
{
    postern_pair pair;
    kit_write_string(body, ",\"labels\":{");
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (!is_users(host, labels[i].name))
            write_label(body, kit_text(labels[i].name), kit_text(labels[i].template), event);
    for (size_t i = 0; host->option_pair(host, "labels", i, &pair); i++)
        write_label(body, pair.name, pair.value, event);
    kit_write_string(body, "}");
}

/* The receiver wants a line to have been collected after it was written. */
static void write_times(const postern_sink_event *event, struct kit_writer *body)
{
    int64_t written = event_time(event), collected = event->received_ms;
    kit_write_string(body, "\",\"logEntryTime\":\"");
    write_timestamp(body, written);
    kit_write_string(body, "\",\"collectionTime\":\"");
    write_timestamp(body, collected > written ? collected : written + 1);
    kit_write_string(body, "\"");
}

static void encode_line(const struct http_instance *sink, const postern_sink_event *event,
                        struct kit_writer *body)
{
    kit_write_string(body, "{\"data\":\"");
    cloud_write_base64(body, event->text);
    write_times(event, body);
    write_member_template(body, ",", "environmentNamespace", option(sink, "namespace"), event);
    write_labels(sink->host, event, body);
    kit_write_string(body, "}");
}

/* ---- An event of the Unified Data Model ---- */

/* Names are taken as lowerCamelCase or as snake_case, and the same field by both is refused. */
static postern_text unless_there(postern_text metadata, const char *twin, postern_text value)
{
    return kit_json_at(metadata, kit_text(twin)).size ? kit_span(NULL, 0) : value;
}

/* A script has made it; what its metadata lacks of time and id is put in. */
static const char *encode_udm(const postern_sink_event *event, struct kit_writer *body)
{
    char time[KIT_TIMESTAMP_SIZE];
    postern_text text = kit_trim(event->text), metadata = {0};
    if (event->flags & POSTERN_EVENT_JSON) metadata = kit_json_at(text, KIT_TEXT("metadata"));
    if (!kit_starts_with(metadata, "{")) return "it is no UDM event: it has no object \"metadata\"";
    const postern_pair members[] = {
        {KIT_TEXT("eventTimestamp"),
         unless_there(metadata, "event_timestamp", kit_timestamp(event_time(event), time))},
        {KIT_TEXT("productLogId"), unless_there(metadata, "product_log_id", event->id)}};
    kit_write_string(body, "{\"udm\":");
    kit_write(body, kit_between(text.data, metadata.data));
    write_object(body, metadata, members, sizeof members / sizeof *members);
    kit_write(body, kit_between(kit_end(metadata), kit_end(text)));
    kit_write_string(body, "}");
    return NULL;
}

static const char *encode(struct writing *writing, const postern_sink_event *event, struct kit_writer *body)
{
    const struct secops *own = writing->sink->own;
    if (own->udm) return encode_udm(event, body);
    encode_line(writing->sink, event, body);
    return NULL;
}

/* Without sourceFilename lines of some log types are dropped, and the answer is 200. */
static void finish(struct writing *writing, struct kit_writer *body)
{
    const struct secops *own = writing->sink->own;
    kit_write_string(body, "]");
    if (own->udm) return;
    kit_write_string(body, ",\"sourceFilename\":\"postern\"");
    write_member(body, ",", "forwarder", kit_text(own->forwarder));
}

/* ---- The answer ---- */

static void say(const struct writing *writing, struct judged_answer *answer)
{
    const struct http_instance *sink = writing->sink;
    const postern_json_value *problem =
        sink->json->get(sink->host, answer_json(writing, answer), KIT_TEXT("error"));
    postern_text status = answer_text(writing, problem, "status"),
                 message = answer_text(writing, problem, "message");
    if (message.size)
        answer_say(answer, "%.*s: %.*s", (int)status.size, status.data, (int)message.size, message.data);
}

static bool is_known_as_right(struct http_instance *sink, postern_text type)
{
    struct secops *own = sink->own;
    pthread_mutex_lock(&sink->lock);
    bool known = own->was_right && kit_is(type, own->right_type);
    pthread_mutex_unlock(&sink->lock);
    return known;
}

static void know_as_right(struct http_instance *sink, postern_text type)
{
    struct secops *own = sink->own;
    pthread_mutex_lock(&sink->lock);
    own->was_right = true;
    snprintf(own->right_type, sizeof own->right_type, "%.*s", (int)type.size, type.data);
    pthread_mutex_unlock(&sink->lock);
}

/* As the URL has it; empty for UDM, which has none. */
static postern_text log_type_of(const struct sender *sender)
{
    const struct secops *own = sender->sink->own;
    struct kit_writer type = kit_writer_in_arena(sender->sink->host, sender->call->arena);
    if (!own->udm) kit_write_template(&type, option(sender->sink, "log_type"), sender->event, true);
    return kit_span(type.data, type.size);
}

static const char *const remedies[] = {
    [GOOGLE_PLACE_UNKNOWN] = REMEDY_LIST,
    [GOOGLE_PLACE_WRONG] = REMEDY_PLACE,
    [GOOGLE_PLACE_WITHOUT_LOG_TYPE] = REMEDY_TYPE,
};

/* Every event of the batch was refused, this one the last. */
static bool is_the_last_of_all(const struct writing *writing)
{
    return writing->request.count == 1 && !writing->accepted &&
           writing->rejected + 1 == writing->batch->count;
}

/* 400 is about the body only if the place is right. Where that is not told, events that are taken beside it
 * show it; without any, all of them would be dead letters for a wrong setting. */
static enum outcome judge_400(struct writing *writing, struct judged_answer *answer)
{
    const struct secops *own = writing->sink->own;
    const struct sender sender = sender_of(writing);
    postern_text type = log_type_of(&sender);
    enum google_place place;
    postern_http_response response;
    if (strcasestr(answer->words, "payload size exceeds")) return OUTCOME_TOO_LARGE;
    if (is_known_as_right(writing->sink, type)) return OUTCOME_REFUSED;
    if (google_place_look(&sender, kit_text(own->parent), type, &place, &response) < 0) return OUTCOME_RETRY;
    if (place == GOOGLE_PLACE_RIGHT) know_as_right(writing->sink, type);
    if (place == GOOGLE_PLACE_RIGHT || (place == GOOGLE_PLACE_UNKNOWN && !is_the_last_of_all(writing)))
        return OUTCOME_REFUSED;
    answer->remedy = remedies[place];
    return OUTCOME_CONFIGURATION;
}

/* Success is without a body, or with an empty object. */
static enum outcome judge(struct writing *writing, struct judged_answer *answer)
{
    postern_text body = kit_trim(answer->http->body);
    say(writing, answer);
    if (answer->status == 400) return judge_400(writing, answer);
    if (answer->status < 200 || answer->status > 299) return OUTCOME_BY_TABLE;
    if (body.size && !kit_starts_with(body, "{")) {
        answer->remedy = REMEDY_ANSWER;
        return OUTCOME_RETRY;
    }
    const struct sender sender = sender_of(writing);
    know_as_right(writing->sink, log_type_of(&sender));
    return OUTCOME_DELIVERED;
}

/* ---- Before a test writes ---- */

/* A wrong place and log type are told apart here; to import they are one 400. */
static postern_status probe(struct probing *probing)
{
    const struct sender *sender = &probing->sender;
    const struct secops *own = sender->sink->own;
    postern_text type = log_type_of(sender);
    enum google_place place;
    postern_http_response response;
    postern_status status = google_place_look(sender, kit_text(own->parent), type, &place, &response);
    if (status < 0) return status;
    if (place == GOOGLE_PLACE_WRONG)
        return kit_fail(sender->error, POSTERN_E_CONFIG, REMEDY_PLACE,
                        "the log types of the instance: the receiver answers %d", (int)response.status);
    if (place == GOOGLE_PLACE_WITHOUT_LOG_TYPE)
        return kit_fail(sender->error, POSTERN_E_CONFIG, REMEDY_TYPE,
                        "the instance does not know the log type %.*s", (int)type.size, type.data);
    if (place == GOOGLE_PLACE_UNKNOWN)
        probe_unanswered(probing, "the log types of the instance", &response);
    else
        kit_say(probing->report, POSTERN_LOG_INFO, NULL, "the instance is there%s%.*s",
                type.size ? ", and knows the log type " : "", (int)type.size, type.data);
    return POSTERN_OK;
}

static const struct preset preset = {
    .content_type = "application/json",
    .frame = {.open = "{\"inlineSource\":{\"logs\":[", .between = ",", .after = "", .close = "}}"},
    .reserve = (size_t)2 * NAME_LIMIT,
    .rules = rules,
    .configure = configure,
    .encode = encode,
    .finish = finish,
    .judge = judge,
    .probe = probe,
};

static const postern_option *const options[] = {
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "project", NULL, "id or number of the Google Cloud project"),
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "customer", NULL, "id of the instance (\"customer id\"), a UUID"),
    OPTION(TEXT, POSTERN_OPTION_REQUIRED, "location", NULL,
           "of the instance: \"us\", \"eu\", \"europe-west3\""),
    OPTION(TEXT, 0, "host_prefix", NULL,
           "HOST_PREFIX-chronicle.googleapis.com is asked; absent: the location"),
    OPTION(TEXT, 0, "endpoint", NULL,
           "URL in its place: \"https://chronicle.europe-west3.rep.googleapis.com\""),
    OPTION(TEXT, 0, "api_version", "v1beta", "of the Chronicle API: \"v1\", \"v1beta\", \"v1alpha\""),
    OPTION(SECRET, POSTERN_OPTION_REQUIRED, "service_account", NULL,
           "the JSON file of a service account's key: file \"/run/secrets/google.json\""),
    OPTION(TEXT, 0, "token_url", NULL, "where tokens come from; absent: as the key file says"),
    OPTION_OF("format", "raw", "lines of a log type, or events that a script made in the Unified Data Model",
              "raw", "udm"),
    OPTION(TEMPLATE, 0, "log_type", "MIMECAST_MAIL", "of raw lines, as the instance knows it"),
    OPTION(TEMPLATE, 0, "namespace", NULL, "environmentNamespace of raw lines"),
    OPTION(MAP, POSTERN_OPTION_TEMPLATES, "labels", NULL,
           "ingestion labels of raw lines, beside account, source, type and postern_id"),
    OPTION(TEXT, 0, "forwarder", NULL, "that raw lines are booked under: its id or whole name"),
    OPTIONS_OF_REQUESTS("3800KiB", "10000", GZIP),
    NULL,
};

static const postern_batching batching = {
    .size = sizeof batching, .events = 2000, .bytes = 2 << 20, .wait_ms = 2000, .parallel = 2};

const postern_sink google_secops_sink = {
    HTTP_SINK("google_secops", "lines or events for Google SecOps (Chronicle)", options, &batching, &preset)};
