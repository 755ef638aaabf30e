#include "event.h"
#include "random.h"
#include <stdio.h>
#include <string.h>

static const char *const sources[SOURCES] = {
    "siem", "audit", "ttp-url", "ttp-attachment", "ttp-impersonation", "dlp"};

const char *source_name(enum source source)
{
    return sources[source];
}

enum source source_named(const char *name)
{
    for (int i = 0; i < SOURCES; i++)
        if (strcmp(name, sources[i]) == 0) return (enum source)i;
    return SOURCES;
}

const char *place_name(int place)
{
    return place == PLACE_TOKEN     ? "token"
           : place == PLACE_STORAGE ? "storage"
           : place < SOURCES        ? source_name((enum source)place)
                                    : "everywhere";
}

int place_named(const char *name)
{
    if (strcmp(name, "token") == 0) return PLACE_TOKEN;
    if (strcmp(name, "storage") == 0) return PLACE_STORAGE;
    return (int)source_named(name);
}

const char *siem_type_name(enum siem_type type)
{
    static const char *const names[SIEM_TYPES] = {"receipt", "process", "delivery", "jrnl",          "av",
                                                  "spam",    "ttp_url", "ttp_ap",   "impersonation", "iep"};
    return names[type];
}

void event_marker(const struct event_style *style, const struct event *event, char marker[MARKER_SIZE])
{
    uint32_t number = event->source == DLP ? event->message : event->sequence;
    uint64_t place = (uint64_t)style->account << 36 | (uint64_t)event->source << 32 | number;
    snprintf(marker, MARKER_SIZE, "evt%016llx", (unsigned long long)mix(place ^ mix(style->seed)));
}

void event_write(struct text *out, const struct event_style *style, const struct event *event)
{
    switch ((enum source)event->source) {
    case SIEM:
        event_write_siem(out, style, event);
        break;
    case AUDIT:
        event_write_audit(out, style, event);
        break;
    case TTP_URL:
    case TTP_ATTACHMENT:
    case TTP_IMPERSONATION:
        event_write_ttp(out, style, event);
        break;
    case DLP:
        event_write_dlp(out, style, event);
        break;
    case SOURCES:
        break;
    }
}
