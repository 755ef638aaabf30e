/* Which endpoints there are, and the fields that each allows. */
#include "endpoint.h"
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static const struct field siem_fields[] = {
    {"type", FIELD_CHOICE, true, " MTA "},
    {"token", FIELD_TEXT, false, NULL},
    /* Optional to Mimecast. Left out on a later page they silently change the format in mid-stream, which is
     * a known mistake, so here both are wanted on every call. */
    {"fileFormat", FIELD_CHOICE, true, " json key_value "},
    {"compress", FIELD_BOOLEAN, true, NULL},
};
static const struct field audit_fields[] = {
    {"startDateTime", FIELD_DATE, true, NULL},
    {"endDateTime", FIELD_DATE, true, NULL},
    {"query", FIELD_TEXT, false, NULL},
    {"categories", FIELD_TEXTS, false, NULL},
};
static const struct field url_fields[] = {
    {"from", FIELD_DATE, false, NULL},
    {"to", FIELD_DATE, false, NULL},
    {"oldestFirst", FIELD_BOOLEAN, false, NULL},
    {"route", FIELD_CHOICE, false, " all inbound outbound internal "},
    {"scanResult", FIELD_CHOICE, false, " all clean malicious "},
};
static const struct field attachment_fields[] = {
    {"from", FIELD_DATE, false, NULL},
    {"to", FIELD_DATE, false, NULL},
    {"oldestFirst", FIELD_BOOLEAN, false, NULL},
    {"route", FIELD_CHOICE, false, " all inbound outbound internal "},
    {"result", FIELD_CHOICE, false, " all safe malicious timeout error unsafe "},
};
static const struct field impersonation_fields[] = {
    {"from", FIELD_DATE, false, NULL},
    {"to", FIELD_DATE, false, NULL},
    {"oldestFirst", FIELD_BOOLEAN, false, NULL},
    {"taggedMalicious", FIELD_BOOLEAN, false, NULL},
    {"searchField", FIELD_CHOICE, false, " all senderAddress recipientAddress subject policy "},
    {"query", FIELD_TEXT, false, NULL},
    {"identifiers", FIELD_TEXTS, false, NULL},
    {"actions", FIELD_CHOICES, false, " hold bounce none "},
};
static const struct field dlp_fields[] = {
    {"from", FIELD_DATE, false, NULL},
    {"to", FIELD_DATE, false, NULL},
    {"oldestFirst", FIELD_BOOLEAN, false, NULL},
    {"routes", FIELD_CHOICES, false, " inbound outbound internal "},
    {"searchField", FIELD_CHOICE, false, " all senderAddress recipientAddress subject policy "},
    {"query", FIELD_TEXT, false, NULL},
    {"actions", FIELD_TEXTS, false, NULL},
};

static const struct field held_release_fields[] = {
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"searchBy", FIELD_SEARCH, false, " all operator from to subject info heldReason "},
    {"filterBy", FIELD_FILTERS, false, " route status attachments spamScore "},
};
static const struct field rejection_fields[] = {
    {"admin", FIELD_BOOLEAN, false, NULL},
    {"mailbox", FIELD_TEXT, false, NULL},
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"searchBy", FIELD_SEARCH, false, " all from to type info remoteIp "},
};
static const struct field hold_fields[] = {
    {"admin", FIELD_BOOLEAN, false, NULL},
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"searchBy", FIELD_SEARCH, false, " all subject sender recipient reason_code "},
    {"filterBy", FIELD_FILTERS, false, " attachments route "},
};
static const struct field remediation_fields[] = {
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"searchBy", FIELD_SEARCH, false, " all code from to subject reason messageId fileHash "},
    {"filterBy", FIELD_SEARCH, false, " type "},
};
static const struct field feed_fields[] = {
    {"feedType", FIELD_CHOICE, true, " malware_customer malware_grid "},
    {"fileType", FIELD_CHOICE, false, " csv stix "},
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"compress", FIELD_BOOLEAN, false, NULL},
    {"token", FIELD_TEXT, false, NULL},
};
static const struct field finder_fields[] = {
    {"messageId", FIELD_TEXT, false, NULL},
    {"advancedTrackAndTraceOptions", FIELD_OPTIONS, false, " from to subject senderIP url route "},
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"searchReason", FIELD_TEXT, false, NULL},
    {"route", FIELD_CHOICES, false, " all internal outbound inbound external "},
    {"status", FIELD_TEXTS, false, NULL},
    {"attachments", FIELD_BOOLEAN, false, NULL},
};
static const struct field info_fields[] = {
    {"id", FIELD_TEXT, true, NULL},
};
static const struct field report_fields[] = {
    {"dateRangeStartsAt", FIELD_INSTANT, false, NULL},
    {"dateRangeEndsAt", FIELD_INSTANT, false, NULL},
    {"pageSize", FIELD_CHOICE, false, " 25 50 100 250 500 "},
    {"offset", FIELD_NUMBER, false, "0..1000000"},
};
static const struct field threat_fields[] = {
    {"timestampRangeStartsAt", FIELD_INSTANT, true, NULL},
    {"timestampRangeEndsAt", FIELD_INSTANT, false, NULL},
    {"analysis", FIELD_CHOICE, false, " malware phishing spam suspicious unwanted "},
    {"status", FIELD_CHOICE, false, " blocked rejected delivered held bounced unknown "},
    {"direction", FIELD_CHOICE, false, " inbound outbound internal "},
    {"source", FIELD_CHOICE, false, " email url "},
    {"pageSize", FIELD_NUMBER, false, "1..100"},
    {"limit", FIELD_NUMBER, false, "1..1000"},
    {"orderBy", FIELD_CHOICE, false, " timestamp:desc timestamp:asc "},
    {"pageToken", FIELD_TEXT, false, NULL},
};
static const struct field archive_fields[] = {
    {"start", FIELD_DATE, false, NULL},
    {"end", FIELD_DATE, false, NULL},
    {"query", FIELD_TEXT, false, NULL},
};

static const char audit_product[] = "Audit Events";
static const char events_product[] = "Security Events";
static const char threats_product[] = "Threat Management";
static const char gateway_product[] = "Email Security Cloud Gateway";

/* Everything below /api/ is posted. */
#define POSTED(path_of_it, source_of_it, apis_of_it)                                                         \
    .path = (path_of_it), .method = "POST", .apis = (apis_of_it), .source = (source_of_it)
/* The newer lists of API 2.0. */
#define ASKED(path_of_it, source_of_it)                                                                      \
    .path = (path_of_it), .method = "GET", .apis = API_2, .source = (source_of_it),                          \
    .permission = "Security Events and Data Retrieval | Threat and Security Statistics | Read",              \
    .product = "Threats, Security Events, and Data for CG"
#define FIELDS(list) .fields = (list), .field_count = COUNT(list)

/* Their queries are in batches.c. */
#define BATCHES(path_of_it, source_of_it)                                                                    \
    .path = (path_of_it), .method = "GET", .apis = API_2, .source = (source_of_it),                          \
    .permission = "Security Events and Data Retrieval | Threat and Security Events (SIEM) | Read"

static const struct endpoint endpoints[] = {
    {POSTED("/api/audit/get-siem-logs", SIEM, API_1), .no_pages = true,
     .permission = "Gateway | Tracking | Read", FIELDS(siem_fields)},
    {POSTED("/api/audit/get-audit-events", AUDIT, BOTH_APIS), .from = "startDateTime", .to = "endDateTime",
     .permission = "Account | Logs | Read", .product = audit_product, FIELDS(audit_fields)},
    {POSTED("/api/ttp/url/get-logs", TTP_URL, BOTH_APIS), .total_count = true, .list = "clickLogs",
     .from = "from", .to = "to", .permission = "Monitoring | URL Protection | Read",
     .product = events_product, FIELDS(url_fields)},
    {POSTED("/api/ttp/attachment/get-logs", TTP_ATTACHMENT, BOTH_APIS), .list = "attachmentLogs",
     .from = "from", .to = "to", .permission = "Monitoring | Attachment Protection | Read",
     .product = events_product, FIELDS(attachment_fields)},
    {POSTED("/api/ttp/impersonation/get-logs", TTP_IMPERSONATION, BOTH_APIS), .list = "impersonationLogs",
     .from = "from", .to = "to", .permission = "Monitoring | Impersonation Protection | Read",
     .product = events_product, FIELDS(impersonation_fields)},
    {POSTED("/api/dlp/get-logs", DLP, BOTH_APIS), .list = "dlpLogs", .from = "from", .to = "to",
     .permission = "Monitoring | Data Leak Prevention | Read", .product = events_product, FIELDS(dlp_fields)},
    {POSTED("/api/gateway/get-held-release-logs", HELD_RELEASE, BOTH_APIS), .list = "heldReleaseLogs",
     .from = "start", .to = "end", .default_days = 30, .permission = "Monitoring | Held | Read",
     .product = audit_product, FIELDS(held_release_fields)},
    {POSTED("/api/gateway/get-rejections", REJECTIONS, BOTH_APIS), .list = "rejectionLogs", .from = "start",
     .to = "end", .only_own_mailbox = true, .permission = "Monitoring | Rejections | Read",
     .product = audit_product, FIELDS(rejection_fields)},
    {POSTED("/api/gateway/get-hold-message-list", HOLD_QUEUE, BOTH_APIS), .from = "start", .to = "end",
     .default_days = 365, .total_count = true, .only_own_mailbox = true,
     .permission = "Account | Dashboard | Read", .product = gateway_product, FIELDS(hold_fields)},
    {POSTED("/api/ttp/remediation/find-incidents", REMEDIATION, BOTH_APIS), .list = "incidents",
     .from = "start", .to = "end", .never_empty = true, .permission = "Services | Threat Remediation | Read",
     .product = threats_product, FIELDS(remediation_fields)},
    {POSTED("/api/ttp/threat-intel/get-feed", THREAT_INTEL, BOTH_APIS), .from = "start", .to = "end",
     .default_days = 7, .no_pages = true, .permission = "Services | Gateway | Tracking | Read",
     .product = threats_product, FIELDS(feed_fields)},
    {POSTED("/api/message-finder/search", MESSAGE_FINDER, BOTH_APIS), .from = "start", .to = "end",
     .default_days = 30, .permission = "Gateway | Tracking | Read", .product = gateway_product,
     FIELDS(finder_fields)},
    {POSTED("/api/message-finder/get-message-info", MESSAGE_INFO, BOTH_APIS), .no_pages = true,
     .permission = "Gateway | Tracking | Read", .product = gateway_product, FIELDS(info_fields)},
    {ASKED("/threat-reporting/v1/reported-emails", REPORTED_EMAILS), .from = "dateRangeStartsAt",
     .to = "dateRangeEndsAt", .default_days = 7, FIELDS(report_fields)},
    {ASKED("/threats/v1/events", THREAT_EVENTS), .from = "timestampRangeStartsAt",
     .to = "timestampRangeEndsAt", FIELDS(threat_fields)},
    {POSTED("/api/archive/get-search-logs", ARCHIVE_SEARCH, API_1), .list = "logs", .from = "start",
     .to = "end", .permission = "Archive | Search Logs | Read", FIELDS(archive_fields)},
    {POSTED("/api/archive/get-archive-search-logs", ARCHIVE_SEARCH, API_2), .list = "logs", .from = "start",
     .to = "end", .permission = "Archive | Search Logs | Read", .product = audit_product,
     FIELDS(archive_fields)},
    {POSTED("/api/archive/get-view-logs", ARCHIVE_VIEW, BOTH_APIS), .from = "start", .to = "end",
     .permission = "Archive | View Logs | Read", .product = audit_product, FIELDS(archive_fields)},
    {BATCHES("/siem/v1/batch/events/cg", SIEM), .product = "Threats, Security Events, and Data for CG"},
    {BATCHES("/siem/v1/batch/events/ci", SIEM_CI), .product = "Threats, Security Events, and Data for CI"},
};

const struct endpoint *endpoint_of(enum source source)
{
    for (size_t i = 0; i < COUNT(endpoints); i++)
        if (endpoints[i].source == source) return &endpoints[i];
    return NULL;
}

const struct endpoint *endpoint_over(enum source source, unsigned api)
{
    for (size_t i = 0; i < COUNT(endpoints); i++)
        if (endpoints[i].source == source && endpoints[i].apis & api) return &endpoints[i];
    return NULL;
}

const char *endpoint_product(enum source source)
{
    for (size_t i = 0; i < COUNT(endpoints); i++)
        if (endpoints[i].source == source && endpoints[i].product) return endpoints[i].product;
    return NULL;
}

const struct endpoint *endpoint_at(const char *path, unsigned api)
{
    for (size_t i = 0; i < COUNT(endpoints); i++)
        if (endpoints[i].apis & api && strcmp(endpoints[i].path, path) == 0) return &endpoints[i];
    return NULL;
}
