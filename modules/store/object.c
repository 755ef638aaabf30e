/* An object's bytes: lines of JSON, packed while they are put together, or a Parquet file. */
#include "parquet/writer.h"
#include "store.h"
#include <openssl/evp.h>

const char *object_suffix(const struct store *store)
{
    static const char *const lines[] = {"ndjson", "ndjson.gz", "ndjson.zst"};
    return store->format == FORMAT_PARQUET ? "parquet" : lines[store->compression];
}

const char *object_content_type(const struct store *store)
{
    /* No Content-Encoding: with it and a suffix some tools unpack twice. */
    static const char *const lines[] = {"application/x-ndjson", "application/gzip", "application/zstd"};
    return store->format == FORMAT_PARQUET ? "application/vnd.apache.parquet" : lines[store->compression];
}

/* A length as eight bytes, so that no two lists of texts are hashed alike. */
static bool hash_length(EVP_MD_CTX *hash, size_t length)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    return EVP_DigestUpdate(hash, bytes, sizeof bytes) == 1;
}

static bool hash_event(EVP_MD_CTX *hash, const postern_sink_event *event)
{
    return hash_length(hash, event->id.size) && EVP_DigestUpdate(hash, event->id.data, event->id.size) == 1 &&
           hash_length(hash, event->text.size) &&
           EVP_DigestUpdate(hash, event->text.data, event->text.size) == 1;
}

/* Whether the event goes into an object; one that can be no row of a Parquet file is rejected. */
static bool is_taken(const struct store *store, const postern_sink_event *event)
{
    return store->format != FORMAT_PARQUET || (event->flags & POSTERN_EVENT_JSON);
}

/* What is rejected has no part in it: when the batch comes again it may be left out already. */
bool object_token(const struct store *store, const postern_batch *batch, const struct partitions *partitions,
                  const struct partition *partition, char token[TOKEN_SIZE + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    for (size_t i = partition->first; good && i != NO_EVENT; i = partitions->next[i])
        good = !is_taken(store, batch->events[i]) || hash_event(hash, batch->events[i]);
    good = good && EVP_DigestFinal_ex(hash, digest, NULL) == 1;
    EVP_MD_CTX_free(hash);
    if (good) cloud_hex(digest, TOKEN_SIZE / 2, token);
    return good;
}

static postern_status make_lines(const struct store *store, const postern_batch *batch,
                                 const struct partitions *partitions, const struct partition *partition,
                                 struct object_body *body, postern_error *error)
{
    postern_status status =
        pack_stream_new(store->compression, store->level, (size_t)store->object_limit, &body->stream, error);
    for (size_t i = partition->first; status >= 0 && i != NO_EVENT; i = partitions->next[i]) {
        status = pack_stream_add(body->stream, batch->events[i]->text, error);
        if (status >= 0) status = pack_stream_add(body->stream, KIT_TEXT("\n"), error);
    }
    return status >= 0 ? pack_stream_end(body->stream, &body->bytes, error) : status;
}

static postern_status make_parquet(const struct store *store, const postern_batch *batch,
                                   const struct partitions *partitions, const struct partition *partition,
                                   postern_result *result, struct object_body *body, postern_error *error)
{
    const struct parquet_settings settings = {.schema = store->schema,
                                              .rest_column = store->rest_column,
                                              .compression = store->compression,
                                              .level = store->level,
                                              .limit = (size_t)store->object_limit};
    postern_status status = parquet_writer_new(&settings, &body->parquet, error);
    for (size_t i = partition->first; status >= 0 && i != NO_EVENT; i = partitions->next[i]) {
        const postern_sink_event *event = batch->events[i];
        if (is_taken(store, event))
            status = parquet_writer_add(body->parquet, event, error);
        else
            status = result->reject(
                result, i, "a ready line can be no row of a Parquet file: let the script return JSON");
    }
    return status >= 0 ? parquet_writer_end(body->parquet, &body->bytes, error) : status;
}

postern_status object_body_make(const struct store *store, const postern_batch *batch,
                                const struct partitions *partitions, const struct partition *partition,
                                postern_result *result, struct object_body *body, postern_error *error)
{
    *body = (struct object_body){0};
    postern_status status = store->format == FORMAT_PARQUET
                                ? make_parquet(store, batch, partitions, partition, result, body, error)
                                : make_lines(store, batch, partitions, partition, body, error);
    if (status == POSTERN_E_LIMIT)
        return kit_fail(error, POSTERN_E_CONFIG, "lower batch_bytes, or raise object_limit",
                        "an object would be longer than object_limit");
    return status;
}

void object_body_free(struct object_body *body)
{
    pack_stream_free(body->stream);
    parquet_writer_free(body->parquet);
    *body = (struct object_body){0};
}
