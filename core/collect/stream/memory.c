#include "collect/stream/memory.h"

#include "base/array.h"
#include "collect/stream/stream.h"

#include <stdlib.h>
#include <string.h>

struct stream_memory *stream_memory(struct stream *stream)
{
    if (!stream->memory) stream->memory = calloc(1, sizeof *stream->memory);
    return stream->memory;
}

static bool recall(void *context, const unsigned char *id, int64_t received_ms)
{
    struct stream_memory *memory = stream_memory(context);
    if (!memory ||
        !array_extend(&memory->letters.items, memory->letters.count, sizeof *memory->letters.items))
        return false;
    struct recent_letter *letter = &memory->letters.items[memory->letters.count++];
    memcpy(letter->id, id, EVENT_ID_SIZE);
    letter->pass_until_ms = received_ms; /* no pass that may bring it again ends later */
    return true;
}

postern_status stream_recall_letters(struct stream *stream, postern_error *error)
{
    const struct stream_record *record = &stream->record;
    bool is_window = stream->declaration->kind == POSTERN_STREAM_WINDOW;
    int64_t after = is_window ? record->settled_until_ms : record->position_saved_ms;
    return journal_set_aside(stream->shared->journal, record, after, RECENT_LETTERS, recall, stream, error);
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
    free(stream->memory->letters.items);
    free(stream->memory);
    stream->memory = NULL;
}
