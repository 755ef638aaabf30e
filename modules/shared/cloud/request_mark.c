#include "shared/cloud/request_mark.h"

#define OPENS   " (request id "
#define GOES_ON ", id-2 "
#define CLOSES  ")"

/* The first that is there counts: a vendor's own before those that a proxy in between may have added. Some
 * have a second id, without which the vendor's support does not find the call. */
static const struct {
    const char *id, *second;
} names[] = {
    {"x-amz-request-id", "x-amz-id-2"},    /* Amazon S3 and compatible */
    {"x-amzn-requestid", NULL},            /* Amazon's other services */
    {"x-ms-request-id", NULL},             /* Azure, Microsoft's logins */
    {"x-ms-correlation-request-id", NULL}, /* Azure Resource Manager */
    {"apim-request-id", NULL},             /* Azure API Management */
    {"x-goog-request-id", NULL},           /* Google */
    {"x-clickhouse-query-id", NULL},       /* ClickHouse */
    {"x-axiom-trace-id", NULL},            /* Axiom */
    {"request-id", NULL},                  /* several */
    {"x-request-id", NULL},                /* several, and proxies */
    {"x-correlation-id", NULL},            /* several */
};

static bool is_of_id(char c)
{
    char lower = kit_lower(c);
    return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._:/+=,@~|", c));
}

static postern_text header_of(const postern_http_response *response, const char *name)
{
    return name ? kit_trim(kit_header(response->headers, response->header_count, name))
                : (postern_text){NULL, 0};
}

static void write_id(struct kit_writer *out, const char *before, postern_text id, size_t most)
{
    if (id.size == 0) return;
    kit_write(out, kit_text(before));
    for (size_t i = 0; i < id.size && i < most; i++)
        kit_write(out, kit_span(is_of_id(id.data[i]) ? &id.data[i] : "_", 1));
}

void cloud_request_mark(const postern_http_response *response, char mark[CLOUD_REQUEST_MARK_SIZE])
{
    struct kit_writer out = kit_writer_in_buffer(mark, CLOUD_REQUEST_MARK_SIZE);
    postern_text id = {NULL, 0}, second = {NULL, 0};
    for (size_t i = 0; i < sizeof names / sizeof *names && id.size == 0; i++) {
        id = header_of(response, names[i].id);
        second = header_of(response, names[i].second);
    }
    mark[0] = '\0';
    if (id.size == 0) return;
    write_id(&out, OPENS, id, CLOUD_REQUEST_ID_MOST);
    write_id(&out, GOES_ON, second, CLOUD_SECOND_ID_MOST);
    kit_write(&out, kit_span(CLOSES, sizeof CLOSES)); /* with the end of a string */
}
