/* What `postern sink test` asks about a bucket of S3: where it is, and whether what an upload in parts leaves
 * is cleared away. */
#include "s3.h"

postern_status s3_ask_question(struct store *store, const postern_call *call,
                               const struct store_question *question, postern_http_response *response,
                               postern_error *error)
{
    struct s3_request request = {.base = {.method = question->method, .shown = question->shown},
                                 .key = question->key,
                                 .query = question->query,
                                 .query_count = question->query_count};
    return s3_ask(store, call, &request, response, error);
}

static postern_status ask_where(struct store_probing *probing, postern_error *error)
{
    const struct s3 *s3 = probing->store->own;
    const postern_pair query[] = {{KIT_TEXT("location"), kit_span(NULL, 0)}};
    const struct store_question question = {
        .method = "GET", .query = query, .query_count = 1, .shown = "asking where the bucket is"};
    postern_status status;
    if (!probe_may_ask(probing, &question, &status, error)) return status;
    /* Of the oldest region the element is empty, and has attributes and no end. */
    const char *body = probing->response.body.data;
    const char *at = body ? memmem(body, probing->response.body.size, "<LocationConstraint", 19) : NULL;
    const char *from = at ? memchr(at, '>', (size_t)(kit_end(probing->response.body) - at)) : NULL;
    const char *to = from ? memchr(from, '<', (size_t)(kit_end(probing->response.body) - from)) : NULL;
    postern_text region = to && from[-1] != '/' ? kit_between(from + 1, to) : kit_span(NULL, 0);
    if (region.size == 0 || region.size > 63) region = KIT_TEXT("us-east-1");
    kit_say(probing->report, POSTERN_LOG_INFO, NULL, "bucket %.*s is there, in region %.*s",
            (int)s3->bucket.size, s3->bucket.data, (int)region.size, region.data);
    return POSTERN_OK;
}

static bool clears_away(const postern_http_response *response)
{
    static const char rule[] = "<AbortIncompleteMultipartUpload>";
    return response->body.size && memmem(response->body.data, response->body.size, rule, sizeof rule - 1);
}

static postern_status ask_lifecycle(struct store_probing *probing, postern_error *error)
{
    const postern_pair query[] = {{KIT_TEXT("lifecycle"), kit_span(NULL, 0)}};
    const struct store_question question = {
        .method = "GET", .query = query, .query_count = 1, .shown = "asking for lifecycle rules"};
    postern_status status;
    bool answered = probe_may_ask(probing, &question, &status, error);
    bool none = status < 0 && probing->response.status == 404;
    if (!answered && !none) return status;
    if (answered && clears_away(&probing->response))
        kit_say(probing->report, POSTERN_LOG_INFO, NULL,
                "a lifecycle rule clears incomplete uploads in parts away");
    else
        kit_say(probing->report, POSTERN_LOG_WARNING,
                "give the bucket a lifecycle rule with AbortIncompleteMultipartUpload",
                "no lifecycle rule clears incomplete uploads in parts away: what a crash leaves of one costs "
                "money");
    return POSTERN_OK;
}

postern_status s3_probe(struct store_probing *probing, postern_error *error)
{
    const struct s3 *s3 = probing->store->own;
    postern_status status = ask_where(probing, error);
    return status >= 0 && s3->multipart_size ? ask_lifecycle(probing, error) : status;
}
