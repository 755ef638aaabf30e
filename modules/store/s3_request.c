/* One request about an object of S3: its URL, what is signed, and words about a signature that is refused. */
#include "s3.h"
#include "shared/cloud/digest.h"
#include "shared/cloud/url.h"

/* Path as the store knows it: of the endpoint, the bucket if it belongs there, the key. */
static void write_path(struct kit_writer *writer, const struct store *store, postern_text key)
{
    const struct s3 *s3 = store->own;
    kit_write(writer, store_endpoint_path(store));
    if (s3->in_path) {
        kit_write_string(writer, "/");
        kit_write(writer, s3->bucket);
    }
    kit_write_string(writer, "/");
    kit_write(writer, key);
}

static void write_host(struct kit_writer *writer, const struct store *store)
{
    const struct s3 *s3 = store->own;
    if (!s3->in_path) {
        kit_write(writer, s3->bucket);
        kit_write_string(writer, ".");
    }
    kit_write(writer, store_endpoint_host(store));
}

static void write_url(struct kit_writer *writer, const struct store *store, const struct s3_request *request,
                      postern_text path)
{
    const char *rest = strstr(store->endpoint, "://") + 3;
    kit_write(writer, kit_between(store->endpoint, rest));
    write_host(writer, store);
    cloud_write_path(writer, path);
    if (request->query_count) kit_write_string(writer, "?");
    cloud_write_sorted_query(writer, request->query, request->query_count);
}

/* The words of a refused signature name what was signed, by its hash. */
static void note_signed(struct store *store, const postern_call *call, const struct cloud_sigv4 *signing,
                        postern_error *error)
{
    char hash[CLOUD_HEX_SIZE];
    if (cloud_sigv4_canonical_hash(store->host, call->arena, signing, hash, NULL) < 0) return;
    size_t size = strlen(error->message);
    snprintf(error->message + size, sizeof error->message - size, "; our canonical request has SHA-256 %s",
             hash);
}

static struct cloud_sigv4 signing_of(const struct s3 *s3, const struct s3_request *request,
                                     const struct cloud_aws_keys *keys, postern_text host, postern_text path,
                                     int64_t now_ms)
{
    return (struct cloud_sigv4){.keys = keys,
                                .region = s3->region,
                                .service = KIT_TEXT("s3"),
                                .method = request->base.method,
                                .host = host,
                                .path = path,
                                .query = request->query,
                                .query_count = request->query_count,
                                .headers = request->headers,
                                .header_count = request->header_count,
                                .body = request->base.body,
                                .now_ms = now_ms};
}

/* What a request is signed over. */
static postern_status prepare(struct store *store, const postern_call *call, const struct s3_request *request,
                              postern_text *host, postern_text *path, postern_error *error)
{
    struct kit_writer host_writer = kit_writer_in_arena(store->host, call->arena), path_writer = host_writer;
    write_host(&host_writer, store);
    write_path(&path_writer, store, request->key);
    postern_status status = kit_written(&host_writer, host, error);
    return status >= 0 ? kit_written(&path_writer, path, error) : status;
}

static postern_status sign(struct store *store, const postern_call *call, struct store_request *base,
                           int64_t now_ms, postern_pair *headers, size_t *count, postern_error *error)
{
    struct s3_request *request = base->context;
    struct cloud_aws_keys keys = {0};
    postern_text host = {0}, path = {0};
    size_t added;
    struct kit_writer url = kit_writer_in_arena(store->host, call->arena);
    postern_status status = s3_keys(store, call, &keys, error);
    if (status >= 0) status = prepare(store, call, request, &host, &path, error);
    if (status < 0) return status;
    write_url(&url, store, request, path);
    status = kit_written(&url, &base->url, error);
    if (status < 0) return status;
    for (*count = 0; *count < request->header_count; ++*count)
        headers[*count] = request->headers[*count];
    const struct cloud_sigv4 signing = signing_of(store->own, request, &keys, host, path, now_ms);
    status = cloud_sigv4_sign(store->host, call->arena, &signing, headers + *count, &added, error);
    if (status >= 0) *count += added;
    return status;
}

static bool renew(struct store *store, struct store_request *request)
{
    (void)request;
    return s3_keys_refused(store);
}

postern_status s3_ask(struct store *store, const postern_call *call, struct s3_request *request,
                      postern_http_response *response, postern_error *error)
{
    request->base.context = request;
    request->base.sign = sign;
    request->base.renew = renew;
    postern_status status = store_exchange(store, call, &request->base, response, error);
    struct cloud_aws_keys keys = {0};
    postern_text host = {0}, path = {0};
    bool is_refused = status == POSTERN_E_CONFIG && strstr(error->message, "SignatureDoesNotMatch");
    if (is_refused && s3_keys(store, call, &keys, NULL) >= 0 &&
        prepare(store, call, request, &host, &path, NULL) >= 0) {
        const struct cloud_sigv4 signing =
            signing_of(store->own, request, &keys, host, path, call->now_ms + store->clock_offset_ms);
        note_signed(store, call, &signing, error);
    }
    return status;
}
