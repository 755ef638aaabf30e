/* links: redis_files */
/* Replies of Redis: what is read lies in the text, a whole one is whole in no shorter piece, and what was
 * written as a command is read again as it was. */
#include "resp.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#define require(holds) ((holds) ? (void)0 : abort())

static void check_whole(postern_text text, const struct resp_reply *reply, size_t size)
{
    struct resp_reply again;
    size_t again_size;
    const char *end = text.data + size;
    require(size >= 3 && size <= text.size && end[-1] == '\n' && end[-2] == '\r');
    require(reply->text.size == 0 || (reply->text.data > text.data && kit_end(reply->text) + 2 == end));
    require(reply->kind != RESP_ARRAY || (reply->number >= -1 && reply->number <= RESP_ARRAY_LIMIT));
    require(resp_read(kit_span(text.data, size), &again, &again_size) == RESP_WHOLE && again_size == size);
    require(resp_read(kit_span(text.data, size - 1), &again, &again_size) == RESP_PARTIAL);
}

static void check_word(postern_text word)
{
    struct resp_reply reply;
    size_t size;
    char *bytes = malloc(word.size + 64);
    if (!bytes) return;
    struct kit_writer writer = kit_writer_in_buffer(bytes, word.size + 64);
    resp_write_word(&writer, word);
    require(!writer.failed && resp_read(kit_span(bytes, writer.size), &reply, &size) == RESP_WHOLE);
    require(size == writer.size && reply.kind == RESP_TEXT && kit_equal(reply.text, word));
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    postern_text rest = {(const char *)data, size};
    struct resp_reply reply;
    size_t used;
    check_word(rest);
    while (resp_read(rest, &reply, &used) == RESP_WHOLE) {
        check_whole(rest, &reply, used);
        rest = kit_span(rest.data + used, rest.size - used);
    }
    return 0;
}
