#include "s3.h"
#include "shared/cloud/secret.h"
#include "shared/cloud/url.h"
#include <stdlib.h>

/* ---- One request ---- */

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
    if (!strstr(error->message, "SignatureDoesNotMatch") ||
        cloud_sigv4_canonical_hash(store->host, call->arena, signing, hash, NULL) < 0)
        return;
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
    if (status == POSTERN_E_CONFIG && s3_keys(store, call, &keys, NULL) >= 0 &&
        prepare(store, call, request, &host, &path, NULL) >= 0) {
        const struct cloud_sigv4 signing =
            signing_of(store->own, request, &keys, host, path, call->now_ms + store->clock_offset_ms);
        note_signed(store, call, &signing, error);
    }
    return status;
}

/* ---- An object ---- */

static postern_status put_whole(struct store *store, const postern_call *call,
                                const struct store_object *object, postern_error *error)
{
    const struct s3 *s3 = store->own;
    postern_http_response response;
    struct s3_request request = {.base = {.method = "PUT",
                                          .body = object->body,
                                          .shown = "putting an object",
                                          .there_is_done = store->create_only},
                                 .key = object->key};
    for (; request.header_count < store->header_count; request.header_count++)
        request.headers[request.header_count] = store->headers[request.header_count];
    request.headers[request.header_count++] =
        (postern_pair){KIT_TEXT("content-type"), kit_text(object->content_type)};
    if (store->create_only)
        request.headers[request.header_count++] =
            (postern_pair){kit_text(s3->create_header), kit_text(s3->create_value)};
    return s3_ask(store, call, &request, &response, error);
}

postern_status s3_put(struct store *store, const postern_call *call, const struct store_object *object,
                      postern_error *error)
{
    const struct s3 *s3 = store->own;
    return s3->multipart_size && object->body.size > (size_t)s3->multipart_size
               ? s3_put_in_parts(store, call, object, error)
               : put_whole(store, call, object, error);
}

/* ---- Its life ---- */

postern_status s3_new(struct store *store, postern_error *error)
{
    struct s3 *s3 = calloc(1, sizeof *s3);
    if (!s3) return kit_no_memory(error);
    pthread_mutex_init(&s3->lock, NULL);
    s3->bucket = store_option(store, "bucket");
    s3->credentials = store_option(store, "credentials");
    s3->create_header = "if-none-match";
    s3->create_value = "*";
    store->own = s3;
    return s3_keys_check(store, error);
}

void s3_free(struct store *store)
{
    struct s3 *s3 = store->own;
    if (!s3) return;
    cloud_wipe(&s3->found, sizeof s3->found);
    pthread_mutex_destroy(&s3->lock);
    free(s3);
    store->own = NULL;
}

static bool has_dot(postern_text text)
{
    return text.size && memchr(text.data, '.', text.size);
}

static postern_status create(struct store *store, postern_error *error)
{
    postern_status status = s3_new(store, error);
    if (status < 0) return status;
    struct s3 *s3 = store->own;
    postern_text addressing = store_option(store, "addressing");
    bool own_endpoint = store_option(store, "endpoint").size > 0;
    s3->region = store_option(store, "region");
    s3->multipart_size = store_integer(store, "multipart_size");
    /* A bucket with dots has no certificate under the service's name. */
    s3->in_path =
        kit_is(addressing, "path") || (kit_is(addressing, "auto") && (own_endpoint || has_dot(s3->bucket)));
    return store_set_endpoint(store, "https://s3.*.amazonaws.com", s3->region, error);
}

static postern_status open_s3(struct store *store, const postern_call *call, postern_error *error)
{
    struct cloud_aws_keys keys;
    return s3_keys(store, call, &keys, error);
}

const struct store_kind s3_kind = {create, s3_free, open_s3, s3_put};
