/* Data leak prevention: several records of one mail differ only in their action. The marker is in the
 * sender's address and is the mail's. */
#include "mail.h"
#include "times.h"

void event_write_dlp(struct text *out, const struct event_style *style, const struct event *event)
{
    static const char *const actions[] = {"notification", "secure_messaging", "hold", "bounce"};
    struct mail mail = mail_of(style, event);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct text time = {0};
    time_iso(&time, event->event_ms, 0, false);
    struct object object;
    object_begin(&object, out, event->message % 10 == 0);
    object_format(&object, "senderAddress", "payroll+%s@%s", marker, mail.domain);
    object_format(&object, "recipientAddress", "office@%s", mail.sender_domain);
    object_text(&object, "subject", mail.subject);
    object_text(&object, "eventTime", time.data);
    object_text(&object, "route", "outbound");
    object_text(&object, "policy", "Credit cards, IBAN \"strict\" = on");
    object_text(&object, "action", actions[(event->variant + event->message) % 4]);
    object_text(&object, "messageId", mail.blank_id ? "" : mail.message_id);
    object_end(&object);
    text_free(&time);
}
