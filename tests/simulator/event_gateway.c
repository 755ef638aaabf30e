/* What the gateway held, released and rejected. The marker is in the id, or in what a rejection says. */
#include "mail.h"
#include "times.h"

struct record {
    struct object object;
    const struct event_style *style;
    const struct event *event;
    struct random random;
    struct mail mail;
    char marker[MARKER_SIZE];
};

/* {"emailAddress":...,"displayableName":...}; the null sender is written as in SMTP. */
static void write_address(struct record *record, const char *key, const char *address, bool named)
{
    struct text json = {0};
    struct object inner;
    object_begin(&inner, &json, record->object.ascii);
    object_text(&inner, "emailAddress", address);
    if (named)
        object_format(&inner, "displayableName", "%s %s", record->mail.first_name, record->mail.last_name);
    object_end(&inner);
    object_raw(&record->object, key, json.data);
    text_free(&json);
}

static void write_sender(struct record *record, const char *envelope, const char *header)
{
    struct text address = {0};
    bool bounce = record->style->nasty && random_chance(&record->random, 40);
    if (bounce)
        text_puts(&address, "<>");
    else
        text_printf(&address, "news@%s", record->mail.sender_domain);
    write_address(record, envelope, address.data, false);
    text_clear(&address);
    text_printf(&address, "news@%s", record->mail.sender_domain);
    write_address(record, header, address.data, true);
    text_free(&address);
}

/* A list of one or two recipients. */
static void write_recipients(struct record *record, bool team)
{
    struct text json = {0};
    text_printf(&json, "[{\"emailAddress\":\"%s\",\"displayableName\":\"\"}", record->mail.recipient);
    if (team) text_printf(&json, ",{\"emailAddress\":\"team@%s\"}", record->mail.domain);
    text_put(&json, ']');
    object_raw(&record->object, "to", json.data);
    text_free(&json);
}

/* Documented as a text, seen as an object; absent where nobody did it. */
static void write_operator(struct record *record)
{
    struct random *random = &record->random;
    if (record->style->nasty && random_chance(random, 100)) return;
    if (record->style->nasty && random_chance(random, 300)) {
        object_format(&record->object, "operator", "soc@%s", record->mail.domain);
        return;
    }
    struct text address = {0};
    text_printf(&address, "soc@%s", record->mail.domain);
    write_address(record, "operator", address.data, false);
    text_free(&address);
}

static void write_spam_detail(struct record *record)
{
    static const char *const verdicts[] = {"{\"categories\":[{\"name\":\"spam\",\"risk\":\"high\"}]}", "null",
                                           "{}"};
    struct random *random = &record->random;
    struct text json = {0};
    text_printf(&json,
                "{\"spf\":{\"info\":\"%s\",\"allow\":%s},\"dkim\":{\"info\":\"DKIM_UNKNOWN\",\"allow\":true},"
                "\"dmarc\":{\"info\":\"DMARC_NONE\",\"allow\":true},\"rbl\":{\"info\":\"\",\"allow\":true},"
                "\"greyEmail\":%s,\"permittedSender\":{\"info\":\"none\",\"allow\":true},"
                "\"managedSender\":{\"info\":\"unknown\",\"allow\":true},\"verdict\":%s}",
                random_chance(random, 500) ? "SPF_PASS" : "SPF_FAIL",
                random_chance(random, 800) ? "true" : "false", random_chance(random, 100) ? "true" : "false",
                PICK(random, verdicts));
    object_raw(&record->object, "spamProcessingDetail", json.data);
    text_free(&json);
}

static const char *lower_route(const struct record *record)
{
    return record->event->message % 4 ? "inbound" : "outbound";
}

static void write_release(struct record *record)
{
    struct object *object = &record->object;
    struct random *random = &record->random;
    bool rejected = random_chance(random, 250);
    object_format(object, "id", "eNoVzl1%s%08x", record->marker, (unsigned)random_next(random));
    object_date(object, "released", record->event->event_ms, random, record->style->nasty);
    object_text(object, "status", rejected ? "rejected" : "released");
    object_text(object, "route", lower_route(record));
    object_integer(object, "size", (int64_t)random_below(random, 4000000));
    object_text(object, "subject", record->mail.subject);
    object_integer(object, "spamScore", (int64_t)random_below(random, 50));
    object_text(object, "detectionLevel", random_chance(random, 500) ? "relaxed" : "moderate");
    object_raw(object, "attachments", random_chance(random, 300) ? "true" : "false");
    object_text(object, "policy", "Default \"spam\" scanning | hold = on");
    object_text(object, "heldReason", "Default Spam Scanning Definition");
    object_text(object, "heldGroup", "Administrator");
    object_text(object, "messageInfo", "Spam Signature policy");
    if (rejected) object_text(object, "rejectReason", "Message goes against email policies");
    write_operator(record);
    write_sender(record, "fromEnv", "fromHdr");
    write_recipients(record, random_chance(random, 200));
    write_spam_detail(record);
}

/* No public source shows a record: its names are those that searchBy knows, in the shape of a release. */
static void write_rejection(struct record *record)
{
    static const char *const types[] = {"Recipient Verification", "Message Bounced", "Envelope Rejected",
                                        "Virus Signature Detection"};
    struct object *object = &record->object;
    struct random *random = &record->random;
    object_date(object, "rejected", record->event->event_ms, random, record->style->nasty);
    object_text(object, "type", PICK(random, types));
    object_format(object, "info", "550 Invalid Recipient (queue %s) | see = policy", record->marker);
    object_text(object, "remoteIp", record->mail.address);
    object_text(object, "route", lower_route(record));
    object_text(object, "subject", record->mail.subject);
    write_sender(record, "from", "fromHeader");
    write_recipients(record, random_chance(random, 100));
    if (!record->mail.blank_id) object_text(object, "messageId", record->mail.message_id);
}

static void write_held(struct record *record)
{
    struct object *object = &record->object;
    struct random *random = &record->random;
    object_format(object, "id", "eNoVkF1%s%08x", record->marker, (unsigned)random_next(random));
    object_text(object, "reason", "Default Spam Scanning Definition");
    object_text(object, "reasonId", "spam_definition");
    object_text(object, "reasonCode", random_chance(random, 500) ? "default_spam_scanning" : "attachment");
    if (random_chance(random, 700)) object_text(object, "policyInfo", "Spam policy");
    write_sender(record, "from", "fromHeader");
    write_address(record, "to", record->mail.recipient, true);
    object_text(object, "subject", record->mail.subject);
    object_text(object, "route", record->event->message % 4 ? "INBOUND" : "OUTBOUND");
    object_raw(object, "hasAttachments", random_chance(random, 300) ? "true" : "false");
    object_integer(object, "size", (int64_t)random_below(random, 4000000));
    object_date(object, "dateReceived", record->event->event_ms, random, record->style->nasty);
}

void event_write_gateway(struct text *out, const struct event_style *style, const struct event *event)
{
    struct record record = {
        .style = style, .event = event, .random = event_random(style, event), .mail = mail_of(style, event)};
    event_marker(style, event, record.marker);
    object_begin(&record.object, out, random_chance(&record.random, 100));
    if (event->source == HELD_RELEASE)
        write_release(&record);
    else if (event->source == REJECTIONS)
        write_rejection(&record);
    else
        write_held(&record);
    object_end(&record.object);
}
