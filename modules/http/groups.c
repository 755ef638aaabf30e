#include "http_sink.h"
#include <stdlib.h>

struct keyed {
    postern_text key;
    size_t index;
};

static int by_key(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    size_t common = a->key.size < b->key.size ? a->key.size : b->key.size;
    int order = common ? memcmp(a->key.data, b->key.data, common) : 0;
    if (order == 0 && a->key.size != b->key.size) order = a->key.size < b->key.size ? -1 : 1;
    return order ? order : a->index < b->index ? -1 : a->index > b->index;
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

bool groups_make(const struct writing *writing, struct groups *groups)
{
    const struct http_instance *sink = writing->sink;
    const postern_batch *batch = writing->batch;
    postern_arena *arena = writing->call->arena;
    bool apart = sink->url_has_places || sink->headers_have_places || sink->preset->group;
    groups->order = sink->host->allocate(sink->host, arena, (batch->count + 1) * sizeof *groups->order);
    groups->ends = sink->host->allocate(sink->host, arena, batch->count + 1);
    if (!groups->order || !groups->ends) return false;
    for (size_t i = 0; i < batch->count; i++)
        groups->order[i] = i;
    if (!apart) return true;
    struct keyed *keyed = sink->host->allocate(sink->host, arena, (batch->count + 1) * sizeof *keyed);
    for (size_t i = 0; keyed && i < batch->count; i++) {
        struct kit_writer key = kit_writer_in_arena(sink->host, arena);
        write_key(sink, batch->events[i], &key);
        if (key.failed) return false;
        keyed[i] = (struct keyed){kit_span(key.data, key.size), i};
    }
    if (!keyed) return false;
    qsort(keyed, batch->count, sizeof *keyed, by_key);
    for (size_t i = 0; i < batch->count; i++) {
        groups->order[i] = keyed[i].index;
        groups->ends[i] = i + 1 < batch->count && !kit_equal(keyed[i].key, keyed[i + 1].key);
    }
    return true;
}
