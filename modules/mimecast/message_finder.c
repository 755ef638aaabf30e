/* The lookup `trace`: what became of a message, from /api/message-finder. Both APIs have the same endpoints.
 *
 * The position holds what is still to be asked: the token of the next page, a line end, and the records of
 * mails whose details have not been asked for yet. */
#include "envelope.h"
#include "event_time.h"
#include "failures.h"
#include "records.h"
#include "sources.h"

/* ---- What is asked ---- */

#define PARAMETER(variable, type_, name_, default_, help_)                                                   \
    static const postern_option variable = {.size = sizeof(postern_option),                                  \
                                            .type = POSTERN_OPTION_##type_,                                  \
                                            .name = (name_),                                                 \
                                            .default_value = (default_),                                     \
                                            .help = (help_)}

PARAMETER(message_id, TEXT, "message_id", NULL, "the Message-ID of the mail, exactly as its header has it");
PARAMETER(from, TEXT, "from", NULL, "sender: an address or a domain");
PARAMETER(to, TEXT, "to", NULL, "recipient: an address or a domain");
PARAMETER(subject, TEXT, "subject", NULL, "words of the subject");
PARAMETER(sender_ip, TEXT, "sender_ip", NULL, "address of the server that handed the mail over");
PARAMETER(url, TEXT, "url", NULL, "a link in the mail");
PARAMETER(since, TIME, "since", "24h", "from then on: 24h ago, or 2026-01-31T12:00:00Z");
/* A point in time of its own: all pages of one search ask for the same. */
PARAMETER(until, TIME, "until", "0s", "up to then: 0s ago is now");
PARAMETER(reason, TEXT, "reason", "postern trace", "why it is looked for: it stands in Mimecast's audit log");
PARAMETER(with_details, BOOLEAN, "details", NULL,
          "also what Mimecast did to each mail that is found, with a call for each, as its messageInfo");

static const postern_option *const parameters_1_0[] = {
    &message_id, &from, &to, &subject, &sender_ip, &since, &until, &reason, &with_details, NULL};
static const postern_option *const parameters_2_0[] = {
    &message_id, &from, &to, &subject, &sender_ip, &url, &since, &until, &reason, &with_details, NULL};

/* The filters beside the Message-ID, as the API calls them. */
static const struct {
    const char *parameter, *key;
} filters[] = {
    {"from", "from"}, {"to", "to"}, {"subject", "subject"}, {"sender_ip", "senderIP"}, {"url", "url"}};

#define COLUMN(title_, path_)                                                                                \
    &(const postern_column)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_column), .title = (title_), .path = (path_)                                   \
    }
static const postern_column *const columns[] = {
    COLUMN("RECEIVED", "received"),         COLUMN("STATUS", "status"),      COLUMN("ROUTE", "route"),
    COLUMN("FROM", "fromEnv.emailAddress"), COLUMN("TO", "to.emailAddress"), COLUMN("SENDER IP", "senderIP"),
    COLUMN("SUBJECT", "subject"),           COLUMN("INFO", "info"),          NULL,
};

/* ---- The position ---- */

struct finder_place {
    postern_text token;   /* of the next page; empty = none */
    postern_text waiting; /* records, with commas between; empty = none */
};

static struct finder_place place_of(postern_text position)
{
    const char *line_end = position.size ? memchr(position.data, '\n', position.size) : NULL;
    if (!line_end) return (struct finder_place){.token = position};
    return (struct finder_place){.token = kit_between(position.data, line_end),
                                 .waiting = kit_trim(kit_between(line_end + 1, kit_end(position)))};
}

/* Where it goes on, or that it does not. */
static postern_status go_on(const struct reading *reading, struct finder_place place,
                            postern_findings *findings)
{
    findings->outcome = place.token.size || place.waiting.size ? POSTERN_MORE : POSTERN_END;
    if (findings->outcome == POSTERN_END) return POSTERN_OK;
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    kit_write(&writer, place.token);
    kit_write_string(&writer, "\n");
    kit_write(&writer, place.waiting);
    return kit_written(&writer, &findings->position, reading->error);
}

/* A text of the record as written, with its quotes. */
struct member_search {
    const char *key;
    postern_text value;
};

static void look_for_member(void *context, postern_text key, postern_text value)
{
    struct member_search *search = context;
    if (kit_is(key, search->key) && !search->value.data) search->value = value;
}

static postern_text member_of(postern_text object, const char *key)
{
    struct member_search search = {.key = key};
    struct json_walk walk = json_walk_over(object);
    return json_walk_value(&walk, look_for_member, &search) ? search.value : (postern_text){NULL, 0};
}

static bool has_id(postern_text record)
{
    postern_text id = member_of(record, "id");
    return id.size > 2 && id.data[0] == '"';
}

/* The first record that has an id, and those behind it. False if there is none. */
static bool next_record(postern_text waiting, postern_text *record, postern_text *behind)
{
    struct record_list list = records_set_aside(waiting);
    struct record found;
    for (;;) {
        enum record_kind kind = records_next(&list, &found, NULL, NULL);
        if (kind == RECORDS_END || kind == RECORDS_LOST) return false;
        if (kind != RECORD || !has_id(found.text)) continue;
        *record = found.text;
        *behind = kit_trim(kit_between(list.walk.at, list.walk.end));
        if (kit_starts_with(*behind, ",")) *behind = kit_trim(kit_span(behind->data + 1, behind->size - 1));
        return true;
    }
}

/* ---- Asking ---- */

static void write_time(struct kit_writer *writer, const char *key, int64_t ms)
{
    char text[TIME_SIZE];
    kit_write_string(writer, key);
    kit_write_string(writer, "\"");
    kit_write_string(writer, time_format(ms, text));
    kit_write_string(writer, "\"");
}

static bool given_text(const postern_host *host, const char *name, postern_text *text)
{
    return host->option_text(host, name, text) && (*text = kit_trim(*text)).size > 0;
}

/* The API takes the Message-ID or other filters, never both, and none that is empty. */
static postern_status write_filters(const postern_host *host, struct kit_writer *writer, postern_error *error)
{
    postern_text id, text;
    bool has_message_id = given_text(host, "message_id", &id);
    size_t count = 0;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        if (!given_text(host, filters[i].parameter, &text)) continue;
        if (has_message_id)
            return kit_fail(error, POSTERN_E_INVALID, NULL,
                            "--message-id stands alone: Mimecast takes either it or other filters");
        kit_write_string(writer, count++ ? ",\"" : ",\"advancedTrackAndTraceOptions\":{\"");
        kit_write_string(writer, filters[i].key);
        kit_write_string(writer, "\":");
        kit_write_json_string(writer, text);
    }
    if (count) kit_write_string(writer, "}");
    if (has_message_id) {
        kit_write_string(writer, ",\"messageId\":");
        kit_write_json_string(writer, id);
    }
    return count || has_message_id
               ? POSTERN_OK
               : kit_fail(error, POSTERN_E_INVALID, NULL,
                          "say which mail: --message-id, or one or more of --from, --to, --subject, "
                          "--sender-ip, and over API 2.0 --url");
}

static postern_status write_search(const postern_host *host, postern_text token, struct kit_writer *writer,
                                   postern_error *error)
{
    int64_t from_ms = 0, until_ms = 0;
    postern_text why;
    host->option_integer(host, "since", &from_ms);
    host->option_integer(host, "until", &until_ms);
    if (!given_text(host, "reason", &why)) why = KIT_TEXT("-");
    if (from_ms >= until_ms)
        return kit_fail(error, POSTERN_E_INVALID, NULL, "--since does not lie before --until");
    kit_write_string(writer, "{");
    if (token.size) {
        kit_write_string(writer, "\"meta\":{\"pagination\":{\"pageToken\":");
        kit_write_json_string(writer, token);
        kit_write_string(writer, "}},");
    }
    write_time(writer, "\"data\":[{\"start\":", from_ms);
    write_time(writer, ",\"end\":", until_ms);
    kit_write_string(writer, ",\"searchReason\":");
    kit_write_json_string(writer, why);
    postern_status status = write_filters(host, writer, error);
    kit_write_string(writer, "}]}");
    return status;
}

static postern_status next(const postern_host *host, const postern_call *call, const postern_lookup *lookup,
                           postern_text position, postern_request *request, postern_error *error)
{
    struct kit_writer writer = kit_writer_in_arena(host, call->arena);
    const struct finder_place place = place_of(position);
    postern_text record, behind;
    postern_status status = POSTERN_OK;
    (void)lookup;
    request->method = "POST";
    if (place.waiting.size && next_record(place.waiting, &record, &behind)) {
        request->path = KIT_TEXT("/api/message-finder/get-message-info");
        kit_write_string(&writer, "{\"data\":[{\"id\":");
        kit_write(&writer, member_of(record, "id"));
        kit_write_string(&writer, "}]}");
    } else {
        request->path = KIT_TEXT("/api/message-finder/search");
        status = write_search(host, place.token, &writer, error);
    }
    return status < 0 ? status : kit_written(&writer, &request->body, error);
}

/* ---- Reading ---- */

/* What an answer holds if it is one that succeeds. */
static postern_status read_envelope(const struct reading *reading, struct envelope *envelope,
                                    struct envelope_meta *meta)
{
    if (reading->response->status != 200) return failure_of_status(reading);
    *envelope = envelope_read(reading->response->body);
    if (envelope->state == ENVELOPE_NONE) return failure_unreadable(reading, "it is no JSON object");
    if (envelope->state == ENVELOPE_DAMAGED || (envelope->data.size && !envelope->data_is_sound))
        return failure_unreadable(reading, "it breaks off or breaks the rules of JSON");
    postern_status status = envelope_meta(reading, envelope, meta);
    if (status < 0) return status;
    bool failed = envelope_failed(envelope) || meta->status >= 400;
    return failed ? failure_of_envelope(reading, envelope, meta) : POSTERN_OK;
}

/* The objects in `data`, one by one. */
static struct record_list items_of(const struct envelope *envelope)
{
    postern_text data = envelope->data;
    return records_over(data.size && data.data[0] == '[' ? data : KIT_TEXT("[]"));
}

static bool next_item(struct record_list *items, struct record *item)
{
    for (;;) {
        enum record_kind kind = records_next(items, item, NULL, NULL);
        if (kind == RECORD) return true;
        if (kind == RECORDS_END || kind == RECORDS_LOST) return false;
    }
}

/* Hands over the mails of one list, or leaves those that have an id to be asked for their details. */
static postern_status take_mails(postern_text list, bool keep, struct kit_writer *waiting, size_t *count,
                                 postern_findings *findings)
{
    struct record_list mails = records_over(list);
    struct record mail;
    while (next_item(&mails, &mail)) {
        ++*count;
        if (keep && has_id(mail.text)) {
            if (waiting->size) kit_write_string(waiting, ",");
            kit_write(waiting, mail.text);
            continue;
        }
        postern_status status = findings->result(findings, mail.text);
        if (status < 0) return status;
    }
    return POSTERN_OK;
}

static postern_status read_search(const struct reading *reading, postern_findings *findings)
{
    const postern_host *host = reading->instance->host;
    struct kit_writer waiting = kit_writer_in_arena(host, reading->call->arena);
    struct envelope envelope = {.state = ENVELOPE_NONE};
    struct envelope_meta meta;
    struct record item;
    int64_t with_info = 0;
    size_t count = 0;
    postern_status status = read_envelope(reading, &envelope, &meta);
    if (status < 0) return status;
    host->option_integer(host, "details", &with_info);
    struct record_list items = items_of(&envelope);
    while (status == POSTERN_OK && next_item(&items, &item)) {
        postern_text list = member_of(item.text, "trackedEmails");
        if (kit_starts_with(list, "[")) status = take_mails(list, with_info != 0, &waiting, &count, findings);
    }
    struct finder_place place = {0};
    if (status == POSTERN_OK) status = kit_written(&waiting, &place.waiting, reading->error);
    if (status < 0) return status;
    /* An empty page is the last, whatever token it carries. */
    if (count && !memchr(meta.next.size ? meta.next.data : "", '\n', meta.next.size)) place.token = meta.next;
    return go_on(reading, place, findings);
}

/* The mail as it was found, with one member more at its end. */
static postern_status hand_over(const struct reading *reading, postern_text mail, postern_text info,
                                postern_findings *findings)
{
    if (!info.size) return findings->result(findings, mail);
    struct kit_writer writer = kit_writer_in_arena(reading->instance->host, reading->call->arena);
    postern_text json = {NULL, 0};
    kit_write(&writer, kit_span(mail.data, mail.size - 1)); /* it has an id, so a comma fits */
    kit_write_string(&writer, ",\"messageInfo\":");
    kit_write(&writer, info);
    kit_write_string(&writer, "}");
    postern_status status = kit_written(&writer, &json, reading->error);
    return status < 0 ? status : findings->result(findings, json);
}

static postern_status read_details(const struct reading *reading, struct finder_place place,
                                   postern_findings *findings)
{
    struct envelope envelope = {.state = ENVELOPE_NONE};
    struct envelope_meta meta;
    struct record item = {.reason = NULL};
    postern_text mail = {NULL, 0}, behind = {NULL, 0};
    if (!next_record(place.waiting, &mail, &behind))
        return go_on(reading, (struct finder_place){0}, findings);
    postern_status status = read_envelope(reading, &envelope, &meta);
    postern_text info = {NULL, 0};
    if (status == POSTERN_OK) {
        struct record_list items = items_of(&envelope);
        if (next_item(&items, &item)) info = item.text;
    } else if (status != POSTERN_E_CONFIG) { /* a mail that has no details is one that was found */
        return status;
    }
    status = hand_over(reading, mail, info, findings);
    return status < 0 ? status : go_on(reading, (struct finder_place){place.token, behind}, findings);
}

static postern_status on_response(const postern_host *host, const postern_call *call,
                                  const postern_lookup *lookup, postern_text position,
                                  const postern_response *response, postern_findings *findings,
                                  postern_error *error)
{
    const struct instance instance = {.host = host, .json = host->service(host, POSTERN_SERVICE_JSON)};
    struct damage damage = {false};
    const struct finder_place place = place_of(position);
    if (!instance.json)
        return kit_fail(error, POSTERN_E_UNSUPPORTED, "install a Postern that is as new as this module",
                        "this Postern lacks the service json/1");
    const struct reading reading =
        reading_of(&instance, call, lookup->data, position, response, NULL, error, &damage);
    postern_status status =
        place.waiting.size ? read_details(&reading, place, findings) : read_search(&reading, findings);
    if (status == POSTERN_E_LICENSE)
        snprintf(error->remedy, sizeof error->remedy, "the account seems to lack %s: ask Mimecast",
                 lookup->product ? lookup->product : "the product behind it");
    return status;
}

/* ---- The lookups ---- */

#define TITLE "What became of a message: by its Message-ID, or by sender, recipient or subject"

/* As failures see whoever asks. */
#define ASKED(variable, auth_, permission_, product_)                                                        \
    static const postern_stream variable = {.size = sizeof(postern_stream),                                  \
                                            .kind = POSTERN_STREAM_WINDOW,                                   \
                                            .name = "trace",                                                 \
                                            .auth = (auth_),                                                 \
                                            .permission = (permission_),                                     \
                                            .product = (product_)}
#define PERMISSION  "Gateway | Tracking | Read"
#define PRODUCT_2_0 "Email Security Cloud Gateway"
ASKED(asked_1_0, "mimecast/1.0", PERMISSION, NULL);
ASKED(asked_2_0, "mimecast/2.0", PERMISSION, PRODUCT_2_0);

const postern_lookup trace_lookup_1_0 = {
    .size = sizeof trace_lookup_1_0,
    .name = "trace",
    .title = TITLE,
    .auth = "mimecast/1.0",
    .permission = PERMISSION,
    .parameters = parameters_1_0,
    .columns = columns,
    .data = &asked_1_0,
    .next = next,
    .on_response = on_response,
};
const postern_lookup trace_lookup_2_0 = {
    .size = sizeof trace_lookup_2_0,
    .name = "trace",
    .title = TITLE,
    .auth = "mimecast/2.0",
    .permission = PERMISSION,
    .product = PRODUCT_2_0,
    .parameters = parameters_2_0,
    .columns = columns,
    .data = &asked_2_0,
    .next = next,
    .on_response = on_response,
};
