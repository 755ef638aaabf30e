/* Who searched the archive and who read a message in it. The marker is in the reason, or in the subject. */
#include "mail.h"
#include "times.h"

static void write_search(struct object *object, const struct event_style *style, const struct event *event,
                         const struct mail *mail, struct random *random, const char *marker)
{
    static const char *const texts[] = {"invoice AND \"wire transfer\"", "from:ceo | subject=offer", "", "*"};
    static const char *const sources[] = {"archive", "Archive Search", "muse"};
    object_date(object, "createTime", event->event_ms, random, style->nasty);
    /* A search that the system ran has no user; it is written as the null sender. */
    object_text(object, "emailAddr", random_chance(random, 80) ? "<>" : mail->recipient);
    object_text(object, "source", PICK(random, sources));
    object_text(object, "searchText", PICK(random, texts));
    object_format(object, "searchReason", "case %s, \"privileged\"", marker);
    if (random_chance(random, 500)) object_text(object, "searchPath", "Inbox\\2026 / all");
    object_raw(object, "isAdmin", random_chance(random, 400) ? "true" : "false");
    object_text(object, "museQuery",
                "<?xml version=\"1.0\"?><xmlquery trace=\"iql,muse\"><metadata query-type=\"emailarchive\"/>"
                "</xmlquery>");
    object_format(object, "description", "Message Tracking Search by %s %s", mail->first_name,
                  mail->last_name);
}

static void write_view(struct object *object, const struct event_style *style, const struct event *event,
                       const struct mail *mail, struct random *random, const char *marker)
{
    object_text(object, "viewer", mail->recipient);
    object_text(object, "source", random_chance(random, 500) ? "Archive" : "Discovery Case");
    object_date(object, "viewed", event->event_ms, random, style->nasty);
    object_format(object, "from", "news@%s", mail->sender_domain);
    object_text(object, "to", random_chance(random, 50) ? "<>" : mail->recipient);
    object_format(object, "subject", "%s [%s]", mail->subject, marker);
    object_date(object, "messageDate", event->event_ms - (int64_t)random_below(random, 90) * DAY, random,
                style->nasty);
    if (random_chance(random, 200)) object_text(object, "discoveryCase", "Case 7, \"Meyer\"");
    object_raw(object, "contentViewed", random_chance(random, 700) ? "true" : "false");
}

void event_write_archive(struct text *out, const struct event_style *style, const struct event *event)
{
    struct random random = event_random(style, event);
    struct mail mail = mail_of(style, event);
    char marker[MARKER_SIZE];
    event_marker(style, event, marker);
    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    if (event->source == ARCHIVE_SEARCH)
        write_search(&object, style, event, &mail, &random, marker);
    else
        write_view(&object, style, event, &mail, &random, marker);
    object_end(&object);
}
