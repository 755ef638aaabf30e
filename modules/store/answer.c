/* What a store's answer means. The rows are looked through in their order: a status, and the code in the body
 * where one is named. An answer about credentials, bucket or rights is configuration and never a reason to
 * let go of events. */
#include "shared/cloud/request_mark.h"
#include "store.h"

struct answer_row {
    int32_t status;
    enum store_verdict verdict;
    const char *code; /* NULL = any */
    const char *remedy;
};

static const char rights[] = "grant this identity the right to write objects there (S3: s3:PutObject; Azure: "
                             "Storage Blob Data Contributor; "
                             "Google: Storage Object Creator); a new role may take minutes to work";

static const struct answer_row rows[] = {
    /* S3 and compatible */
    {301, VERDICT_CONFIG, NULL, "set region (or endpoint) to where the bucket is"},
    {307, VERDICT_RETRY, NULL, NULL}, /* a new bucket, until its name is known everywhere */
    {400, VERDICT_CONFIG, "AuthorizationHeaderMalformed", "set region to the bucket's"},
    {400, VERDICT_RENEW, "ExpiredToken", "give new temporary credentials"},
    {400, VERDICT_RENEW, "InvalidToken", "give session_token together with the keys that it came with"},
    {400, VERDICT_RETRY, "RequestTimeout", NULL},
    {403, VERDICT_CLOCK, "RequestTimeTooSkewed", "set this machine's clock (NTP)"},
    {403, VERDICT_RENEW, "ExpiredToken", "give new temporary credentials"},
    {403, VERDICT_CONFIG, "InvalidAccessKeyId", "check access_key: the store does not know it"},
    {403, VERDICT_CONFIG, "SignatureDoesNotMatch", "check secret_key, and that region is the bucket's"},
    {404, VERDICT_CONFIG, "NoSuchBucket", "check bucket, or make it: Postern does not"},
    {404, VERDICT_RETRY, "NoSuchUpload", NULL}, /* it is begun anew */
    {409, VERDICT_RETRY, "ConditionalRequestConflict", NULL},
    {409, VERDICT_RETRY, "OperationAborted", NULL},
    {501, VERDICT_CONFIG, "NotImplemented",
     "this store does not know a header that was sent: try create_only = false, and no headers"},
    /* Azure */
    {403, VERDICT_CLOCK, "AuthenticationFailed",
     "check account_key or sas (and its end), and this machine's clock"},
    {403, VERDICT_CONFIG, "AuthorizationFailure",
     "check account_key or sas, and the storage account's network rules"},
    {404, VERDICT_CONFIG, "ContainerNotFound", "check container, or make it: Postern does not"},
    {404, VERDICT_RETRY, "ContainerBeingDeleted", NULL},
    {409, VERDICT_RETRY, "ContainerBeingDeleted", NULL},
    {409, VERDICT_CONFIG, "BlobImmutableDueToPolicy",
     "set create_only = true: the container keeps blobs as they are"},
    /* All */
    {401, VERDICT_RENEW, NULL, "check the credentials"},
    {403, VERDICT_CONFIG, NULL, rights},
    {404, VERDICT_CONFIG, NULL, "check bucket or container, and endpoint"},
    {408, VERDICT_RETRY, NULL, NULL},
    {425, VERDICT_RETRY, NULL, NULL},
    {429, VERDICT_RETRY, NULL, NULL},
    {413, VERDICT_CONFIG, NULL, "lower batch_bytes"},
    {501, VERDICT_CONFIG, NULL, "this store does not know the request: check endpoint"},
    {505, VERDICT_CONFIG, NULL, "check endpoint"},
};

postern_text answer_element(postern_text body, const char *name)
{
    char open[64], close[64];
    int size = snprintf(open, sizeof open, "<%s>", name);
    snprintf(close, sizeof close, "</%s>", name);
    const char *from = body.size ? memmem(body.data, body.size, open, (size_t)size) : NULL;
    if (!from) return kit_span(NULL, 0);
    from += size;
    const char *to = memmem(from, (size_t)(kit_end(body) - from), close, strlen(close));
    return to ? kit_trim(kit_between(from, to)) : kit_span(NULL, 0);
}

/* Google's JSON answers: the text of the first "message". */
static postern_text json_message(postern_text body)
{
    static const char name[] = "\"message\":";
    const char *from = body.size ? memmem(body.data, body.size, name, sizeof name - 1) : NULL;
    if (!from) return kit_span(NULL, 0);
    postern_text rest = kit_trim(kit_between(from + sizeof name - 1, kit_end(body)));
    const char *to = rest.size > 1 ? memchr(rest.data + 1, '"', rest.size - 1) : NULL;
    return to && rest.data[0] == '"' ? kit_between(rest.data + 1, to) : kit_span(NULL, 0);
}

static const struct answer_row *find(int32_t status, postern_text code)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].status == status && (!rows[i].code || kit_is(code, rows[i].code))) return &rows[i];
    return NULL;
}

static postern_text code_of(const postern_http_response *response)
{
    postern_text code = kit_header(response->headers, response->header_count, "x-ms-error-code");
    return code.size ? code : answer_element(response->body, "Code");
}

bool answer_lacks_right(const postern_http_response *response)
{
    const struct answer_row *row = find(response->status, code_of(response));
    return row && row->remedy == rights;
}

/* Ours is there already: no two contents have one name. */
static bool is_there(const postern_http_response *response, postern_text code)
{
    return response->status == 412 ||
           (response->status == 409 &&
            (kit_is(code, "BlobAlreadyExists") || kit_is(code, "UnauthorizedBlobOverwrite")));
}

/* Of the answer's text: without controls, so that it can be shown. */
static void show(postern_text text, char *words, size_t capacity)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size + 1 < capacity; i++)
        words[size++] = kit_is_hidden((unsigned char)text.data[i]) ? ' ' : text.data[i];
    words[size] = '\0';
}

/* S3 names the region that the bucket is in. */
static postern_text region_in(const postern_http_response *response)
{
    postern_text region = kit_header(response->headers, response->header_count, "x-amz-bucket-region");
    return region.size ? region : answer_element(response->body, "Region");
}

static void put_words(const postern_http_response *response, postern_text code, const struct answer_row *row,
                      enum store_verdict verdict, const char *shown, postern_error *error)
{
    char code_words[80], message[200], region[64], mark[CLOUD_REQUEST_MARK_SIZE];
    show(code, code_words, sizeof code_words);
    postern_text said = answer_element(response->body, "Message");
    show(said.size ? said : json_message(response->body), message, sizeof message);
    show(region_in(response), region, sizeof region);
    cloud_request_mark(response, mark);
    bool region_counts = *region && (response->status == 301 || response->status == 400);
    kit_fail(error, verdict == VERDICT_RETRY ? POSTERN_E_RETRY : POSTERN_E_CONFIG, row ? row->remedy : NULL,
             "%s: the store answers %d%s%s%s%s%s%s%s", shown, (int)response->status, *code_words ? " " : "",
             code_words, *message ? ": " : "", message, region_counts ? "; it is in region " : "",
             region_counts ? region : "", mark);
    if (region_counts) snprintf(error->remedy, sizeof error->remedy, "set region = \"%s\"", region);
    error->retry_after_ms = verdict == VERDICT_RETRY ? response->retry_after_ms : 0;
}

enum store_verdict answer_judge(const postern_http_response *response, bool there_is_done, const char *shown,
                                postern_error *error)
{
    postern_text code = code_of(response);
    bool is_good = response->status >= 200 && response->status <= 299;
    if (is_good || (there_is_done && is_there(response, code))) return VERDICT_DONE;
    const struct answer_row *row = find(response->status, code);
    enum store_verdict verdict = row                       ? row->verdict
                                 : response->status >= 500 ? VERDICT_RETRY
                                                           : VERDICT_CONFIG;
    put_words(response, code, row, verdict, shown, error);
    return verdict;
}
