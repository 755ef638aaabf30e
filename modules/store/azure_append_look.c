/* Whether a block whose answer was lost is in a blob: seen by what lies at its place. An append is whole or
 * not at all, so its first and its last bytes will do, which spares memory where blocks are large. */
#include "azure_append.h"
#include <inttypes.h>

#define LOOK_SIZE ((size_t)64 << 10) /* of each end of a block */

bool append_answers(const postern_http_response *response, int32_t status, const char *code)
{
    return response->status == status &&
           kit_is(kit_header(response->headers, response->header_count, "x-ms-error-code"), code);
}

void append_batch_text(const postern_batch *batch, char text[APPEND_BATCH_SIZE])
{
    snprintf(text, APPEND_BATCH_SIZE, "%" PRIu64, batch->id);
}

/* *is_there: false, and no failure, if the blob is not there or ends before. */
static postern_status ask(const struct append_target *target, struct azure_request *request,
                          postern_http_response *response, bool *is_there, postern_error *error)
{
    *response = (postern_http_response){.size = sizeof *response};
    postern_status status = azure_ask(target->store, target->call, request, response, error);
    *is_there = status >= 0;
    if (status < 0 && answer_lacks_right(response))
        return kit_fail(error, POSTERN_E_CONFIG, "grant the right to read blobs there",
                        "a blob must be read to see whether a block is in it, and may not be");
    bool is_elsewhere = response->status == 416 || append_answers(response, 404, "BlobNotFound");
    return status < 0 && is_elsewhere ? POSTERN_OK : status;
}

/* Another batch may have begun a blob with the same bytes, before the name was forgotten. */
static postern_status ask_maker(const struct append_target *target, postern_text key, bool *is_ours,
                                postern_error *error)
{
    char batch[APPEND_BATCH_SIZE];
    postern_http_response response;
    struct azure_request request = {.base = {.method = "HEAD", .shown = "asking who made a blob"},
                                    .key = key};
    postern_status status = ask(target, &request, &response, is_ours, error);
    append_batch_text(target->batch, batch);
    postern_text maker = kit_header(response.headers, response.header_count, APPEND_MAKER);
    *is_ours = *is_ours && kit_is(maker, batch);
    return status;
}

/* How long the blob is, by "bytes 0-9/100"; -1: it is not said. */
static int64_t total_of(const postern_http_response *response)
{
    postern_text range = kit_header(response->headers, response->header_count, "content-range");
    const char *at = range.size ? memchr(range.data, '/', range.size) : NULL;
    int64_t total = 0;
    if (!at || kit_end(range) - at < 2 || kit_end(range) - at > 18) return -1;
    while (++at < kit_end(range)) {
        if (*at < '0' || *at > '9') return -1;
        total = 10 * total + (*at - '0');
    }
    return total;
}

/* Whether the blob has the piece at `from`, and at least `end` bytes. */
static postern_status compare(const struct append_target *target, postern_text key, int64_t from,
                              postern_text piece, int64_t end, bool *is_same, postern_error *error)
{
    char range[64];
    postern_http_response response;
    struct azure_request request = {.base = {.method = "GET", .shown = "reading the end of a blob"},
                                    .key = key};
    snprintf(range, sizeof range, "bytes=%" PRId64 "-%" PRId64, from, from + (int64_t)piece.size - 1);
    azure_add_header(&request, "range", range);
    postern_status status = ask(target, &request, &response, is_same, error);
    if (status < 0 || !*is_same) return status;
    int64_t total = total_of(&response);
    *is_same = total >= end && kit_equal(response.body, piece);
    if (total >= 0) return POSTERN_OK;
    return kit_fail(error, POSTERN_E_RETRY, "look what stands between Postern and the store",
                    "reading the end of a blob: the store answers %d without Content-Range",
                    (int)response.status);
}

postern_status append_look(const struct append_target *target, postern_text key, postern_text block,
                           bool *is_ours, postern_error *error)
{
    int64_t from = target->place->length, end = from + (int64_t)block.size;
    size_t size = block.size < LOOK_SIZE ? block.size : LOOK_SIZE;
    postern_text head = kit_span(block.data, size), tail = kit_span(kit_end(block) - size, size);
    postern_status status = POSTERN_OK;
    *is_ours = true;
    if (from == 0) status = ask_maker(target, key, is_ours, error);
    if (status >= 0 && *is_ours) status = compare(target, key, from, head, end, is_ours, error);
    if (status >= 0 && *is_ours && size < block.size)
        status = compare(target, key, end - (int64_t)size, tail, end, is_ours, error);
    return status;
}
