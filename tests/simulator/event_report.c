/* Mails that users reported, and threats that were detected: the newer lists of API 2.0. A reported mail is
 * one row, which changes with each further report. The marker is in the analysis' details, or in the id. */
#include "cluster.h"
#include "mail.h"
#include "times.h"
#include <string.h>

/* Starts a further object in its own text; end_inner puts it into `outer`. */
static void begin_inner(struct object *inner, struct text *json, const struct object *outer)
{
    text_clear(json);
    object_begin(inner, json, outer->ascii);
}

static void end_inner(struct object *inner, struct object *outer, const char *key)
{
    object_end(inner);
    object_raw(outer, key, inner->out->data);
}

static void write_reported(struct object *object, const struct event_style *style, const struct event *event,
                           const struct mail *mail, const char *marker)
{
    static const char *const classes[] = {"Malicious", "Spam", "Safe", "Phishing \"spear\""};
    static const char *const types[] = {"Auto", "MSOC", "Customer"};
    struct random random = {mix2(style->seed ^ 0x72657075u, (uint64_t)style->account << 32 | event->message)};
    int64_t first_ms = event->event_ms - cluster_change_ms(event->message, event->variant);
    uint64_t aggregate = mix2(style->seed ^ 0x616767u, (uint64_t)style->account << 32 | event->message);
    bool resolved = event->variant > 0;
    const char *class = PICK(&random, classes), *type = PICK(&random, types);
    struct text json = {0};
    struct object inner;
    begin_inner(&inner, &json, object);
    object_text(&inner, "messageId", mail->blank_id ? "" : mail->message_id);
    object_format(&inner, "messageAggregateId", "%016llx", (unsigned long long)aggregate);
    object_text(&inner, "subject", mail->subject);
    object_date(&inner, "sentDate", first_ms - 2 * HOUR, &random, style->nasty);
    object_date(&inner, "lastReportedDate", event->event_ms, &random, style->nasty);
    object_format(&inner, "senderHeaders", "%s %s <news@%s>", mail->first_name, mail->last_name,
                  mail->sender_domain);
    object_integer(&inner, "recipientsCount", 5);
    object_integer(&inner, "reportersCount", 1 + event->variant);
    struct text recipients = {0};
    text_printf(&recipients, "[\"%s\"]", mail->recipient);
    object_raw(&inner, "recipients", recipients.data);
    text_free(&recipients);
    end_inner(&inner, object, "message");

    begin_inner(&inner, &json, object);
    object_format(&inner, "threatAnalysisId", "ta-%08x", (unsigned)random_next(&random));
    if (resolved)
        object_date(&inner, "resolvedDate", event->event_ms, &random, style->nasty);
    else
        object_raw(&inner, "resolvedDate", "null");
    object_text(&inner, "classification", resolved ? class : "Pending");
    object_format(&inner, "details", "report %u, %s", event->variant + 1u, marker);
    object_text(&inner, "type", type);
    end_inner(&inner, object, "threatAnalysis");
    object_format(object, "threatReports",
                  "/threat-reporting/v1/threat-reports?reportedMessageAggregateId=%016llx",
                  (unsigned long long)aggregate);
    text_free(&json);
}

/* No public source shows a record: its names are those of the endpoint's parameters and of the batch files.
 */
static void write_threat(struct object *object, const struct event_style *style, const struct event *event,
                         const struct mail *mail, const char *marker)
{
    static const char *const analyses[] = {"malware", "phishing", "spam", "suspicious", "unwanted"};
    static const char *const states[] = {"blocked", "rejected", "delivered", "held", "bounced", "unknown"};
    struct random random = event_random(style, event);
    bool url = random_chance(&random, 300);
    object_format(object, "id", "th-%s", marker);
    object_date(object, "timestamp", event->event_ms, &random, style->nasty);
    object_text(object, "source", url ? "url" : "email");
    object_text(object, "analysis", PICK(&random, analyses));
    object_text(object, "status", PICK(&random, states));
    object_text(object, "direction", mail->direction);
    object_text(object, "messageId", mail->blank_id ? "" : mail->message_id);
    object_text(object, "subject", mail->subject);
    object_format(object, "senderEnvelope", "news@%s", mail->sender_domain);
    struct text recipients = {0};
    text_printf(&recipients, "[\"%s\"]", mail->recipient);
    object_raw(object, "recipients", recipients.data);
    text_free(&recipients);
    object_text(object, "senderIp", mail->address);
    if (url) object_format(object, "url", "https://%s/login?next=%%2F", mail->sender_domain);
}

void event_write_report(struct text *out, const struct event_style *style, const struct event *event)
{
    struct mail mail = mail_of(style, event);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct object object;
    object_begin(&object, out, event->message % 10 == 0);
    if (event->source == REPORTED_EMAILS)
        write_reported(&object, style, event, &mail, marker);
    else
        write_threat(&object, style, event, &mail, marker);
    object_end(&object);
}
