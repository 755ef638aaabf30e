/* A batch in blocks of whole lines, each packed by itself, and the sink's life. */
#include "azure_append.h"
#include <stdlib.h>

#define SMALL_BLOCK ((int64_t)4 << 20) /* larger ones need a younger version of the service */

/* ---- Blocks ---- */

/* How many bytes of lines surely fit into a block. */
static size_t room_of(const struct store *store)
{
    const struct azure *azure = store->own;
    size_t size = azure->append->block_size;
    return store->compression == PACK_NONE ? size : size - size / 64 - 1024;
}

static postern_status add_line(struct pack_stream *pack, postern_text text, postern_error *error)
{
    postern_status status = pack_stream_add(pack, text, error);
    return status >= 0 ? pack_stream_add(pack, KIT_TEXT("\n"), error) : status;
}

/* The events from *at that fit into one block, which is then appended; *at is the first one behind them. */
static postern_status write_block(const struct append_target *target, const struct partitions *partitions,
                                  size_t *at, postern_result *result, postern_error *error)
{
    const struct azure *azure = target->store->own;
    struct pack_stream *pack = azure->append->pack;
    size_t room = room_of(target->store), size = 0;
    postern_text block;
    postern_status status = POSTERN_OK;
    pack_stream_begin(pack);
    for (; *at != NO_EVENT && status >= 0; *at = partitions->next[*at]) {
        postern_text text = target->batch->events[*at]->text;
        if (text.size + 1 > room) {
            status = result->reject(result, *at, "the event is longer than block_size");
            continue;
        }
        if (size + text.size + 1 > room) break;
        size += text.size + 1;
        status = add_line(pack, text, error);
    }
    if (status < 0 || size == 0) return status;
    status = pack_stream_end(pack, &block, error);
    return status >= 0 ? append_block(target, block, error) : status;
}

/* ---- A batch ---- */

static postern_status reject_all(const struct partitions *partitions, const struct partition *partition,
                                 postern_result *result)
{
    postern_status status = POSTERN_OK;
    for (size_t i = partition->first; i != NO_EVENT && status >= 0; i = partitions->next[i])
        status = result->reject(result, i, "the blob's name would be longer than 1,024 bytes");
    return status;
}

/* Of `postern sink test`: the blob of its own goes again. */
static void remove_trial(const struct append_target *target, bool was_written)
{
    const struct store *store = target->store;
    postern_text key;
    char line[KEY_LIMIT + 96];
    if (!target->place->is_there || append_key(target, &key) < 0) return;
    if (!was_written) {
        append_clear(target->store, target->call, key);
        return;
    }
    bool gone = append_remove(target->store, target->call, key);
    snprintf(line, sizeof line, "the event was appended to %.*s, which %s", (int)key.size, key.data,
             gone ? "was removed again" : "stays there: it cannot be removed");
    if (store->log) store->log->write(store->host, gone ? POSTERN_LOG_INFO : POSTERN_LOG_WARNING, line);
}

/* Where a partition's blocks go; none if its name is too long. */
static postern_status find_place(struct append_target *target, postern_error *error)
{
    const struct store *store = target->store;
    const struct azure *azure = store->own;
    char mark[APPEND_MARK_SIZE], name[KEY_LIMIT];
    append_mark(target->call, target->batch, mark);
    const struct key_parts parts = {.part = kit_text(mark), .suffix = object_suffix(store)};
    struct kit_writer writer = kit_writer_in_buffer(name, sizeof name - 16); /* the number comes to it */
    key_write(&writer, store->key, target->event, &parts);
    if (writer.failed) return POSTERN_OK;
    target->place = append_place(azure->append, kit_span(name, writer.size));
    return target->place ? POSTERN_OK : kit_no_memory(error);
}

static postern_status write_partition(struct append_target *target, const struct partitions *partitions,
                                      const struct partition *partition, postern_result *result,
                                      postern_error *error)
{
    postern_status status = find_place(target, error);
    if (status < 0) return status;
    if (!target->place) return reject_all(partitions, partition, result);
    for (size_t at = partition->first; at != NO_EVENT && status >= 0;)
        status = write_block(target, partitions, &at, result, error);
    if (target->call->flags & POSTERN_CALL_TEST) remove_trial(target, status >= 0);
    if (status < 0) return status;
    target->place->used_ms = target->call->steady_ms;
    return target->place->is_there ? append_place_keep(target->place, result) : POSTERN_OK;
}

postern_status append_write(void *self, const postern_call *call, const postern_batch *batch,
                            postern_result *result, postern_error *error)
{
    struct store *store = self;
    const struct azure *azure = store->own;
    struct partitions partitions;
    postern_status status = partitions_make(store, call->arena, batch, &partitions, error);
    if (status < 0) return status;
    for (size_t i = 0; i < partitions.count && status >= 0; i++) {
        struct append_target target = {
            .store = store, .call = call, .batch = batch, .event = batch->events[partitions.list[i].first]};
        status = write_partition(&target, &partitions, &partitions.list[i], result, error);
    }
    return status >= 0 ? append_places_forget(azure->append, batch, call->steady_ms, result) : status;
}

/* ---- Its life ---- */

static postern_status create(struct store *store, postern_error *error)
{
    postern_status status = azure_new(store, error);
    if (status < 0) return status;
    struct azure *azure = store->own;
    int64_t block_size = kit_option_integer(store->host, "block_size");
    if (block_size > SMALL_BLOCK && strncmp(azure->api_version.data, "2022-11-02", 10) < 0)
        return kit_fail(error, POSTERN_E_CONFIG, "set api_version = \"2022-11-02\" or a later one",
                        "block_size above 4 MiB needs a younger api_version");
    azure->append = calloc(1, sizeof *azure->append);
    if (!azure->append) return kit_no_memory(error);
    azure->append->block_size = (size_t)block_size;
    azure->append->most_blocks = kit_option_integer(store->host, "blocks");
    azure->append->forget_ms = kit_option_integer(store->host, "forget");
    return pack_stream_new(store->compression, store->level, azure->append->block_size, &azure->append->pack,
                           error);
}

static void destroy(struct store *store)
{
    const struct azure *azure = store->own;
    struct append *append = azure ? azure->append : NULL;
    if (append) {
        append_places_free(append);
        pack_stream_free(append->pack);
        free(append);
    }
    azure_free(store);
}

postern_status append_open(void *self, const postern_call *call, const postern_pair *state, size_t count,
                           postern_error *error)
{
    struct store *store = self;
    const struct azure *azure = store->own;
    (void)call;
    postern_status status = append_places_read(azure->append, state, count, error);
    if (status < 0) append_places_free(azure->append);
    return status;
}

/* What a failed write noted falls: the next open brings what is committed. */
void append_close(void *self)
{
    struct store *store = self;
    const struct azure *azure = store->own;
    append_places_free(azure->append);
}

const struct store_kind azure_append_kind = {.create = create,
                                             .destroy = destroy,
                                             .put = append_put,
                                             .ask = azure_ask_question,
                                             .probe = azure_probe,
                                             .appends = true};
