#include "http_sink.h"
#include <stdlib.h>

struct keyed {
    postern_text key;
    size_t apart; /* so much of the key must be equal in one request; all of it, in one part */
    int64_t rank;
    size_t index;
};

static int by_key(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    size_t common = a->key.size < b->key.size ? a->key.size : b->key.size;
    int order = common ? memcmp(a->key.data, b->key.data, common) : 0;
    if (order == 0 && a->key.size != b->key.size) order = a->key.size < b->key.size ? -1 : 1;
    if (order == 0 && a->rank != b->rank) order = a->rank < b->rank ? -1 : 1;
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

static bool share_a_request(const struct keyed *a, const struct keyed *b)
{
    return kit_equal(kit_span(a->key.data, a->apart), kit_span(b->key.data, b->apart));
}

/* What must be equal in one request: the URL and the headers that it goes by, and what the preset adds. */
static void write_key(const struct http_instance *sink, const postern_sink_event *event,
                      struct kit_writer *key)
{
    postern_pair pair;
    if (sink->url_has_places) kit_write_template(key, kit_text(sink->url), event, true);
    for (size_t i = 0; sink->headers_have_places && sink->host->option_pair(sink->host, "headers", i, &pair);
         i++) {
        kit_write_string(key, "\n");
        kit_write_template(key, pair.value, event, false);
    }
    kit_write_string(key, "\n");
    if (sink->preset->group) sink->preset->group(sink, event, key);
}

static bool make_keyed(const struct writing *writing, size_t index, struct keyed *keyed)
{
    const struct http_instance *sink = writing->sink;
    const postern_sink_event *event = writing->batch->events[index];
    struct kit_writer key = kit_writer_in_arena(sink->host, writing->call->arena);
    write_key(sink, event, &key);
    *keyed = (struct keyed){.apart = key.size, .index = index};
    kit_write_string(&key, "\n");
    if (sink->preset->part) sink->preset->part(sink, event, &key);
    if (sink->preset->rank) keyed->rank = sink->preset->rank(event);
    keyed->key = kit_span(key.data, key.size);
    return !key.failed;
}

static void take_order(const struct keyed *keyed, size_t count, struct groups *groups)
{
    size_t part = 0;
    for (size_t i = 0; i < count; i++) {
        if (i && !kit_equal(keyed[i - 1].key, keyed[i].key)) part++;
        groups->order[i] = keyed[i].index;
        groups->ends[i] = i + 1 < count && !share_a_request(&keyed[i], &keyed[i + 1]);
        if (groups->parts) groups->parts[keyed[i].index] = part;
    }
}

bool groups_make(const struct writing *writing, struct groups *groups)
{
    const struct http_instance *sink = writing->sink;
    const struct preset *preset = sink->preset;
    const postern_batch *batch = writing->batch;
    postern_arena *arena = writing->call->arena;
    size_t room = (batch->count + 1) * sizeof *groups->order;
    bool sorts =
        sink->url_has_places || sink->headers_have_places || preset->group || preset->part || preset->rank;
    groups->order = sink->host->allocate(sink->host, arena, room);
    groups->ends = sink->host->allocate(sink->host, arena, batch->count + 1);
    groups->parts = preset->part ? sink->host->allocate(sink->host, arena, room) : NULL;
    if (!groups->order || !groups->ends || (preset->part && !groups->parts)) return false;
    for (size_t i = 0; i < batch->count; i++)
        groups->order[i] = i;
    if (!sorts) return true;
    struct keyed *keyed = sink->host->allocate(sink->host, arena, (batch->count + 1) * sizeof *keyed);
    for (size_t i = 0; keyed && i < batch->count; i++)
        if (!make_keyed(writing, i, &keyed[i])) return false;
    if (!keyed) return false;
    qsort(keyed, batch->count, sizeof *keyed, by_key);
    take_order(keyed, batch->count, groups);
    return true;
}
