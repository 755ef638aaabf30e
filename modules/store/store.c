/* A batch into objects, and a sink's life. */
#include "store.h"
#include "parquet/schema.h"
#include <stdlib.h>

/* ---- A batch ---- */

static postern_status reject_all(const struct partitions *partitions, const struct partition *partition,
                                 postern_result *result, const char *reason)
{
    postern_status status = POSTERN_OK;
    for (size_t i = partition->first; i != NO_EVENT && status >= 0; i = partitions->next[i])
        status = result->reject(result, i, reason);
    return status;
}

static postern_status accept_all(const struct partitions *partitions, const struct partition *partition,
                                 postern_result *result)
{
    postern_status status = POSTERN_OK;
    for (size_t i = partition->first; i != NO_EVENT && status >= 0; i = partitions->next[i])
        status = result->accept(result, i);
    return status;
}

/* Of `postern sink test`: the event stays, as any other. */
static void tell_place(const struct store *store, const postern_call *call, postern_text key)
{
    char line[KEY_LIMIT + 64];
    if (!(call->flags & POSTERN_CALL_TEST) || !store->log) return;
    snprintf(line, sizeof line, "the event is the object %.*s, and stays there", (int)key.size, key.data);
    store->log->write(store->host, POSTERN_LOG_INFO, line);
}

static postern_status put_partition(struct store *store, const postern_call *call, const postern_batch *batch,
                                    const struct partitions *partitions, const struct partition *partition,
                                    postern_result *result, postern_error *error)
{
    char token[TOKEN_SIZE + 1], key[KEY_LIMIT];
    if (!object_token(store, batch, partitions, partition, token)) return kit_no_memory(error);
    const struct key_parts parts = {
        .token = kit_span(token, TOKEN_SIZE), .suffix = object_suffix(store), .batch = batch->id};
    struct kit_writer writer = kit_writer_in_buffer(key, sizeof key);
    key_write(&writer, store->key, batch->events[partition->first], &parts);
    if (writer.failed)
        return reject_all(partitions, partition, result, "the object's key would be longer than 1,024 bytes");
    struct object_body body;
    postern_status status = object_body_make(store, batch, partitions, partition, result, &body, error);
    if (status >= 0 && body.bytes.size) {
        const struct store_object object = {kit_span(key, writer.size), body.bytes,
                                            object_content_type(store)};
        status = store->kind->put(store, call, &object, error);
        if (status >= 0) tell_place(store, call, object.key);
    }
    object_body_free(&body);
    return status;
}

/* What is put is safe, whatever becomes of the rest: it does not come again while this process lives. */
postern_status store_write(void *self, const postern_call *call, const postern_batch *batch,
                           postern_result *result, postern_error *error)
{
    struct store *store = self;
    struct partitions partitions;
    postern_status status = partitions_make(store, call->arena, batch, &partitions, error);
    for (size_t i = 0; i < partitions.count && status >= 0; i++) {
        status = put_partition(store, call, batch, &partitions, &partitions.list[i], result, error);
        if (status >= 0 && i + 1 < partitions.count)
            status = accept_all(&partitions, &partitions.list[i], result);
    }
    return status < 0 ? status : POSTERN_OK;
}

/* ---- Its life ---- */

static postern_status read_headers(struct store *store, postern_error *error)
{
    postern_pair pair;
    for (size_t i = 0; store->host->option_pair(store->host, "headers", i, &pair); i++) {
        bool is_lower = pair.name.size > 0;
        for (size_t c = 0; c < pair.name.size; c++)
            is_lower = is_lower && kit_lower(pair.name.data[c]) == pair.name.data[c];
        if (!is_lower || !kit_starts_with(pair.name, "x-") || store->header_count == HEADERS_LIMIT)
            return kit_fail(error, POSTERN_E_CONFIG, NULL,
                            "headers: at most %d, with names in lower case that begin with x-",
                            HEADERS_LIMIT);
        store->headers[store->header_count++] = pair;
    }
    return POSTERN_OK;
}

static postern_status read_common(struct store *store, postern_error *error)
{
    store->key = kit_option_text(store->host, "key");
    store->format =
        kit_is(kit_option_text(store->host, "format"), "parquet") ? FORMAT_PARQUET : FORMAT_NDJSON;
    pack_named(kit_option_text(store->host, "compression"), &store->compression);
    store->level = (int)kit_option_integer(store->host, "compression_level");
    store->object_limit = kit_option_integer(store->host, "object_limit");
    store->create_only = kit_option_integer(store->host, "create_only") != 0;
    store->schema_path = kit_option_text(store->host, "schema");
    store->rest_column = kit_option_text(store->host, "rest_column");
    if (store->compression == PACK_GZIP && store->level > 9)
        return kit_fail(error, POSTERN_E_CONFIG, NULL, "compression_level: gzip has 1 to 9");
    postern_status status = read_headers(store, error);
    return status >= 0 ? key_check(store->key, store->kind->appends, error) : status;
}

void store_destroy(void *self)
{
    struct store *store = self;
    store->kind->destroy(store);
    parquet_schema_free(store->schema);
    free(store->endpoint);
    free(store);
}

postern_status store_create(const postern_host *host, void **self, postern_error *error)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) return kit_no_memory(error);
    store->host = host;
    store->kind = host->data;
    store->http = host->service(host, POSTERN_SERVICE_HTTP);
    store->log = host->service(host, POSTERN_SERVICE_LOG);
    postern_status status = store->http ? read_common(store, error)
                                        : kit_fail(error, POSTERN_E_UNSUPPORTED, "install a newer Postern",
                                                   "this Postern has no http/1");
    if (status >= 0) status = store->kind->create(store, error);
    if (status >= 0)
        *self = store;
    else
        store_destroy(store);
    return status;
}

postern_status store_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                          postern_error *error)
{
    struct store *store = self;
    (void)state, (void)count;
    if (store->schema_path.size && !store->schema) {
        postern_status status =
            parquet_schema_read(store->schema_path, store->rest_column, &store->schema, error);
        if (status < 0) return status;
    }
    return store->kind->open ? store->kind->open(store, call, error) : POSTERN_OK;
}
