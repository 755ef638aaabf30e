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

static const char audit_product[] = "Audit Events", security_product[] = "Security Events";

#define POSTED(apis_of_it, path_of_it, source_of_it, list_of_it, from_of_it, to_of_it, permission_of_it,     \
               product_of_it, fields_of_it)                                                                  \
    [source_of_it] = {path_of_it,    "POST",       apis_of_it,         source_of_it,                         \
                      list_of_it,    from_of_it,   to_of_it,           permission_of_it,                     \
                      product_of_it, fields_of_it, COUNT(fields_of_it)}

static const struct endpoint endpoints[SOURCES] = {
    POSTED(API_1, "/api/audit/get-siem-logs", SIEM, NULL, NULL, NULL, "Gateway | Tracking | Read", NULL,
           siem_fields),
    POSTED(BOTH_APIS, "/api/audit/get-audit-events", AUDIT, NULL, "startDateTime", "endDateTime",
           "Account | Logs | Read", audit_product, audit_fields),
    POSTED(BOTH_APIS, "/api/ttp/url/get-logs", TTP_URL, "clickLogs", "from", "to",
           "Monitoring | URL Protection | Read", security_product, url_fields),
    POSTED(BOTH_APIS, "/api/ttp/attachment/get-logs", TTP_ATTACHMENT, "attachmentLogs", "from", "to",
           "Monitoring | Attachment Protection | Read", security_product, attachment_fields),
    POSTED(BOTH_APIS, "/api/ttp/impersonation/get-logs", TTP_IMPERSONATION, "impersonationLogs", "from", "to",
           "Monitoring | Impersonation Protection | Read", security_product, impersonation_fields),
    POSTED(BOTH_APIS, "/api/dlp/get-logs", DLP, "dlpLogs", "from", "to",
           "Monitoring | Data Leak Prevention | Read", security_product, dlp_fields),
};

const struct endpoint *endpoint_of(enum source source)
{
    return &endpoints[source];
}

const char *endpoint_product(enum source source)
{
    return endpoints[source].product;
}

const struct endpoint *endpoint_at(const char *path, unsigned api)
{
    for (int i = 0; i < SOURCES; i++)
        if (endpoints[i].apis & api && strcmp(endpoints[i].path, path) == 0) return &endpoints[i];
    return NULL;
}
