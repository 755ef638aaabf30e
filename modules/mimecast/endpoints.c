#include "endpoints.h"

/* One record may come with another id the next time. */
static const postern_volatile_field serialized_id = {
    .size = sizeof serialized_id,
    .path = "id",
    .value_prefix = "MTOKEN:",
};
static const postern_volatile_field *const serialized_ids[] = {&serialized_id, NULL};

static const struct endpoint audit = {
    .path = "/api/audit/get-audit-events",
    .from = "startDateTime",
    .until = "endDateTime",
    .constant = "", /* newest first, and no way to turn it round */
    .time = "eventTime",
};
static const struct endpoint ttp_url = {
    .path = "/api/ttp/url/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"",
    .list = "clickLogs",
    .time = "date",
};
static const struct endpoint ttp_attachment = {
    .path = "/api/ttp/attachment/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"result\":\"all\"",
    .list = "attachmentLogs",
    .time = "date",
};
static const struct endpoint ttp_impersonation = {
    .path = "/api/ttp/impersonation/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true",
    .list = "impersonationLogs",
    .time = "eventTime",
};
static const struct endpoint dlp = {
    .path = "/api/dlp/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true",
    .list = "dlpLogs",
    .time = "eventTime",
};

/* Both APIs have these endpoints, asked and answered alike; only what an account must have differs. A record
 * is the same event whichever of them brought it. */
#define STREAM(auth_, name_, permission_, product_, endpoint_, ...)                                          \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_WINDOW, .name = (name_), .auth = (auth_),     \
        .permission = (permission_), .product = (product_), .data = &(endpoint_), __VA_ARGS__                \
    }
#define STREAMS(name, permission, product, endpoint, ...)                                                    \
    {                                                                                                        \
        STREAM("mimecast/1.0", name, permission, NULL, endpoint, __VA_ARGS__),                               \
            STREAM("mimecast/2.0", name, permission, product, endpoint, __VA_ARGS__), NULL,                  \
    }

const postern_stream *const audit_streams[] =
    STREAMS("audit", "Account | Logs | Read", "Audit Events", audit, );
const postern_stream *const ttp_url_streams[] =
    STREAMS("ttp-url", "Monitoring | URL Protection | Read", "Security Events", ttp_url, );
const postern_stream *const ttp_attachment_streams[] = STREAMS(
    "ttp-attachment", "Monitoring | Attachment Protection | Read", "Security Events", ttp_attachment, );
const postern_stream *const ttp_impersonation_streams[] =
    STREAMS("ttp-impersonation", "Monitoring | Impersonation Protection | Read", "Security Events",
            ttp_impersonation, .volatile_fields = serialized_ids);
const postern_stream *const dlp_streams[] =
    STREAMS("dlp", "Monitoring | Data Leak Prevention | Read", "Security Events", dlp, );
