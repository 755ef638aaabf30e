#include "collect/stream/memory.h"

#include "base/array.h"
#include "base/error.h"
#include "collect/stream/state.h"
#include "collect/stream/stream.h"

#include <stdlib.h>
#include <string.h>

struct stream_memory *stream_memory(struct stream *stream)
{
    if (!stream->memory) stream->memory = calloc(1, sizeof *stream->memory);
    return stream->memory;
}

struct file_tries *stream_file_tries(struct stream *stream)
{
    struct stream_memory *memory = stream_memory(stream);
    return memory ? &memory->file_tries : NULL;
}

static bool recall(void *context, const unsigned char *id, int64_t received_ms)
{
    struct stream *stream = context;
    struct stream_memory *memory = stream_memory(stream);
    if (!memory ||
        !array_extend(&memory->letters.items, memory->letters.count, sizeof *memory->letters.items))
        return false;
    struct recent_letter *letter = &memory->letters.items[memory->letters.count++];
    memcpy(letter->id, id, EVENT_ID_SIZE);
    letter->pass_until_ms = received_ms; /* no pass that may bring it again ends later */
    if (stream_is_snapshot(stream)) letter->shown_by = snapshot_poll(&memory->list);
    return true;
}

postern_status stream_recall_letters(struct stream *stream, postern_error *error)
{
    const struct stream_record *record = &stream->record;
    int64_t after = stream_is_window(stream)     ? record->settled_until_ms
                    : stream_is_snapshot(stream) ? 0
                                                 : record->position_saved_ms;
    return journal_set_aside(stream->shared->journal, record, after, RECENT_LETTERS, recall, stream, error);
}

postern_status stream_recall_list(struct stream *stream, postern_error *error)
{
    struct stream_memory *memory = stream_memory(stream);
    struct snapshot_totals totals = {0};
    if (!memory) return error_no_memory(error, NULL);
    postern_status status = POSTERN_OK;
    if (stream->shared->journal)
        status = journal_snapshot_totals(stream->shared->journal, stream->record.id, &totals, error);
    memory->list = totals.state;
    return status;
}

struct border *stream_border(const struct stream *stream)
{
    return stream->memory ? stream->memory->border : NULL;
}

bool stream_set_border(struct stream *stream, struct border *border)
{
    struct stream_memory *memory = border ? stream_memory(stream) : stream->memory;
    if (!memory) {
        border_free(border);
        return !border;
    }
    if (memory->border != border) border_free(memory->border);
    memory->border = border;
    return true;
}

void stream_forget_round(struct stream *stream)
{
    if (stream->memory) progress_clear(&stream->memory->round);
}

void stream_memory_free(struct stream *stream)
{
    if (!stream->memory) return;
    stream_forget_round(stream);
    border_free(stream->memory->border);
    file_tries_forget(&stream->memory->file_tries);
    free(stream->memory->letters.items);
    free(stream->memory);
    stream->memory = NULL;
}
