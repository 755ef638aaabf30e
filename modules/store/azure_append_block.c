/* One block, to the end of a blob: made if it is not there, written only at the place that is known, looked
 * for where an answer was lost (azure_append_look.c), and taken to the blob's successor where it can go no
 * further. */
#include "azure_append.h"
#include <inttypes.h>

#define MOST_NUMBERS 10000 /* of one name: 500 million blocks */

void append_mark(const postern_call *call, const postern_batch *batch, char mark[APPEND_MARK_SIZE])
{
    int size = (int)(batch->delivery.size < APPEND_DELIVERY ? batch->delivery.size : APPEND_DELIVERY);
    if (call->flags & POSTERN_CALL_TEST)
        snprintf(mark, APPEND_MARK_SIZE, "postern-test-%016" PRIx64, call->random);
    else if (kit_is_letter(batch))
        snprintf(mark, APPEND_MARK_SIZE, "%.*s-%" PRIx64, size, batch->delivery.data,
                 batch->id & ~KIT_LETTER);
    else
        snprintf(mark, APPEND_MARK_SIZE, "%.*s", size, batch->delivery.data);
}

postern_status append_key(const struct append_target *target, postern_text *key)
{
    const struct store *store = target->store;
    char part[APPEND_MARK_SIZE + 16], mark[APPEND_MARK_SIZE];
    append_mark(target->call, target->batch, mark);
    snprintf(part, sizeof part, "%s-%04" PRIu32, mark, target->place->number);
    const struct key_parts parts = {.part = kit_text(part), .suffix = object_suffix(store)};
    char *buffer = store->host->allocate(store->host, target->call->arena, KEY_LIMIT);
    if (!buffer) return POSTERN_E_MEMORY;
    struct kit_writer writer = kit_writer_in_buffer(buffer, KEY_LIMIT);
    key_write(&writer, store->key, target->event, &parts);
    if (writer.failed) return POSTERN_E_LIMIT;
    *key = kit_span(buffer, writer.size);
    return POSTERN_OK;
}

/* One that is there already will do: what it holds is seen when the first block is to go in. */
static postern_status make_blob(struct store *store, const postern_call *call, postern_text key,
                                const char *content_type, const char *maker, postern_error *error)
{
    postern_http_response response;
    struct azure_request request = {
        .base = {.method = "PUT", .shown = "making an append blob", .there_is_done = true}, .key = key};
    for (; request.header_count < store->header_count; request.header_count++)
        request.headers[request.header_count] = store->headers[request.header_count];
    azure_add_header(&request, "content-type", content_type);
    azure_add_header(&request, "x-ms-blob-type", "AppendBlob");
    azure_add_header(&request, "if-none-match", "*");
    azure_add_header(&request, APPEND_MAKER, maker);
    return azure_ask(store, call, &request, &response, error);
}

static postern_status append_at(struct store *store, const postern_call *call, postern_text key,
                                int64_t position, postern_text block, postern_http_response *response,
                                postern_error *error)
{
    char number[24];
    const postern_pair query[] = {{KIT_TEXT("comp"), KIT_TEXT("appendblock")}};
    struct azure_request request = {.base = {.method = "PUT", .body = block, .shown = "appending to a blob"},
                                    .key = key,
                                    .query = query,
                                    .query_count = 1};
    snprintf(number, sizeof number, "%" PRId64, position);
    azure_add_header(&request, "content-type", "application/octet-stream");
    azure_add_header(&request, "x-ms-blob-condition-appendpos", number);
    return azure_ask(store, call, &request, response, error);
}

static void turn_to_next(struct append_place *place)
{
    place->number++;
    place->length = place->blocks = 0;
    place->is_there = false;
}

static void go_on_in_next(const struct append_target *target, postern_text key, const char *why)
{
    const struct store *store = target->store;
    char line[KEY_LIMIT + 160];
    snprintf(line, sizeof line, "%.*s %s: Postern leaves it and goes on in the blob behind it", (int)key.size,
             key.data, why);
    if (store->log) store->log->write(store->host, POSTERN_LOG_WARNING, line);
    turn_to_next(target->place);
}

/* Why nothing can be appended to a blob. Where the block itself may have brought that about, it is looked
 * for. */
static const struct obstacle {
    int32_t status;
    bool may_be_in;
    const char *code, *why;
} obstacles[] = {
    {404, false, "BlobNotFound", "was removed"},
    {409, true, "BlockCountExceedsLimit", "has all the blocks that it may have"},
    {409, false, "InvalidBlobType", "is no append blob"},
    {412, true, "AppendPositionConditionNotMet", "does not hold what Postern wrote, or more"},
};

/* NULL: the failure has another reason. */
static const struct obstacle *find_obstacle(const postern_http_response *response)
{
    for (size_t i = 0; i < sizeof obstacles / sizeof *obstacles; i++)
        if (append_answers(response, obstacles[i].status, obstacles[i].code)) return &obstacles[i];
    return NULL;
}

/* True once the block is in this blob; else the place is the next one's, if the status is good. */
static postern_status try_here(const struct append_target *target, postern_text key, postern_text block,
                               bool *is_in, postern_error *error)
{
    struct store *store = target->store;
    struct append_place *place = target->place;
    char maker[APPEND_BATCH_SIZE];
    postern_http_response response = {.size = sizeof response};
    postern_status status = POSTERN_OK;
    append_batch_text(target->batch, maker);
    if (!place->is_there)
        status = make_blob(store, target->call, key, object_content_type(store), maker, error);
    if (status < 0) return status;
    place->is_there = true;
    status = append_at(store, target->call, key, place->length, block, &response, error);
    *is_in = status >= 0;
    const struct obstacle *obstacle = status < 0 ? find_obstacle(&response) : NULL;
    if (!obstacle) return status;
    status = obstacle->may_be_in ? append_look(target, key, block, is_in, error) : POSTERN_OK;
    if (status >= 0 && !*is_in) go_on_in_next(target, key, obstacle->why);
    return status;
}

postern_status append_block(const struct append_target *target, postern_text block, postern_error *error)
{
    const struct azure *azure = target->store->own;
    struct append_place *place = target->place;
    bool is_in = false;
    for (int tries = 0; !is_in; tries++) {
        postern_text key;
        if (place->blocks >= azure->append->most_blocks) turn_to_next(place);
        postern_status status = append_key(target, &key);
        if (status < 0) return status;
        if (tries == MOST_NUMBERS)
            return kit_fail(error, POSTERN_E_CONFIG, "see who else writes there, or change key",
                            "%.*s is taken, and so are all blobs in front of it", (int)key.size, key.data);
        status = try_here(target, key, block, &is_in, error);
        if (status < 0) return status;
    }
    place->length += (int64_t)block.size;
    place->blocks++;
    return POSTERN_OK;
}

/* ---- Of `postern sink test` ---- */

bool append_remove(struct store *store, const postern_call *call, postern_text key)
{
    postern_error error = {.size = sizeof error};
    postern_http_response response = {.size = sizeof response};
    struct azure_request request = {.base = {.method = "DELETE", .shown = "removing a blob"}, .key = key};
    return azure_ask(store, call, &request, &response, &error) >= 0 ||
           append_answers(&response, 404, "BlobNotFound");
}

void append_clear(struct store *store, const postern_call *call, postern_text key)
{
    char line[KEY_LIMIT + 96];
    if (append_remove(store, call, key) || !store->log) return;
    snprintf(line, sizeof line, "the blob %.*s may stay there, without an event: it cannot be removed",
             (int)key.size, key.data);
    store->log->write(store->host, POSTERN_LOG_WARNING, line);
}

postern_status append_put(struct store *store, const postern_call *call, const struct store_object *object,
                          postern_error *error)
{
    postern_http_response response;
    postern_status status = make_blob(store, call, object->key, object->content_type, "test", error);
    if (status < 0) return status;
    status = append_at(store, call, object->key, 0, object->body, &response, error);
    if (status < 0) append_clear(store, call, object->key);
    return status;
}
