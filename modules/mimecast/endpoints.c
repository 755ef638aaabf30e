#include "endpoints.h"
#include <string.h>

static const postern_volatile_field serialized_ids[] = {
    {"id", "MTOKEN:"}, /* one record may come with another id the next time */
    {NULL, NULL},
};

const struct endpoint endpoints[ENDPOINTS] = {
    [ENDPOINT_AUDIT] =
        {
            .stream =
                {
                    .size = sizeof(postern_stream),
                    .kind = POSTERN_STREAM_WINDOW,
                    .name = "audit",
                    .auth = "mimecast/1.0",
                    .permission = "Account | Logs | Read",
                },
            .path = "/api/audit/get-audit-events",
            .from = "startDateTime",
            .until = "endDateTime",
            .constant = "", /* newest first, and no way to turn it round */
            .time = "eventTime",
        },
    [ENDPOINT_TTP_URL] =
        {
            .stream =
                {
                    .size = sizeof(postern_stream),
                    .kind = POSTERN_STREAM_WINDOW,
                    .name = "ttp-url",
                    .auth = "mimecast/1.0",
                    .permission = "Monitoring | URL Protection | Read",
                },
            .path = "/api/ttp/url/get-logs",
            .from = "from",
            .until = "to",
            .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"scanResult\":\"all\"",
            .list = "clickLogs",
            .time = "date",
        },
    [ENDPOINT_TTP_ATTACHMENT] =
        {
            .stream =
                {
                    .size = sizeof(postern_stream),
                    .kind = POSTERN_STREAM_WINDOW,
                    .name = "ttp-attachment",
                    .auth = "mimecast/1.0",
                    .permission = "Monitoring | Attachment Protection | Read",
                },
            .path = "/api/ttp/attachment/get-logs",
            .from = "from",
            .until = "to",
            .constant = ",\"oldestFirst\":true,\"route\":\"all\",\"result\":\"all\"",
            .list = "attachmentLogs",
            .time = "date",
        },
    [ENDPOINT_TTP_IMPERSONATION] =
        {
            .stream =
                {
                    .size = sizeof(postern_stream),
                    .kind = POSTERN_STREAM_WINDOW,
                    .name = "ttp-impersonation",
                    .auth = "mimecast/1.0",
                    .permission = "Monitoring | Impersonation Protection | Read",
                    .volatile_fields = serialized_ids,
                },
            .path = "/api/ttp/impersonation/get-logs",
            .from = "from",
            .until = "to",
            .constant = ",\"oldestFirst\":true",
            .list = "impersonationLogs",
            .time = "eventTime",
        },
    [ENDPOINT_DLP] =
        {
            .stream =
                {
                    .size = sizeof(postern_stream),
                    .kind = POSTERN_STREAM_WINDOW,
                    .name = "dlp",
                    .auth = "mimecast/1.0",
                    .permission = "Monitoring | Data Leak Prevention | Read",
                },
            .path = "/api/dlp/get-logs",
            .from = "from",
            .until = "to",
            .constant = ",\"oldestFirst\":true",
            .list = "dlpLogs",
            .time = "eventTime",
        },
};
const struct endpoint *endpoint_of(const postern_stream *stream)
{
    for (size_t i = 0; i < ENDPOINTS; i++)
        if (!strcmp(endpoints[i].stream.name, stream->name)) return &endpoints[i];
    return NULL;
}
