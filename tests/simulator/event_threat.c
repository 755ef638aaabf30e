/* Threat intelligence: STIX objects. The marker is in the description or in the name. */
#include "cluster.h"
#include "mail.h"
#include "times.h"
#include <stdio.h>
#include <string.h>

enum { UUID_SIZE = 37 };

/* The id of one of the objects of a happening; that of an indicator stays when the indicator is corrected. */
static void write_uuid(const struct event_style *style, const struct event *event, unsigned object,
                       char uuid[UUID_SIZE])
{
    uint64_t place = (uint64_t)style->account << 40 | (uint64_t)event->message << 8 | object;
    uint64_t high = mix2(style->seed ^ 0x73746978u, place), low = mix(high);
    snprintf(uuid, UUID_SIZE, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)(high >> 32),
             (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff), (unsigned)(low >> 52),
             (unsigned long long)(low & 0xffffffffffffu));
}

/* 2026-06-15T08:05:09.123Z */
static void write_instant(struct object *object, const char *key, int64_t ms)
{
    struct text time = {0};
    time_iso(&time, ms, 0, false);
    time.size -= strlen("+0000");
    text_printf(&time, ".%03uZ", (unsigned)(ms % SECOND));
    object_text(object, key, time.data);
    text_free(&time);
}

static void write_indicator(struct object *object, const struct event *event, struct random *of_both,
                            int64_t created_ms, const char *marker)
{
    static const struct {
        const char *name;
        size_t digits;
    } hashes[] = {{"SHA-256", 64}, {"SHA-256", 64}, {"SHA-1", 40}, {"MD5", 32}};
    size_t which = random_below(of_both, sizeof hashes / sizeof *hashes);
    char hash[65];
    random_hex(of_both, hash, hashes[which].digits);
    object_format(object, "description", "%s of a file in a message, Source: Mimecast (%s)",
                  hashes[which].name, marker);
    object_format(object, "pattern", "[file:hashes.'%s' = '%s']", hashes[which].name, hash);
    write_instant(object, "valid_from", created_ms);
    object_raw(object, "labels",
               event->variant == STIX_INDICATOR ? "[\"malicious-activity\"]"
                                                : "[\"malicious-activity\",\"corrected\"]");
}

static void write_relationship(struct object *object, const struct event_style *style,
                               const struct event *event, const char *marker)
{
    char uuid[UUID_SIZE];
    object_text(object, "relationship_type", "indicates");
    write_uuid(style, event, STIX_INDICATOR, uuid);
    object_format(object, "source_ref", "indicator--%s", uuid);
    write_uuid(style, event, STIX_MALWARE, uuid);
    object_format(object, "target_ref", "malware--%s", uuid);
    object_text(object, "description", marker);
}

void event_write_threat(struct text *out, const struct event_style *style, const struct event *event)
{
    struct random random = event_random(style, event);
    /* What the versions of one indicator share. */
    struct random of_both = {mix2(style->seed ^ 0x696f63u, (uint64_t)style->account << 32 | event->message)};
    struct mail mail = mail_of(style, event);
    bool changed = event->variant == STIX_INDICATOR_CHANGED;
    unsigned object_kind = changed ? STIX_INDICATOR : event->variant;
    int64_t fraction_ms = (int64_t)random_below(&of_both, SECOND),
            modified_ms = event->event_ms + fraction_ms;
    int64_t created_ms = modified_ms - (changed ? cluster_change_ms(event->message, 1) : 0);
    const char *type = event_type_name(event);
    char marker[MARKER_SIZE], uuid[UUID_SIZE];
    event_marker(style, event, marker);
    write_uuid(style, event, object_kind, uuid);

    struct object object;
    object_begin(&object, out, random_chance(&random, 100));
    object_text(&object, "type", type);
    object_format(&object, "id", "%s--%s", type, uuid);
    write_instant(&object, "created", created_ms);
    write_instant(&object, "modified", modified_ms);
    if (object_kind == STIX_INDICATOR) {
        write_indicator(&object, event, &of_both, created_ms, marker);
    } else if (object_kind == STIX_MALWARE) {
        object_format(&object, "name", "Trojan.Gen|%s \"%s\"", marker, mail.subject);
        object_raw(&object, "labels", "[\"virus\"]");
    } else if (object_kind == STIX_RELATIONSHIP) {
        write_relationship(&object, style, event, marker);
    } else {
        write_instant(&object, "first_observed", created_ms);
        write_instant(&object, "last_observed", modified_ms);
        object_integer(&object, "number_observed", 1 + (int64_t)random_below(&random, 9));
        struct text objects = {0};
        text_printf(&objects, "{\"0\":{\"type\":\"email-addr\",\"value\":\"news+%s@%s\"}}", marker,
                    mail.sender_domain);
        object_raw(&object, "objects", objects.data);
        text_free(&objects);
    }
    object_end(&object);
}
