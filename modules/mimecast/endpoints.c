#include "endpoints.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- What is asked, and what comes ---- */

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
    .shape = {.times = NAMES("eventTime")},
};
static const struct endpoint ttp_url = {
    .path = "/api/ttp/url/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"",
    .shape = {.lists = NAMES("clickLogs"), .times = NAMES("date")},
};
static const struct endpoint ttp_attachment = {
    .path = "/api/ttp/attachment/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"result\":\"all\"",
    .shape = {.lists = NAMES("attachmentLogs"), .times = NAMES("date")},
};
static const struct endpoint ttp_impersonation = {
    .path = "/api/ttp/impersonation/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true",
    .shape = {.lists = NAMES("impersonationLogs"), .times = NAMES("eventTime")},
};
static const struct endpoint dlp = {
    .path = "/api/dlp/get-logs",
    .from = "from",
    .until = "to",
    .constant = ",\"oldestFirst\":true",
    .shape = {.lists = NAMES("dlpLogs"), .times = NAMES("eventTime")},
};
static const struct endpoint held_release = {
    .path = "/api/gateway/get-held-release-logs",
    .from = "start",
    .until = "end",
    .constant = "",
    .shape = {.lists = NAMES("heldReleaseLogs"), .times = NAMES("released")},
};
static const struct endpoint rejections = {
    .path = "/api/gateway/get-rejections",
    .from = "start",
    .until = "end",
    .constant = ",\"admin\":true", /* else one mailbox answers for all */
    .shape = {.lists = NAMES("rejections", "rejectionLogs"),
              .times = NAMES("rejected", "rejectTime", "dateReceived", "received", "eventTime", "created",
                             "createTime", "date", "timestamp"),
              .is_unverified = true},
};
#define ARCHIVE_SEARCH(path_)                                                                                \
    {                                                                                                        \
        .path = (path_), .from = "start", .until = "end", .constant = "",                                    \
        .shape = {.lists = NAMES("logs"), .times = NAMES("createTime")},                                     \
    }
static const struct endpoint archive_search_1_0 = ARCHIVE_SEARCH("/api/archive/get-search-logs");
static const struct endpoint archive_search_2_0 = ARCHIVE_SEARCH("/api/archive/get-archive-search-logs");
static const struct endpoint archive_view = {
    .path = "/api/archive/get-view-logs",
    .from = "start",
    .until = "end",
    .constant = "",
    .shape = {.times = NAMES("viewed")},
};
static const struct endpoint remediation = {
    .path = "/api/ttp/remediation/find-incidents",
    .from = "start",
    .until = "end",
    .constant = "",
    .shape = {.lists = NAMES("incidents"), .times = NAMES("modified", "create"), .is_unverified = true},
};

/* No log but a queue, of which all is read: without a start it might begin today, and with the day all that
 * is held would seem to have left. */
static const struct endpoint hold_queue = {
    .path = "/api/gateway/get-hold-message-list",
    .constant = ",\"admin\":true,\"start\":\"2000-01-01T00:00:00+0000\"",
    .shape = {.times = NAMES("dateReceived"), .key = "id"},
};

/* ---- Who may read it ---- */

/* Asked and answered alike over both APIs; what an account must have is not. A record is the same event
 * whichever of them brought it. */
#define STREAM(auth_, name_, permission_, product_, endpoint_, ...)                                          \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_WINDOW, .name = (name_), .auth = (auth_),     \
        .permission = (permission_), .product = (product_), .data = &(endpoint_), __VA_ARGS__                \
    }
#define STREAMS_OF(name, permission, product, endpoint_1_0, endpoint_2_0, ...)                               \
    {                                                                                                        \
        STREAM("mimecast/1.0", name, permission, NULL, endpoint_1_0, __VA_ARGS__),                           \
            STREAM("mimecast/2.0", name, permission, product, endpoint_2_0, __VA_ARGS__), NULL,              \
    }
#define STREAMS(name, permission, product, endpoint, ...)                                                    \
    STREAMS_OF(name, permission, product, endpoint, endpoint, __VA_ARGS__)

#define AUDIT_EVENTS      "Audit Events"
#define SECURITY_EVENTS   "Security Events"
#define THREAT_MANAGEMENT "Threat Management"

const postern_stream *const audit_streams[] =
    STREAMS("audit", "Account | Logs | Read", AUDIT_EVENTS, audit, );
const postern_stream *const ttp_url_streams[] =
    STREAMS("ttp-url", "Monitoring | URL Protection | Read", SECURITY_EVENTS, ttp_url, );
const postern_stream *const ttp_attachment_streams[] =
    STREAMS("ttp-attachment", "Monitoring | Attachment Protection | Read", SECURITY_EVENTS, ttp_attachment, );
const postern_stream *const ttp_impersonation_streams[] =
    STREAMS("ttp-impersonation", "Monitoring | Impersonation Protection | Read", SECURITY_EVENTS,
            ttp_impersonation, .volatile_fields = serialized_ids);
const postern_stream *const dlp_streams[] =
    STREAMS("dlp", "Monitoring | Data Leak Prevention | Read", SECURITY_EVENTS, dlp, );
const postern_stream *const held_release_streams[] =
    STREAMS("held-release", "Monitoring | Held | Read", AUDIT_EVENTS, held_release, );
const postern_stream *const rejections_streams[] =
    STREAMS("rejections", "Monitoring | Rejections | Read", AUDIT_EVENTS, rejections, );
const postern_stream *const archive_search_streams[] = STREAMS_OF(
    "archive-search", "Archive | Search Logs | Read", AUDIT_EVENTS, archive_search_1_0, archive_search_2_0, );
const postern_stream *const archive_view_streams[] =
    STREAMS("archive-view", "Archive | View Logs | Read", AUDIT_EVENTS, archive_view, );
const postern_stream *const remediation_streams[] =
    STREAMS("remediation", "Services | Threat Remediation | Read", THREAT_MANAGEMENT, remediation, );
#define HELD(auth_, product_)                                                                                \
    &(const postern_stream)                                                                                  \
    {                                                                                                        \
        .size = sizeof(postern_stream), .kind = POSTERN_STREAM_SNAPSHOT, .name = "hold-queue",               \
        .auth = (auth_), .permission = "Account | Dashboard | Read", .product = (product_),                  \
        .left_type = "hold-queue-left", .data = &hold_queue,                                                 \
    }
const postern_stream *const hold_queue_streams[] = {
    HELD("mimecast/1.0", NULL), HELD("mimecast/2.0", "Email Security Cloud Gateway"), NULL};
