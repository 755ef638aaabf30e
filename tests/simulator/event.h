/* One invented event. The record is small and everything else follows from it and the seed, so a world of
 * millions of events fits in memory and each can be written again, byte for byte. */
#ifndef SIMULATOR_EVENT_H
#define SIMULATOR_EVENT_H

#include "text.h"

/* Each endpoint that is asked for something of its own, with its permission, quota and faults. */
enum source {
    SIEM,
    AUDIT,
    TTP_URL,
    TTP_ATTACHMENT,
    TTP_IMPERSONATION,
    DLP,
    HELD_RELEASE,
    REJECTIONS,
    HOLD_QUEUE,
    ARCHIVE_SEARCH,
    ARCHIVE_VIEW,
    REMEDIATION,
    THREAT_INTEL,
    REPORTED_EMAILS,
    THREAT_EVENTS,
    MESSAGE_FINDER, /* this and the next have no events of their own */
    MESSAGE_INFO,
    SIEM_CI, /* only over API 2.0 */
    SOURCES
};

/* Log types of the source `siem`. */
enum siem_type {
    RECEIPT,
    PROCESS,
    DELIVERY,
    JOURNAL,
    ANTIVIRUS,
    SPAM,
    URL_PROTECT,
    ATTACHMENT_PROTECT,
    IMPERSONATION,
    INTERNAL_PROTECT,
    SIEM_TYPES
};

/* Types of Cloud Integrated, which only API 2.0 has. */
enum ci_type { CI_ENTITIES, CI_MAILFLOW, CI_URLCLICK, CI_TYPES };

/* Types of the source `hold-queue`. */
enum queue_type { QUEUE_APPEARED, QUEUE_LEFT };

/* Types of the source `threat-intel`, and its variants. */
enum feed { FEED_CUSTOMER, FEED_GRID, FEEDS };
enum stix { STIX_INDICATOR, STIX_MALWARE, STIX_RELATIONSHIP, STIX_OBSERVED_DATA, STIX_INDICATOR_CHANGED };

struct event {
    int64_t event_ms;   /* whole seconds */
    int64_t visible_ms; /* from when on the API shows it */
    int64_t gone_ms;    /* not 0: from then on it does not, or shows a newer version of it */
    uint32_t
        sequence;     /* which event of its account and source; equal for two events that are exactly equal */
    uint32_t message; /* which mail (or cluster of records): events of one message share its facts */
    uint8_t source, type;
    uint8_t variant; /* which of the records of its message and type */
};

/* Whose event, and how to write it. */
struct event_style {
    uint64_t seed;
    unsigned account;
    const char *account_code;
    bool nasty;           /* with the values that break collectors */
    bool varied;          /* API 2.0: in all its spellings */
    bool plain_detail;    /* SpamProcessingDetail always as an object */
    uint64_t token_nonce; /* not 0: ids of the form MTOKEN: differ from call to call */
};

/* Where a request can go: to the endpoint of a source, or to one of these. */
enum request_place { PLACE_EVERYWHERE = SOURCES, PLACE_TOKEN, PLACE_STORAGE, PLACES };

const char *place_name(int place);
/* PLACE_EVERYWHERE if there is none of that name. */
int place_named(const char *name);
const char *source_name(enum source source);
/* Whether it is a log: the others can only be asked. */
bool source_has_events(enum source source);
/* The source of that name, or SOURCES. */
enum source source_named(const char *name);
const char *siem_type_name(enum siem_type type);
/* The log type, as the truth names it. */
const char *event_type_name(const struct event *event);
/* That the item left the queue: due when it is gone. */
struct event event_leaving(const struct event *event);
/* When there is something to see of it. */
int64_t event_due_ms(const struct event *event);

/* "evt" and 16 hex digits: a text inside each event that nothing else has, except its exact equals and the
 * records of source dlp that differ only in their action. Survives field mapping. */
enum { MARKER_SIZE = 20 };
void event_marker(const struct event_style *style, const struct event *event, char marker[MARKER_SIZE]);

/* Whether the mail event has the null sender. */
bool event_without_sender(const struct event_style *style, const struct event *event);

/* Appends the event's JSON object, on one line. */
void event_write(struct text *out, const struct event_style *style, const struct event *event);
void event_write_siem(struct text *out, const struct event_style *style, const struct event *event);
/* The same happening as API 2.0 writes it. */
void event_write_batch(struct text *out, const struct event_style *style, const struct event *event);
void event_write_ci(struct text *out, const struct event_style *style, const struct event *event);
/* "receipt", "url protect": how API 2.0 spells the type. */
const char *batch_type_name(enum siem_type type);
const char *ci_type_name(enum ci_type type);
void event_write_audit(struct text *out, const struct event_style *style, const struct event *event);
void event_write_ttp(struct text *out, const struct event_style *style, const struct event *event);
void event_write_dlp(struct text *out, const struct event_style *style, const struct event *event);
void event_write_gateway(struct text *out, const struct event_style *style, const struct event *event);
void event_write_threat(struct text *out, const struct event_style *style, const struct event *event);
void event_write_remediation(struct text *out, const struct event_style *style, const struct event *event);
void event_write_report(struct text *out, const struct event_style *style, const struct event *event);
void event_write_archive(struct text *out, const struct event_style *style, const struct event *event);

#endif
