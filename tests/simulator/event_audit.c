/* Audit events. The marker is in the id. */
#include "mail.h"
#include "times.h"

struct sentence {
    const char *type, *category, *text;
    bool connection; /* ends with Date, Time, IP, Application, Method */
};

void event_write_audit(struct text *out, const struct event_style *style, const struct event *event)
{
    static const struct sentence sentences[] = {
        {"User Logged On", "authentication_logs", "Successful authentication for %s <%s>", true},
        {"Logon Authentication Failed", "authentication_logs", "Failed authentication for %s <%s>", true},
        {"Policy Changed", "policy_logs", "Policy \"Block, all | of = it\" changed by %s <%s>", false},
        {"Search Action", "archive_service_logs", "Search by %s <%s> Reason: \"case 7\", Subject: a, b: c",
         false},
        {"New User Created", "account_logs", "User created: %s <%s>\nsecond line of prose", false},
    };
    struct random random = event_random(style, event);
    struct mail mail = mail_of(style, event);
    const struct sentence *sentence = &PICK(&random, sentences);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct text time = {0}, info = {0}, who = {0};

    time_iso(&time, event->event_ms, 0, style->nasty && random_chance(&random, 10));
    /* Names with commas, and pieces that are missing: prose varies without end. */
    text_printf(&who, random_chance(&random, 200) ? "%s, %s (Dr., MBA)" : "%s %s", mail.last_name,
                mail.first_name);
    for (const char *c = sentence->text; *c; c++) {
        if (c[0] == '%' && c[1] == 's') {
            text_puts(&info, who.data);
            text_clear(&who);
            text_puts(&who, mail.recipient);
            c++;
        } else {
            text_put(&info, *c);
        }
    }
    if (sentence->connection) {
        text_printf(&info, ", Date: %.10s, Time: %.8s EST", time.data, time.data + 11);
        if (!random_chance(&random, 150)) text_printf(&info, ", IP: %s", mail.address);
        text_puts(&info, ", Application: mimecast-case-review, Method: Cloud");
    }

    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    object_format(&object, "id", "eNoVzb%s%08x", marker, (unsigned)random_next(&random));
    object_text(&object, "auditType", sentence->type);
    if (!style->nasty || !random_chance(&random, 60)) object_text(&object, "user", mail.recipient);
    object_text(&object, "eventTime", time.data);
    object_text(&object, "eventInfo", info.data);
    object_text(&object, "category", sentence->category);
    object_end(&object);
    text_free(&time);
    text_free(&info);
    text_free(&who);
}
