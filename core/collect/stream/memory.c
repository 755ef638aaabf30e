#include "collect/stream/memory.h"

#include "collect/stream/stream.h"

#include <stdlib.h>

struct stream_memory *stream_memory(struct stream *stream)
{
    if (!stream->memory) stream->memory = calloc(1, sizeof *stream->memory);
    return stream->memory;
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
