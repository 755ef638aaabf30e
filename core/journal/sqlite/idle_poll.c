#include "journal/sqlite/idle_poll.h"
#include "base/array.h"
#include <stdlib.h>

struct idle_poll *idle_poll_find(const struct idle_poll_table *table, int64_t stream_id)
{
    return stream_id > 0 && (size_t)stream_id < table->capacity ? table->by_stream[stream_id] : NULL;
}

static bool make_room(struct idle_poll_table *table, int64_t stream_id)
{
    size_t before = table->capacity;
    if (stream_id <= 0 || (size_t)stream_id >= IDLE_POLL_STREAMS) return false;
    if (!array_reserve(&table->by_stream, &table->capacity, (size_t)stream_id + 1, sizeof *table->by_stream,
                       IDLE_POLL_STREAMS))
        return false;
    for (size_t i = before; i < table->capacity; i++)
        table->by_stream[i] = NULL;
    return true;
}

bool idle_poll_put(struct idle_poll_table *table, struct idle_poll *poll)
{
    if (!make_room(table, poll->record.id)) return false;
    struct idle_poll **place = &table->by_stream[poll->record.id];
    idle_poll_free(*place);
    *place = poll;
    return true;
}

void idle_poll_free(struct idle_poll *poll)
{
    if (!poll) return;
    stream_record_clear(&poll->record);
    free(poll);
}

void idle_poll_drop(struct idle_poll_table *table, struct idle_poll *poll)
{
    table->by_stream[poll->record.id] = NULL;
    idle_poll_free(poll);
}

void idle_poll_table_free(struct idle_poll_table *table)
{
    for (size_t i = 0; i < table->capacity; i++)
        idle_poll_free(table->by_stream[i]);
    free(table->by_stream);
    *table = (struct idle_poll_table){0};
}
