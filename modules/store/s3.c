#include "s3.h"
#include "shared/cloud/secret.h"
#include <stdlib.h>

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
    s3->bucket = kit_option_text(store->host, "bucket");
    s3->credentials = kit_option_text(store->host, "credentials");
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
    postern_text addressing = kit_option_text(store->host, "addressing");
    bool own_endpoint = kit_option_text(store->host, "endpoint").size > 0;
    s3->region = kit_option_text(store->host, "region");
    s3->multipart_size = kit_option_integer(store->host, "multipart_size");
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

const struct store_kind s3_kind = {.create = create,
                                   .destroy = s3_free,
                                   .open = open_s3,
                                   .put = s3_put,
                                   .ask = s3_ask_question,
                                   .probe = s3_probe};
