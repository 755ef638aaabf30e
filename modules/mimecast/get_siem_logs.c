/* POST /api/audit/get-siem-logs: the MTA logs. Mimecast publishes files every 30 minutes and keeps them for 7
 * days; each answer brings one, and its header mc-siem-token is the position behind it. */
#include "get_siem_logs.h"
#include "envelope.h"
#include "failures.h"
#include "siem_file.h"

#define POSITION_LIMIT ((size_t)64 << 10)

static const char answer_name[] = "answer of get-siem-logs";

/* ---- Asking ---- */

/* The body is whole every time: what is left out on a later page falls back to its default in the middle of
 * the stream. */
postern_status get_siem_logs_next(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position, postern_request *request,
                                  postern_error *error)
{
    const struct instance *instance = self;
    struct kit_writer writer = kit_writer_in_arena(instance->host, call->arena);
    (void)stream, (void)pass;
    kit_write_string(&writer, "{\"data\":[{\"type\":\"MTA\",\"fileFormat\":");
    kit_write_string(&writer, instance->key_value ? "\"key_value\"" : "\"json\"");
    kit_write_string(&writer, instance->compress ? ",\"compress\":true" : ",\"compress\":false");
    if (position.size) { /* an empty token would be refused; without one the oldest file comes */
        kit_write_string(&writer, ",\"token\":");
        kit_write_json_string(&writer, position);
    }
    kit_write_string(&writer, "}]}");
    request->method = "POST";
    request->path = KIT_TEXT("/api/audit/get-siem-logs");
    return kit_written(&writer, &request->body, error);
}

/* ---- Where to go on ---- */

static postern_text token_of(const struct reading *reading)
{
    return kit_header(reading->response->headers, reading->response->header_count, "mc-siem-token");
}

/* Moves to the position that came with the answer. It comes with files, and sometimes with "nothing new". */
static postern_status move(const struct reading *reading, bool caught_up, bool brought_events)
{
    postern_text token = token_of(reading);
    postern_answer *answer = reading->answer;
    answer->position = token;
    if (token.size == 0) answer->flags |= POSTERN_ANSWER_KEEP_POSITION;
    answer->outcome = !caught_up ? POSTERN_MORE : brought_events ? POSTERN_END : POSTERN_NOTHING_NEW;
    return POSTERN_OK;
}

/* A file with nothing in it is the end if it names no other place. */
static postern_status move_over_nothing(const struct reading *reading)
{
    postern_text token = token_of(reading);
    bool stands_still = token.size == 0 || kit_equal(token, reading->position);
    return move(reading, stands_still, true);
}

/* An answer that makes no sense: asked for again, then kept as it is, if there is a way around it. */
static postern_status step_over(const struct reading *reading, const char *reason)
{
    postern_text body = reading->response->body, token = token_of(reading);
    if (may_ask_again(reading) || token.size) {
        postern_status status = damaged(reading, KIT_TEXT("answer of get-siem-logs"), body, reason);
        return status < 0 ? status : move(reading, false, false);
    }
    postern_text type =
        kit_header(reading->response->headers, reading->response->header_count, "content-type");
    return kit_fail(
        reading->error, POSTERN_E_PROTOCOL,
        "see whether a proxy answers in Mimecast's place; otherwise show Mimecast's support this message. "
        "The stream "
        "waits, and nothing is lost as long as Mimecast keeps the files (7 days)",
        "the answer cannot be read (%s; %zu bytes of type \"%.*s\") and has no mc-siem-token to go on from",
        reason, body.size, type.size < 60 ? (int)type.size : 60, type.size ? type.data : "");
}

/* ---- Reading ---- */

/* What Content-Disposition says of the file's name; the log type stands in it. */
static postern_text file_name(const postern_response *response)
{
    postern_text value = kit_header(response->headers, response->header_count, "content-disposition");
    static const char key[] = "filename=";
    for (size_t at = 0; at + sizeof key - 1 <= value.size; at++) {
        if (!kit_is_ignoring_case((postern_text){value.data + at, sizeof key - 1}, key)) continue;
        postern_text name = {value.data + at + sizeof key - 1, value.size - at - (sizeof key - 1)};
        bool quoted = name.size && name.data[0] == '"';
        if (quoted) name.data++, name.size--;
        const char *end = name.size ? memchr(name.data, quoted ? '"' : ';', name.size) : NULL;
        if (end) name = kit_between(name.data, end);
        return kit_trim(name);
    }
    return (postern_text){answer_name, sizeof answer_name - 1};
}

/* True if the headers speak of a file. */
static bool is_attachment(const postern_response *response)
{
    return text_starts_ignoring_case(kit_header(response->headers, response->header_count, "content-type"),
                                     "application/octet-stream") ||
           text_starts_ignoring_case(
               kit_header(response->headers, response->header_count, "content-disposition"), "attachment");
}

static bool is_list(postern_text value)
{
    return value.size && value.data[0] == '[';
}

/* What a file always has and other answers may leave out. */
static bool has_data(const struct envelope *envelope)
{
    return envelope->data.size && !kit_starts_with(envelope->data, "null");
}

static bool has_records(const struct envelope *envelope)
{
    if (envelope->further.size) return true;
    if (!is_list(envelope->data)) return false;
    struct json_walk walk = json_walk_over(envelope->data);
    walk.at++;
    json_walk_space(&walk);
    return walk.at == walk.end || *walk.at != ']';
}

/* A JSON object: a failure, "nothing new", or a file that was not compressed. */
static postern_status read_object(const struct reading *reading, struct envelope *envelope)
{
    struct envelope_meta meta;
    postern_status status = envelope_meta(reading, envelope, &meta);
    if (status < 0) return step_over(reading, "its meta cannot be read");
    if (envelope_failed(envelope) || meta.status >= 400) return failure_of_envelope(reading, envelope, &meta);
    bool records = has_records(envelope), file = kit_is(envelope->type, "\"MTA\"");
    if (records || (file && envelope->state == ENVELOPE_DAMAGED)) {
        status = siem_read_json(reading, file_name(reading->response), reading->response->body, envelope,
                                NULL, (postern_text){NULL, 0});
        return status < 0 ? status : move(reading, meta.is_last_token, true);
    }
    if (envelope->state == ENVELOPE_DAMAGED)
        return step_over(reading, "the JSON text ends early or breaks off");
    if (!is_list(envelope->data) && (file || has_data(envelope)))
        return step_over(reading, "it has no list of records");
    if (file) return meta.is_last_token ? move(reading, true, false) : move_over_nothing(reading);
    if (envelope->meta.size || envelope->data.size) return move(reading, true, false);
    return step_over(reading, "it is JSON of another kind");
}

static postern_status read_body(const struct reading *reading)
{
    postern_text body = reading->response->body;
    bool unreadable = false, empty = false;
    postern_status status = POSTERN_OK;
    if (kit_header(reading->response->headers, reading->response->header_count, "mc-siem-token").size >
        POSITION_LIMIT)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, NULL,
                        "the token of the answer is longer than 64 KiB");
    if (body.size == 0) return step_over(reading, "the answer is empty");
    if (!siem_is_zip(body)) {
        struct envelope envelope = envelope_read(body);
        if (envelope.state != ENVELOPE_NONE) return read_object(reading, &envelope);
    }
    if (siem_is_key_value(body))
        status = siem_read_file(reading, file_name(reading->response), body, NULL, (postern_text){NULL, 0});
    else
        status = siem_read_zip(reading, &unreadable, &empty);
    if (unreadable && is_attachment(reading->response) && siem_holds_key_value(body)) {
        unreadable = false;
        status = siem_read_file(reading, file_name(reading->response), body, NULL, (postern_text){NULL, 0});
    }
    if (status < 0) return status;
    if (unreadable) return step_over(reading, "it is neither a zip, nor JSON, nor lines of key=value");
    return empty ? move_over_nothing(reading) : move(reading, false, true);
}

postern_status get_siem_logs_on_response(const void *self, const postern_call *call,
                                         const postern_stream *stream, const postern_pass *pass,
                                         postern_text position, const postern_response *response,
                                         postern_answer *answer, postern_error *error)
{
    struct damage damage = {false};
    const struct reading reading = reading_of(self, call, stream, position, response, answer, error, &damage);
    (void)pass;
    return response->status == 200 ? reading_end(&reading, read_body(&reading)) : failure_of_status(&reading);
}

postern_status get_siem_logs_on_set_aside(const void *self, const postern_call *call,
                                          const postern_stream *stream, const postern_set_aside *what,
                                          postern_answer *answer, postern_error *error)
{
    const struct reading reading = reading_again(self, call, stream, answer, error, &(struct damage){false});
    return siem_read_set_aside(&reading, what);
}
