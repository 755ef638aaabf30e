#include "shared/cloud/request_mark.h"

#define OPENS  " (request id "
#define CLOSES ")"

/* The first that is there counts: a vendor's own before those that a proxy in between may have added. */
static const char *const names[] = {
    "x-amz-request-id",            /* Amazon S3 and compatible */
    "x-amzn-requestid",            /* Amazon's other services */
    "x-ms-request-id",             /* Azure, Microsoft's logins */
    "x-ms-correlation-request-id", /* Azure Resource Manager */
    "apim-request-id",             /* Azure API Management */
    "x-goog-request-id",           /* Google */
    "x-clickhouse-query-id",       /* ClickHouse */
    "x-axiom-trace-id",            /* Axiom */
    "request-id",                  /* several */
    "x-request-id",                /* several, and proxies */
    "x-correlation-id",            /* several */
};

static bool is_of_id(char c)
{
    char lower = kit_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._:/+=,@~|", c));
}

static postern_text find_id(const postern_http_response *response)
{
    postern_text id = {NULL, 0};
    for (size_t i = 0; i < sizeof names / sizeof *names && id.size == 0; i++)
        id = kit_trim(kit_header(response->headers, response->header_count, names[i]));
    return id;
}

void cloud_request_mark(const postern_http_response *response, char mark[CLOUD_REQUEST_MARK_SIZE])
{
    struct kit_writer out = kit_writer_in_buffer(mark, CLOUD_REQUEST_MARK_SIZE);
    const size_t most = CLOUD_REQUEST_MARK_SIZE - sizeof OPENS - strlen(CLOSES);
    postern_text id = find_id(response);
    mark[0] = '\0';
    if (id.size == 0) return;
    kit_write(&out, KIT_TEXT(OPENS));
    for (size_t i = 0; i < id.size && i < most; i++)
        kit_write(&out, kit_span(is_of_id(id.data[i]) ? &id.data[i] : "_", 1));
    kit_write(&out, kit_span(CLOSES, sizeof CLOSES)); /* with the end of a string */
}
