#include "commands/envelope.h"
#include "base/text.h"

bool envelope_write(struct buffer *out, const struct script_event *event)
{
    const struct {
        const char *key;
        postern_text value;
    } texts[] = {{"{\"postern\":{\"account\":", event->account},
                 {",\"source\":", event->source},
                 {",\"stream\":", event->stream},
                 {",\"type\":", event->type},
                 {",\"id\":", event->id}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        buffer_append_string(out, texts[i].key);
        json_write_string(out, texts[i].value);
    }
    buffer_printf(out, ",\"received\":%lld,\"time\":%lld},\"event\":", (long long)event->received_ms,
                  (long long)event->time_ms);
    size_t start = out->size;
    buffer_append_text(out, event->json);
    for (size_t i = start; i < out->size; i++)
        if (out->data[i] == '\n' || out->data[i] == '\r') out->data[i] = ' ';
    return buffer_append_string(out, "}\n");
}

static postern_text take_text(const struct json_tape *tape, const struct json_node *object, const char *key,
                              struct buffer *scratch, size_t *offset)
{
    *offset = scratch->size;
    json_unescape(tape, json_get(tape, object, key), scratch);
    return (postern_text){NULL, scratch->size - *offset};
}

bool envelope_read(struct json_tape *tape, postern_text line, struct buffer *scratch,
                   struct script_event *event)
{
    const struct json_node *root = NULL;
    if (!text_starts_with(line, "{\"postern\":{")) return false;
    if (json_parse(tape, line, &root, NULL) < 0) return false;
    const struct json_node *about = json_get(tape, root, "postern"), *inner = json_get(tape, root, "event");
    if (json_type(about) != POSTERN_JSON_OBJECT || json_type(inner) != POSTERN_JSON_OBJECT) return false;
    buffer_clear(scratch);
    postern_text *const targets[] = {&event->account, &event->source, &event->stream, &event->type,
                                     &event->id};
    static const char *const keys[] = {"account", "source", "stream", "type", "id"};
    size_t offsets[5];
    for (size_t i = 0; i < 5; i++)
        *targets[i] = take_text(tape, about, keys[i], scratch, &offsets[i]);
    for (size_t i = 0; i < 5; i++) /* only now does the buffer stay where it is */
        targets[i]->data = scratch->data ? scratch->data + offsets[i] : "";
    json_integer(tape, json_get(tape, about, "received"), &event->received_ms);
    json_integer(tape, json_get(tape, about, "time"), &event->time_ms);
    event->json = json_raw(tape, inner);
    return true;
}
