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

#define STREAMS(name_, permission_, endpoint_, ...)                                                          \
    {                                                                                                        \
        &(const postern_stream){.size = sizeof(postern_stream),                                              \
                                .kind = POSTERN_STREAM_WINDOW,                                               \
                                .name = name_,                                                               \
                                .auth = "mimecast/1.0",                                                      \
                                .permission = permission_,                                                   \
                                .data = &(endpoint_),                                                        \
                                __VA_ARGS__},                                                                \
            NULL,                                                                                            \
    }

const postern_stream *const audit_streams[] = STREAMS("audit", "Account | Logs | Read", audit, );
const postern_stream *const ttp_url_streams[] =
    STREAMS("ttp-url", "Monitoring | URL Protection | Read", ttp_url, );
const postern_stream *const ttp_attachment_streams[] =
    STREAMS("ttp-attachment", "Monitoring | Attachment Protection | Read", ttp_attachment, );
const postern_stream *const ttp_impersonation_streams[] =
    STREAMS("ttp-impersonation", "Monitoring | Impersonation Protection | Read", ttp_impersonation,
            .volatile_fields = serialized_ids);
const postern_stream *const dlp_streams[] = STREAMS("dlp", "Monitoring | Data Leak Prevention | Read", dlp, );
