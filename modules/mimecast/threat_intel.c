/* Source threat-intel: what Mimecast found in the mail of the account, or of all accounts of its region, as
 * STIX objects. POST /api/ttp/threat-intel/get-feed answers with a file and not with the envelope of the
 * other endpoints; its header names the place behind the file. */
#include "archive.h"
#include "failures.h"
#include "loose.h"
#include "page_records.h"
#include "refusal.h"
#include "sources.h"
#include <stdio.h>

#define HOUR ((int64_t)60 * 60 * 1000)
#define DAY  (24 * HOUR)

#define POSITION_LIMIT ((size_t)64 << 10)

static const char answer_name[] = "answer of get-feed";

static const char *const bundle_lists[] = {"objects", NULL};
static const char *const object_times[] = {"modified", "created", NULL};
static const struct page_shape bundle = {.tops = bundle_lists, .times = object_times, .type = "type"};

/* ---- Asking ---- */

/* Without a token the feed begins 7 days ago. */
static postern_status next(const void *self, const postern_call *call, const postern_stream *stream,
                           const postern_pass *pass, postern_text position, postern_request *request,
                           postern_error *error)
{
    const struct instance *instance = self;
    struct kit_writer writer = kit_writer_in_arena(instance->host, call->arena);
    (void)pass;
    kit_write_string(&writer, "{\"data\":[{\"feedType\":\"");
    kit_write_string(&writer, stream->data);
    kit_write_string(&writer, "\",\"fileType\":\"stix\",\"compress\":true");
    if (position.size) {
        kit_write_string(&writer, ",\"token\":");
        kit_write_json_string(&writer, position);
    }
    kit_write_string(&writer, "}]}");
    request->method = "POST";
    request->path = KIT_TEXT("/api/ttp/threat-intel/get-feed");
    return kit_written(&writer, &request->body, error);
}

/* ---- Where to go on ---- */

static postern_text token_of(const struct reading *reading)
{
    return kit_header(reading->response->headers, reading->response->header_count,
                      "x-mc-threat-feed-next-token");
}

static postern_status nothing_new(const struct reading *reading)
{
    reading->answer->flags |= POSTERN_ANSWER_KEEP_POSITION;
    reading->answer->outcome = POSTERN_NOTHING_NEW;
    return POSTERN_OK;
}

/* The last file may come without a token: then the one that brought it stays, and brings it again with what
 * has been added. */
static postern_status move(const struct reading *reading)
{
    postern_text token = token_of(reading);
    bool more = token.size && !kit_equal(token, reading->position);
    reading->answer->position = token;
    if (token.size == 0) reading->answer->flags |= POSTERN_ANSWER_KEEP_POSITION;
    reading->answer->outcome = more ? POSTERN_MORE : POSTERN_END;
    return POSTERN_OK;
}

/* An answer that makes no sense: asked for again, then kept as it is, if there is a way around it. */
static postern_status step_over(const struct reading *reading, const char *reason)
{
    if (!may_ask_again(reading) && token_of(reading).size == 0) return failure_unreadable(reading, reason);
    postern_status status = damaged(reading, kit_text(answer_name), reading->response->body, reason);
    return status < 0 ? status : move(reading);
}

/* ---- Bundles ---- */

/* What lies around the objects. */
static postern_status read_end(const struct reading *reading, postern_text name,
                               const struct envelope *envelope)
{
    postern_status status = envelope_further(envelope, reading, name);
    if (status < 0) return status;
    if (envelope->behind.size)
        return set_aside(reading, name, envelope->behind, "these bytes stand behind the end of the bundle");
    if (envelope->state != ENVELOPE_DAMAGED || !may_ask_again(reading)) return POSTERN_OK;
    return damaged(reading, name, KIT_TEXT(""), "the JSON text ends early or breaks off");
}

/* `damage`: why the file is not whole, or NULL; then all that was packed is set aside. */
static postern_status read_bundle(const struct reading *reading, postern_text name, postern_text text,
                                  const char *damage, postern_text packed)
{
    struct page_reader page = page_reader_of(reading, &bundle, name);
    struct envelope envelope = page_envelope(&bundle, text);
    postern_status status = POSTERN_OK;
    page.is_salvaging = damage != NULL;
    bool has_objects = envelope.data.size != 0, is_bundle = kit_is(envelope.type, "\"bundle\"");
    if (has_objects) status = page_read_list(&page, &envelope);
    if (status < 0) return status;
    if (damage) return damaged(reading, name, packed, damage);
    if (!has_objects && !is_bundle) return damaged(reading, name, text, "it is no STIX bundle");
    return page.lost ? POSTERN_OK : read_end(reading, name, &envelope);
}

static postern_status read_member(void *context, const postern_member *member)
{
    const struct reading *reading = context;
    postern_text name = member->name.size ? member->name : KIT_TEXT("zip archive");
    postern_status status = begin_part(reading, member->name, member->damage != NULL);
    if (status < 0) return status;
    bool empty = !member->damage && kit_trim(member->data).size == 0; /* a folder, or a file of nothing */
    return empty ? POSTERN_OK : read_bundle(reading, name, member->data, member->damage, member->archive);
}

static bool is_zip(postern_text body)
{
    return kit_starts_with(body, "PK\3\4") || kit_starts_with(body, "PK\5\6");
}

/* ---- Answers ---- */

/* The feed has to be switched on for an account: a refusal that does not speak of permissions says that it is
 * not. */
static bool is_switched_off(const struct reading *reading, const struct envelope *envelope)
{
    static const char *const of_permissions[] = {"permission", "forbidden", "unauthorized", "credential"};
    postern_text code = refusal_read(reading, envelope).code;
    for (size_t i = 0; i < sizeof of_permissions / sizeof *of_permissions; i++)
        if (text_has_ignoring_case(code, of_permissions[i])) return false;
    return reading->response->status == 403;
}

static postern_status refused(const struct reading *reading, postern_status status)
{
    static const char remedy[] =
        "the threat feed is not switched on for this account: ask Mimecast's support for it, or write source "
        "\"threat-intel\" { enabled = false }";
    if (status == POSTERN_E_LICENSE)
        snprintf(reading->error->remedy, sizeof reading->error->remedy, "%s", remedy);
    return status;
}

static bool says_nothing_new(const struct reading *reading, const struct envelope *envelope)
{
    return kit_is(refusal_read(reading, envelope).code, "err_threat_intel_feed_no_result_found");
}

static postern_status read_zip(const struct reading *reading)
{
    struct reading context = *reading;
    struct archive_walk walk = {.reading = reading, .member = read_member, .context = &context};
    postern_status status = archive_read(&walk, POSTERN_UNPACK_ZIP, reading->response->body);
    if (status < 0) return status;
    return walk.unreadable ? step_over(reading, "the zip cannot be read") : move(reading);
}

static postern_status read_object(const struct reading *reading, const struct envelope *envelope)
{
    struct envelope_meta meta;
    postern_status status = envelope_meta(reading, envelope, &meta);
    if (status < 0) return step_over(reading, "its meta cannot be read");
    if (envelope_failed(envelope) || meta.status >= 400)
        return says_nothing_new(reading, envelope)
                   ? nothing_new(reading)
                   : refused(reading, failure_of_envelope(reading, envelope, &meta));
    bool is_bundle = envelope->data.size || kit_is(envelope->type, "\"bundle\"");
    if (!is_bundle && envelope->meta.size) return nothing_new(reading);
    if (!is_bundle) return step_over(reading, "it is no STIX bundle");
    status = read_bundle(reading, kit_text(answer_name), reading->response->body, NULL, KIT_TEXT(""));
    return status < 0 ? status : move(reading);
}

static postern_status read_body(const struct reading *reading)
{
    postern_text body = reading->response->body;
    if (token_of(reading).size > POSITION_LIMIT)
        return kit_fail(reading->error, POSTERN_E_PROTOCOL, NULL,
                        "the token of the answer is longer than 64 KiB");
    if (body.size == 0) return step_over(reading, "the answer is empty");
    if (is_zip(body)) return read_zip(reading);
    struct envelope envelope = page_envelope(&bundle, body);
    if (envelope.state == ENVELOPE_NONE) return step_over(reading, "it is neither a zip nor a STIX bundle");
    return read_object(reading, &envelope);
}

static postern_status on_response(const void *self, const postern_call *call, const postern_stream *stream,
                                  const postern_pass *pass, postern_text position,
                                  const postern_response *response, postern_answer *answer,
                                  postern_error *error)
{
    struct damage damage = {false};
    struct reading reading = reading_of(self, call, stream, position, response, answer, error, &damage);
    (void)pass;
    if (response->status == 200) return reading_end(&reading, read_body(&reading));
    struct envelope envelope = envelope_read(response->body);
    if (says_nothing_new(&reading, &envelope)) return nothing_new(&reading);
    reading.is_optional = is_switched_off(&reading, &envelope);
    return refused(&reading, failure_of_status(&reading));
}

/* ---- What was set aside ---- */

static postern_status on_set_aside(const void *self, const postern_call *call, const postern_stream *stream,
                                   const postern_set_aside *what, postern_answer *answer,
                                   postern_error *error)
{
    struct reading reading = reading_again(self, call, stream, answer, error, &(struct damage){false});
    if (is_zip(what->bytes)) {
        struct archive_walk walk = {.reading = &reading, .member = read_member, .context = &reading};
        postern_status status = archive_read(&walk, POSTERN_UNPACK_ZIP, what->bytes);
        if (status < 0 || !walk.unreadable) return status;
        return set_aside(&reading, what->name, what->bytes, "the zip cannot be read");
    }
    struct envelope envelope = page_envelope(&bundle, what->bytes);
    if (kit_is(envelope.type, "\"bundle\""))
        return read_bundle(&reading, what->name, what->bytes, NULL, KIT_TEXT(""));
    if (!loose_is_json(what->bytes)) return set_aside(&reading, what->name, what->bytes, "it is no JSON");
    struct page_reader page = page_reader_of(&reading, &bundle, what->name);
    return page_read_loose(&page, what->bytes);
}

/* ---- The source ---- */

#define STREAM(auth_, product_, name_, feed_)                                                                \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_TOKEN, .name = "threat-intel-" name_,         \
        .auth = (auth_), .permission = "Services | Gateway | Tracking | Read", .product = (product_),        \
        .data = (feed_),                                                                                     \
    }
#define STREAMS(name, feed)                                                                                  \
    STREAM("mimecast/1.0", NULL, name, feed), STREAM("mimecast/2.0", "Threat Management", name, feed)

static const postern_stream *const streams[] = {STREAMS("malware-customer", "malware_customer"),
                                                STREAMS("malware-grid", "malware_grid"), NULL};

static const postern_schedule schedule = {
    .size = sizeof schedule,
    .interval_ms = HOUR,
    .remember_ms = 8 * DAY, /* a day more than the feed reaches back */
};

const postern_source threat_intel_source = {
    .size = sizeof threat_intel_source,
    .name = "threat-intel",
    .title = "Threat intelligence: malware in the account's mail, and in that of its region, as STIX",
    .streams = streams,
    .schedule = &schedule,
    .create = instance_create,
    .destroy = instance_free,
    .next = next,
    .on_response = on_response,
    .on_set_aside = on_set_aside,
};
