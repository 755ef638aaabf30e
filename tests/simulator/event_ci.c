/* Events of Cloud Integrated, which only API 2.0 has: entities, mailflow, urlclick. The marker is in the
 * sender's address. */
#include "mail.h"
#include "times.h"
#include <stdio.h>

const char *ci_type_name(enum ci_type type)
{
    static const char *const names[CI_TYPES] = {"entities", "mailflow", "urlclick"};
    return names[type];
}

static void write_entity(struct object *object, const struct mail *mail, bool varied, struct random *random)
{
    static const char *const states[] = {"SAFE", "SUSPICIOUS", "MALICIOUS"};
    object_text(object, "threatState", PICK(random, states));
    object_text(object, "threatType", random_chance(random, 300) ? "PHISHING" : "NONE");
    char hash[65];
    random_hex(random, hash, 64);
    struct text json = {0};
    text_printf(&json, "[{\"fileName\":\"notes %u.pdf\",\"sha256\":\"%s\"}]",
                (unsigned)random_below(random, 900), hash);
    object_raw(object, "attachments", random_chance(random, 300) ? json.data : "[]");
    text_free(&json);
    object_raw(object, "policiesApplied",
               "[{\"action\":\"QUARANTINE\",\"mode\":\"AUTOMATIC\",\"name\":\"Default policy\"}]");
    if (varied && random_chance(random, 300)) object_raw(object, "historicalMail", "false");
    if (varied && random_chance(random, 300)) object_raw(object, "tags", "[\"first-contact\"]");
    object_format(object, "senderHeader", "%s %s <news@%s>", mail->first_name, mail->last_name,
                  mail->sender_domain);
}

static void write_mailflow(struct object *object, struct random *random)
{
    object_raw(object, "authResults",
               random_chance(random, 800) ? "[{\"type\":\"SPF\",\"result\":\"PASS\",\"aligned\":true},"
                                            "{\"type\":\"DKIM\",\"result\":\"NONE\",\"aligned\":false}]"
                                          : "[]");
    object_integer(object, "attempt", 1 + (int64_t)random_below(random, 3));
}

static void write_click(struct object *object, const struct mail *mail, struct random *random)
{
    object_format(object, "url", "https://%s/login?u=%u", mail->sender_domain, (unsigned)random_next(random));
    object_text(object, "action", "BLOCK");
    object_text(object, "clickSource", "EMAIL");
}

void event_write_ci(struct text *out, const struct event_style *style, const struct event *event)
{
    static const char *const subtypes[CI_TYPES] = {"EMAIL", "DELIVERED", "CLICK"};
    struct random random = event_random(style, event);
    struct mail mail = mail_of(style, event);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    if (style->varied && random_chance(&random, 300)) {
        object_integer(&object, "_offset", (int64_t)random_below(&random, 1000000));
        object_integer(&object, "_partition", (int64_t)random_below(&random, 12));
    }
    object_integer(&object, "timestamp", event->event_ms + (style->nasty ? event->sequence % SECOND : 0));
    object_text(&object, "accountId", style->account_code);
    object_text(&object, "aggregateId", mail.code);
    object_format(&object, "processingId", "%016llx",
                  (unsigned long long)mix2(style->seed ^ style->account, event->sequence));
    object_text(&object, "type", ci_type_name(event->type));
    object_text(&object, "subtype", subtypes[event->type]);
    object_text(&object, "source", "OFFICE_365_MAIL");
    object_text(&object, "direction", "INBOUND");
    object_text(&object, "messageId", mail.message_id);
    object_text(&object, "subject", mail.subject);
    object_text(&object, "senderIp", mail.address);
    object_format(&object, "senderEnvelope", "bounce+%s@%s", marker, mail.sender_domain);
    struct text recipients = {0};
    text_printf(&recipients, "[\"%s\"]", mail.recipient);
    object_raw(&object, "recipients", recipients.data);
    text_free(&recipients);
    if (event->type == CI_ENTITIES)
        write_entity(&object, &mail, style->varied, &random);
    else if (event->type == CI_MAILFLOW)
        write_mailflow(&object, &random);
    else
        write_click(&object, &mail, &random);
    object_end(&object);
}
