#include "event.h"
#include "random.h"
#include <stdio.h>
#include <string.h>

struct source_form {
    const char *name;
    void (*write)(struct text *out, const struct event_style *style, const struct event *event);
};

static const struct source_form sources[SOURCES] = {
    [SIEM] = {"siem", event_write_siem},
    [AUDIT] = {"audit", event_write_audit},
    [TTP_URL] = {"ttp-url", event_write_ttp},
    [TTP_ATTACHMENT] = {"ttp-attachment", event_write_ttp},
    [TTP_IMPERSONATION] = {"ttp-impersonation", event_write_ttp},
    [DLP] = {"dlp", event_write_dlp},
    [HELD_RELEASE] = {"held-release", event_write_gateway},
    [REJECTIONS] = {"rejections", event_write_gateway},
    [HOLD_QUEUE] = {"hold-queue", event_write_gateway},
    [REMEDIATION] = {"remediation", event_write_remediation},
    [THREAT_INTEL] = {"threat-intel", event_write_threat},
    [REPORTED_EMAILS] = {"reported-emails", event_write_report},
    [THREAT_EVENTS] = {"threat-events", event_write_report},
    [MESSAGE_FINDER] = {"message-finder", NULL},
    [MESSAGE_INFO] = {"message-info", NULL},
    [ARCHIVE_SEARCH] = {"archive-search", event_write_archive},
    [ARCHIVE_VIEW] = {"archive-view", event_write_archive},
    [SIEM_CI] = {"siem-ci", event_write_ci},
};

const char *source_name(enum source source)
{
    return sources[source].name;
}

bool source_has_events(enum source source)
{
    return sources[source].write != NULL;
}

enum source source_named(const char *name)
{
    for (int i = 0; i < SOURCES; i++)
        if (strcmp(name, sources[i].name) == 0) return (enum source)i;
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

const char *event_type_name(const struct event *event)
{
    static const char *const objects[] = {[STIX_INDICATOR] = "indicator",
                                          [STIX_MALWARE] = "malware",
                                          [STIX_RELATIONSHIP] = "relationship",
                                          [STIX_OBSERVED_DATA] = "observed-data",
                                          [STIX_INDICATOR_CHANGED] = "indicator"};
    static const char *const integrated[CI_TYPES] = {"ci-entities", "ci-mailflow", "ci-urlclick"};
    if (event->source == SIEM) return siem_type_name(event->type);
    if (event->source == SIEM_CI) return integrated[event->type];
    if (event->source == THREAT_INTEL) return objects[event->variant];
    if (event->source == HOLD_QUEUE && event->type == QUEUE_LEFT) return "hold-queue-left";
    return source_name(event->source);
}

struct event event_leaving(const struct event *event)
{
    struct event left = *event;
    left.type = QUEUE_LEFT;
    return left;
}

int64_t event_due_ms(const struct event *event)
{
    return event->source == HOLD_QUEUE && event->type == QUEUE_LEFT ? event->gone_ms : event->visible_ms;
}

void event_marker(const struct event_style *style, const struct event *event, char marker[MARKER_SIZE])
{
    uint32_t number = event->source == DLP ? event->message : event->sequence;
    uint64_t place = (uint64_t)style->account << 40 | (uint64_t)event->source << 32 | number;
    snprintf(marker, MARKER_SIZE, "evt%016llx", (unsigned long long)mix(place ^ mix(style->seed)));
}

void event_write(struct text *out, const struct event_style *style, const struct event *event)
{
    sources[event->source].write(out, style, event);
}
