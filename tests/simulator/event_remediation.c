/* Incidents of threat remediation. Each change makes a new version of the record: the same id, another
 * `modified`. The marker is in the reason. */
#include "cluster.h"
#include "mail.h"
#include "times.h"

static void write_criteria(struct object *object, const struct event_style *style, const struct mail *mail,
                           struct random *random, int64_t create_ms)
{
    struct text json = {0};
    struct object inner;
    object_begin(&inner, &json, object->ascii);
    object_format(&inner, "from", "news@%s", mail->sender_domain);
    object_text(&inner, "to", mail->recipient);
    if (random_chance(random, 500)) {
        object_text(&inner, "messageId", mail->blank_id ? "" : mail->message_id);
    } else {
        char hash[65];
        random_hex(random, hash, 64);
        object_text(&inner, "fileHash", hash);
    }
    object_date(&inner, "start", create_ms - 30 * DAY, random, style->nasty);
    object_date(&inner, "end", create_ms, random, style->nasty);
    object_end(&inner);
    object_raw(object, "searchCriteria", json.data);
    text_free(&json);
}

void event_write_remediation(struct text *out, const struct event_style *style, const struct event *event)
{
    static const char *const types[] = {"notify_only", "automatic", "manual"};
    /* What all versions of the incident share. */
    struct random random = {mix2(style->seed ^ 0x696e63u, (uint64_t)style->account << 32 | event->message)};
    struct mail mail = mail_of(style, event);
    int64_t create_ms = event->event_ms - cluster_change_ms(event->message, event->variant);
    int64_t identified = 1 + (int64_t)random_below(&random, 40);
    int64_t done = event->variant < 3 ? identified * event->variant / 2 : identified;
    int64_t failed = (int64_t)random_below(&random, 2);
    bool restored = event->variant == 3;
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);

    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    object_format(&object, "id", "eNoVTr%016llx",
                  (unsigned long long)mix2(style->seed, (uint64_t)style->account << 32 | event->message));
    object_format(&object, "code", "TR-%s-%05u-M", style->account_code, event->message + 1);
    const char *type = PICK(&random, types);
    object_text(&object, "type", restored ? "restored" : type);
    object_format(&object, "reason", "Malware found, see \"%s\"", marker);
    object_date(&object, "create", create_ms, &random, style->nasty);
    object_date(&object, "modified", event->event_ms, &random, style->nasty);
    object_integer(&object, "identified", identified);
    object_integer(&object, "successful", restored ? 0 : done);
    object_integer(&object, "failed", event->variant ? failed : 0);
    object_integer(&object, "restored", restored ? identified : 0);
    write_criteria(&object, style, &mail, &random, create_ms);
    object_end(&object);
}
