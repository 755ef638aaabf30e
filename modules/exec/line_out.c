#include "exec_sink.h"
#include <stdlib.h>

/* An upper bound: a byte becomes at most six in a JSON string. */
static size_t room_for(const postern_sink_event *event)
{
    size_t strings =
        event->id.size + event->account.size + event->source.size + event->stream.size + event->type.size;
    size_t text = event->flags & POSTERN_EVENT_JSON ? event->text.size : 6 * event->text.size;
    return 512 + 6 * strings + text;
}

static bool make_room(struct exec_sink *sink, size_t size)
{
    size_t wanted = sink->out_size + size;
    if (wanted <= sink->out_capacity) return true;
    char *grown = realloc(sink->out, wanted);
    if (!grown) return false;
    sink->out = grown;
    sink->out_capacity = wanted;
    return true;
}

static struct kit_writer begin(const struct exec_sink *sink)
{
    return kit_writer_in_buffer(sink->out + sink->out_size, sink->out_capacity - sink->out_size);
}

static bool end(struct exec_sink *sink, struct kit_writer *line)
{
    kit_write_string(line, "}\n");
    if (!line->failed) sink->out_size += line->size;
    return !line->failed;
}

static void write_string(struct kit_writer *line, const char *name, postern_text value)
{
    kit_write_string(line, name);
    kit_write_json_string(line, value);
}

static void write_time(struct kit_writer *line, const char *name, int64_t ms)
{
    char text[KIT_TIMESTAMP_SIZE];
    if (ms) write_string(line, name, kit_timestamp(ms, text));
}

/* The id comes first, so that a shell can cut it out. */
bool line_out_event(struct exec_sink *sink, const postern_sink_event *event)
{
    if (!make_room(sink, room_for(event))) return false;
    struct kit_writer line = begin(sink);
    write_string(&line, "{\"id\":", event->id);
    write_string(&line, ",\"account\":", event->account);
    write_string(&line, ",\"source\":", event->source);
    write_string(&line, ",\"stream\":", event->stream);
    write_string(&line, ",\"type\":", event->type);
    write_time(&line, ",\"received\":", event->received_ms);
    write_time(&line, ",\"time\":", event->time_ms);
    if (event->flags & POSTERN_EVENT_REPLAY) kit_write_string(&line, ",\"replay\":true");
    if (event->flags & POSTERN_EVENT_JSON) {
        kit_write_string(&line, ",\"event\":");
        kit_write(&line, event->text);
    } else {
        write_string(&line, ",\"line\":", event->text);
    }
    return end(sink, &line);
}

bool line_out_end(struct exec_sink *sink, const postern_batch *batch)
{
    char name[96];
    if (!make_room(sink, 512)) return false;
    struct kit_writer line = begin(sink);
    snprintf(name, sizeof name, "%.*s-%llu", (int)(batch->delivery.size < 64 ? batch->delivery.size : 64),
             batch->delivery.size ? batch->delivery.data : "", (unsigned long long)batch->id);
    write_string(&line, "{\"end\":", kit_text(name));
    kit_write_string(&line, ",\"events\":");
    kit_write_integer(&line, (int64_t)batch->count);
    return end(sink, &line);
}
